#include "connect/converters/converter.h"

#include <algorithm>
#include <array>

#include "connect/converters/header_converter.h"
#include "connect/converters/json_converter.h"
#include "connect/converters/protobuf_converter.h"

namespace weir::connect {

namespace {

template <Encoding kEncoding>
Result<std::unique_ptr<Converter>> make_encoding(const SettingsUnder&) {
  return encoding_converter(kEncoding);
}

Result<std::unique_ptr<Converter>> make_plain(const SettingsUnder&) {
  return plain_converter();
}

struct NamedConverter {
  std::string_view name;
  std::string_view other;  // another short name
  std::string_view class_name;
  std::string_view meaning;
  Result<std::unique_ptr<Converter>> (*make)(const SettingsUnder& settings);
  SettingTable settings{};
};

constexpr Setting kStringSettings[] = {
    {.name = "converter.encoding",
     .type = SettingType::choice,
     .otherwise = "UTF-8",
     .choices = "UTF-8|UTF8|utf-8|utf8",
     .meaning = "what the bytes of text are; only UTF-8 is known"},
};

const auto& converters() {
  static const std::array kAll = {
      NamedConverter{"plain", "", "",
                     "what a source's records are where nothing is said: text and bytes as they are, all else as JSON",
                     make_plain},
      NamedConverter{"string", "", "org.apache.kafka.connect.storage.StringConverter",
                     "text; what is no text is written as JSON", make_encoding<Encoding::string>, kStringSettings},
      NamedConverter{"json", "", "", "JSON without a schema; times as ISO 8601, decimals as numbers, bytes in base64",
                     make_encoding<Encoding::json>},
      NamedConverter{"json-schema", "", "org.apache.kafka.connect.json.JsonConverter",
                     "JSON as Kafka Connect has it, each value with its schema unless that is turned off; times as "
                     "numbers",
                     make_json_converter, json_converter_settings()},
      NamedConverter{"simple", "", "org.apache.kafka.connect.storage.SimpleHeaderConverter",
                     "short texts; what looks like a number, a boolean, a time, a list or a map becomes one. Made for "
                     "headers",
                     make_simple_header_converter},
      NamedConverter{"protobuf", "", "", "messages of Protocol Buffers, of one type that a descriptor set describes",
                     make_protobuf_converter, protobuf_converter_settings()},
      NamedConverter{"int16", "short", "org.apache.kafka.connect.converters.ShortConverter", "two bytes, big-endian",
                     make_encoding<Encoding::int16>},
      NamedConverter{"int32", "integer", "org.apache.kafka.connect.converters.IntegerConverter",
                     "four bytes, big-endian", make_encoding<Encoding::int32>},
      NamedConverter{"int64", "long", "org.apache.kafka.connect.converters.LongConverter", "eight bytes, big-endian",
                     make_encoding<Encoding::int64>},
      NamedConverter{"float32", "float", "org.apache.kafka.connect.converters.FloatConverter",
                     "four bytes, big-endian, IEEE 754", make_encoding<Encoding::float32>},
      NamedConverter{"float64", "double", "org.apache.kafka.connect.converters.DoubleConverter",
                     "eight bytes, big-endian, IEEE 754", make_encoding<Encoding::float64>},
      NamedConverter{"boolean", "", "org.apache.kafka.connect.converters.BooleanConverter", "one byte, 0 or 1",
                     make_encoding<Encoding::boolean>},
      NamedConverter{"bytes", "", "org.apache.kafka.connect.converters.ByteArrayConverter", "bytes as they are",
                     make_encoding<Encoding::bytes>},
  };
  return kAll;
}

std::string_view without_package(std::string_view class_name) {
  return class_name.substr(class_name.rfind('.') + 1);
}

const NamedConverter* find_converter(std::string_view name) {
  for (const NamedConverter& known : converters()) {
    const bool is_class =
        !known.class_name.empty() && (name == known.class_name || name == without_package(known.class_name));
    if (name == known.name || is_class || (!known.other.empty() && name == known.other)) return &known;
  }
  return nullptr;
}

}  // namespace

Result<std::unique_ptr<Converter>> make_converter(const Settings& settings, std::string_view setting) {
  const NamedConverter* found = find_converter(settings.text(setting));
  if (found == nullptr) {
    return fail(settings.wrong(setting, "must be one of " + converter_names() + ", or a class of Kafka Connect's"));
  }
  return found->make(SettingsUnder(settings, std::string(setting) + "."));
}

SettingTable settings_of_converter(std::string_view name) {
  const NamedConverter* found = find_converter(name);
  return found != nullptr ? found->settings : SettingTable{};
}

std::vector<ConverterName> known_converters() {
  std::vector<ConverterName> all;
  for (const NamedConverter& known : converters()) all.push_back({known.name, known.class_name, known.meaning});
  return all;
}

std::string converter_names() {
  std::string names;
  for (const NamedConverter& known : converters()) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

}  // namespace weir::connect
