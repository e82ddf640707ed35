#include "cli/value_format.h"

#include <bit>
#include <charconv>

#include "connect/data/encoding.h"
#include "log/base/cursor.h"
#include "log/base/json_writer.h"

namespace weir::cli {

namespace {

using connect::Encoding;

template <class Number>
Result<OwnedBytes> parse_number(std::string_view text, const char* what) {
  Number value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is no " + what);
  }
  OwnedBytes bytes(sizeof value, '\0');
  store_big_endian(bytes.data(), std::bit_cast<std::int64_t>(value));
  return bytes;
}

}  // namespace

Result<> append_text(ValueFormat format, Bytes bytes, std::string& out) {
  switch (format) {
    case ValueFormat::string:
      out.append(bytes);
      return {};
    case ValueFormat::hex:
      out.append(to_hex(bytes));
      return {};
    case ValueFormat::int64:
    case ValueFormat::float64:
    case ValueFormat::json:
      return append_as_json(format, bytes, out);
  }
  return {};
}

Result<> append_as_json(ValueFormat format, NullableBytes bytes, std::string& out) {
  switch (format) {
    case ValueFormat::string:
      return connect::append_json(Encoding::string, bytes, out);
    case ValueFormat::int64:
      return connect::append_json(Encoding::int64, bytes, out);
    case ValueFormat::float64:
      return connect::append_json(Encoding::float64, bytes, out);
    case ValueFormat::json:
      return connect::append_json(Encoding::json, bytes, out);
    case ValueFormat::hex:
      if (!bytes) return connect::append_json(Encoding::string, bytes, out);
      append_json_string(to_hex(*bytes), out);
      return {};
  }
  return {};
}

Result<OwnedBytes> parse_text(ValueFormat format, std::string_view text) {
  switch (format) {
    case ValueFormat::string:
      return OwnedBytes(text);
    case ValueFormat::int64:
      return parse_number<std::int64_t>(text, "int64");
    case ValueFormat::float64:
      return parse_number<double>(text, "double");
    case ValueFormat::hex: {
      auto bytes = from_hex(text);
      if (!bytes) return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is no hex");
      return *std::move(bytes);
    }
    case ValueFormat::json: {
      std::string checked;
      auto appended = connect::append_json(Encoding::json, text, checked);
      if (!appended)
        return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is " + appended.error().detail);
      return OwnedBytes(text);
    }
  }
  return OwnedBytes(text);
}

}  // namespace weir::cli
