#include "connect/converters/converter.h"

#include <cmath>

#include "log/base/cursor.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

Result<> check_size(std::string_view type, std::size_t expected, Bytes bytes) {
  if (bytes.size() == expected) return {};
  return fail(ErrorCode::corrupt_data, "expected " + std::string(type) + " of " + std::to_string(expected) +
                                           " bytes, not " + std::to_string(bytes.size()));
}

// JSON goes out as it came; where it spans lines, without what stands between its tokens.
Result<> append_checked_json(Bytes bytes, std::string& out) {
  WEIR_TRY(JsonDocument::parse(bytes));
  if (bytes.find_first_of("\r\n") == Bytes::npos) {
    out.append(bytes);
  } else {
    out.append(compact_json(bytes));
  }
  return {};
}

}  // namespace

Converter converter_at(std::size_t choice) {
  constexpr std::size_t kCount = static_cast<std::size_t>(Converter::bytes) + 1;
  return static_cast<Converter>(choice % kCount);
}

Result<> append_json(Converter converter, NullableBytes bytes, std::string& out) {
  if (!bytes) {
    out.append("null");
    return {};
  }
  switch (converter) {
    case Converter::string:
      append_json_string(*bytes, out);
      return {};
    case Converter::json:
      return append_checked_json(*bytes, out);
    case Converter::int32:
      WEIR_TRY(check_size("an int32", 4, *bytes));
      append_json_number(load_big_endian<std::int32_t>(bytes->data()), out);
      return {};
    case Converter::int64:
      WEIR_TRY(check_size("an int64", 8, *bytes));
      append_json_number(load_big_endian<std::int64_t>(bytes->data()), out);
      return {};
    case Converter::float64: {
      WEIR_TRY(check_size("a double", 8, *bytes));
      double value = Reader(*bytes).float64();
      if (!std::isfinite(value)) return fail(ErrorCode::corrupt_data, "JSON knows no infinity and no NaN");
      append_json_number(value, out);
      return {};
    }
    case Converter::bytes:
      append_json_base64(*bytes, out);
      return {};
  }
  return {};
}

}  // namespace weir::connect
