// Encoding: what bytes are, where a name says it all: text, JSON, a number. The rest is a converter's
// (connect/converters).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connect/data/schema.h"
#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::connect {

enum class Encoding : std::uint8_t {
  string,  // any text
  json,    // JSON without a schema
  int16,   // big-endian, as Kafka's serializers write numbers
  int32,
  int64,
  float32,
  float64,
  boolean,  // one byte, 0 or 1
  bytes,
};

// What the bytes mean. JSON: objects become maps, whole numbers int64, others double; numbers that no int64 or double
// holds to the digit are Decimals, so that nothing is rounded (json_value.h). It has no schema; all else has one, of
// its type, that may be null. Text that is not UTF-8 stays as it is. corrupt_data says what was expected.
Result<Datum> decode(Encoding encoding, Bytes bytes);

// The bytes of a value that is not null. Numbers become those of another size where nothing is lost. As text: a string
// as it is, bytes too, numbers and all else as JSON. As bytes: these, or a string. invalid_record if the value has no
// such bytes.
Result<OwnedBytes> encode(Encoding encoding, const Datum& datum);

// Appends a value as JSON without a schema: bytes in base64, decimals as numbers, dates "2024-05-01", times
// "10:15:30.250", timestamps "2024-05-01T10:15:30.250Z"; keys of maps that are no text become their JSON.
// invalid_record: infinite numbers and NaN, which JSON does not know.
Result<> append_json(const Value& value, std::string& out);

// Appends bytes as JSON on one line, without looking further into them than needed: JSON that passes through keeps its
// text. corrupt_data if they are not what the encoding says.
Result<> append_json(Encoding encoding, NullableBytes bytes, std::string& out);

}  // namespace weir::connect
