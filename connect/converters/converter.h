// Converter: the bytes of keys or values in topics, as data and back. Most are an Encoding; others know schemas.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/data/payload.h"
#include "connect/settings/settings.h"
#include "log/base/result.h"

namespace weir::connect {

// One owner thread: it may remember schemas.
class Converter {
 public:
  virtual ~Converter() = default;

  // What the bytes of a record of that topic mean; they must live as long as what is returned. Null is null.
  // corrupt_data: they are not what it reads.
  virtual Result<Payload> read(std::string_view topic, NullableBytes bytes) = 0;
  // The bytes of what goes to that topic; nullopt for null. They are the payload's own where it has them, else they are
  // put into `scratch`, and live as long as both. invalid_record: it cannot be said in these bytes.
  virtual Result<NullableBytes> write(std::string_view topic, const Payload& payload, OwnedBytes& scratch) = 0;
};

// `plain` is what a source's records are where nothing is said: text and bytes as they are, all else as JSON without a
// schema. It reads text. And one of an Encoding.
std::unique_ptr<Converter> plain_converter();
std::unique_ptr<Converter> encoding_converter(Encoding encoding);

// The converter that a setting names, with its own settings beside it ("value.converter",
// "value.converter.schemas.enable"). Names are short (string, json, int64, bytes, ...), or those of Kafka Connect's
// classes, with or without their package. Precondition: the setting's row has `own = settings_of_converter`.
// invalid_config.
Result<std::unique_ptr<Converter>> make_converter(const Settings& settings, std::string_view setting);

// Of a converter's name; none if there is no such converter.
SettingTable settings_of_converter(std::string_view name);

// The short names: "plain, string, json, ...".
std::string converter_names();

struct ConverterName {
  std::string_view name;
  std::string_view class_name;  // Kafka Connect's; empty: it has none of this kind
  std::string_view meaning;
};
std::vector<ConverterName> known_converters();

}  // namespace weir::connect
