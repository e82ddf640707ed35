// ValueFormat: what the bytes of a key or a value are, for people: as text, as JSON, and from text.
#pragma once

#include <string>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir::cli {

enum class ValueFormat {
  string,   // text as it stands
  int64,    // 8 bytes, big-endian
  float64,  // the same, IEEE 754
  hex,      // any bytes, two digits each
  json,     // text that is checked to be JSON
};

// Appends the bytes as text. corrupt_data if they are not of the format.
Result<> append_text(ValueFormat format, Bytes bytes, std::string& out);

// Appends them as JSON: a string, a number, or the JSON they are; null for null. corrupt_data.
Result<> append_as_json(ValueFormat format, NullableBytes bytes, std::string& out);

// The bytes that `text` means. invalid_argument.
Result<OwnedBytes> parse_text(ValueFormat format, std::string_view text);

}  // namespace weir::cli
