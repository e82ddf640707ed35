// Converter: what a key's or a value's bytes are, and how they are written as JSON.
#pragma once

#include <string>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

enum class Converter {
  string,  // any text: a JSON string
  json,    // JSON already
  int32,   // big-endian, as Kafka's serializers write numbers
  int64,
  float64,
  bytes,  // base64
};

// As settings name them: the short names, or the classes of Kafka Connect.
inline constexpr std::string_view kConverterChoices =
    "string|json|int32|int64|double|bytes|"
    "org.apache.kafka.connect.storage.StringConverter|"
    "org.apache.kafka.connect.json.JsonConverter|"
    "org.apache.kafka.connect.converters.IntegerConverter|"
    "org.apache.kafka.connect.converters.LongConverter|"
    "org.apache.kafka.connect.converters.DoubleConverter|"
    "org.apache.kafka.connect.converters.ByteArrayConverter";

// The converter at a place among those choices.
Converter converter_at(std::size_t choice);

// Appends `bytes` as JSON on one line; null for null. corrupt_data if they are not what the converter expects.
Result<> append_json(Converter converter, NullableBytes bytes, std::string& out);

}  // namespace weir::connect
