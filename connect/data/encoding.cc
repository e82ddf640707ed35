#include "connect/data/encoding.h"

#include <bit>
#include <cmath>
#include <limits>

#include "connect/data/json_value.h"
#include "log/base/cursor.h"
#include "log/base/json_reader.h"
#include "log/base/json_writer.h"

namespace weir::connect {

namespace {

Result<> check_size(std::string_view type, std::size_t expected, Bytes bytes) {
  if (bytes.size() == expected) return {};
  return fail(ErrorCode::corrupt_data, "expected " + std::string(type) + " of " + std::to_string(expected) + " byte" +
                                           (expected == 1 ? "" : "s") + ", not " + std::to_string(bytes.size()));
}

template <class Number>
Number number_in(Bytes bytes) {
  if constexpr (std::is_same_v<Number, float>) {
    return std::bit_cast<float>(load_big_endian<std::int32_t>(bytes.data()));
  } else if constexpr (std::is_same_v<Number, double>) {
    return std::bit_cast<double>(load_big_endian<std::int64_t>(bytes.data()));
  } else {
    return load_big_endian<Number>(bytes.data());
  }
}

template <class Number>
OwnedBytes bytes_of(Number number) {
  OwnedBytes bytes(sizeof number, '\0');
  if constexpr (std::is_same_v<Number, float>) {
    store_big_endian(bytes.data(), std::bit_cast<std::int32_t>(number));
  } else if constexpr (std::is_same_v<Number, double>) {
    store_big_endian(bytes.data(), std::bit_cast<std::int64_t>(number));
  } else {
    store_big_endian(bytes.data(), number);
  }
  return bytes;
}

// What an encoding of numbers is made of.
struct NumberType {
  std::string_view called;
  Type type;
  std::size_t size;
};

NumberType number_type(Encoding encoding) {
  switch (encoding) {
    case Encoding::int16:
      return {"an int16", Type::int16, 2};
    case Encoding::int32:
      return {"an int32", Type::int32, 4};
    case Encoding::int64:
      return {"an int64", Type::int64, 8};
    case Encoding::float32:
      return {"a float", Type::float32, 4};
    case Encoding::float64:
      return {"a double", Type::float64, 8};
    case Encoding::boolean:
      return {"a boolean", Type::boolean, 1};
    case Encoding::string:
    case Encoding::json:
    case Encoding::bytes:
      break;
  }
  return {};
}

// Precondition: the encoding is one of numbers.
Result<Value> decode_number(Encoding encoding, Bytes bytes) {
  const NumberType type = number_type(encoding);
  WEIR_TRY(check_size(type.called, type.size, bytes));
  switch (type.type) {
    case Type::int16:
      return Value(number_in<std::int16_t>(bytes));
    case Type::int32:
      return Value(number_in<std::int32_t>(bytes));
    case Type::int64:
      return Value(number_in<std::int64_t>(bytes));
    case Type::float32:
      return Value(number_in<float>(bytes));
    case Type::float64:
      return Value(number_in<double>(bytes));
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(bytes[0]);
  if (byte > 1) return fail(ErrorCode::corrupt_data, "expected a boolean, 0 or 1, not " + std::to_string(byte));
  return Value(byte == 1);
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

tl::unexpected<Error> cannot_be(std::string_view called, std::string_view found) {
  return fail(ErrorCode::invalid_record, "expected " + std::string(called) + ", not " + std::string(found));
}

// The whole number that a value is, if it is one.
std::optional<std::int64_t> whole(const Value& value) {
  if (const auto* is = value.get_if<std::int8_t>()) return *is;
  if (const auto* is = value.get_if<std::int16_t>()) return *is;
  if (const auto* is = value.get_if<std::int32_t>()) return *is;
  if (const auto* is = value.get_if<std::int64_t>()) return *is;
  return std::nullopt;
}

template <class Integer>
Result<OwnedBytes> encode_integer(std::string_view called, const Value& value) {
  auto number = whole(value);
  if (!number) return cannot_be(called, name_of_type(value));
  if (*number < std::numeric_limits<Integer>::min() || *number > std::numeric_limits<Integer>::max()) {
    return cannot_be(called, std::to_string(*number));
  }
  return bytes_of(static_cast<Integer>(*number));
}

template <class Floating>
Result<OwnedBytes> encode_floating(std::string_view called, const Value& value) {
  if (const auto* is = value.get_if<float>()) return bytes_of(static_cast<Floating>(*is));
  if (const auto* is = value.get_if<double>()) {
    const auto rounded = static_cast<Floating>(*is);
    if (std::isnan(*is) || static_cast<double>(rounded) == *is) return bytes_of(rounded);
    std::string text;
    append_json_number(*is, text);
    return cannot_be(called, text);
  }
  auto number = whole(value);
  if (!number) return cannot_be(called, name_of_type(value));
  constexpr std::int64_t kExact = std::int64_t{1} << std::numeric_limits<Floating>::digits;
  if (*number < -kExact || *number > kExact) return cannot_be(called, std::to_string(*number));
  return bytes_of(static_cast<Floating>(*number));
}

Result<OwnedBytes> json_of(const Value& value) {
  std::string json;
  WEIR_TRY(append_json(value, json));
  return json;
}

}  // namespace

Result<Datum> decode(Encoding encoding, Bytes bytes) {
  switch (encoding) {
    case Encoding::string:
      return Datum{optional_schema_of(Type::string), Value(bytes)};
    case Encoding::bytes:
      return Datum{optional_schema_of(Type::bytes), Value(Blob{OwnedBytes(bytes)})};
    case Encoding::json: {
      WEIR_TRY_VAR(value, value_of_json(bytes));
      return Datum{nullptr, std::move(value)};
    }
    case Encoding::int16:
    case Encoding::int32:
    case Encoding::int64:
    case Encoding::float32:
    case Encoding::float64:
    case Encoding::boolean: {
      WEIR_TRY_VAR(value, decode_number(encoding, bytes));
      return Datum{optional_schema_of(number_type(encoding).type), std::move(value)};
    }
  }
  return Datum{};
}

Result<OwnedBytes> encode(Encoding encoding, const Datum& datum) {
  const Value& value = datum.value;
  const std::string_view called = number_type(encoding).called;
  switch (encoding) {
    case Encoding::string:
    case Encoding::bytes:
      if (const auto* text = value.get_if<std::string>()) return *text;
      if (const auto* blob = value.get_if<Blob>()) return blob->bytes;
      if (encoding == Encoding::bytes) return cannot_be("bytes", name_of_type(value));
      return json_of(value);
    case Encoding::json:
      return json_of(value);
    case Encoding::int16:
      return encode_integer<std::int16_t>(called, value);
    case Encoding::int32:
      return encode_integer<std::int32_t>(called, value);
    case Encoding::int64:
      return encode_integer<std::int64_t>(called, value);
    case Encoding::float32:
      return encode_floating<float>(called, value);
    case Encoding::float64:
      return encode_floating<double>(called, value);
    case Encoding::boolean:
      if (const auto* is = value.get_if<bool>()) return OwnedBytes(1, *is ? '\1' : '\0');
      return cannot_be(called, name_of_type(value));
  }
  return OwnedBytes{};
}

Result<> append_json(Encoding encoding, NullableBytes bytes, std::string& out) {
  if (!bytes) {
    out.append("null");
    return {};
  }
  switch (encoding) {
    case Encoding::string:
      append_json_string(*bytes, out);
      return {};
    case Encoding::json:
      return append_checked_json(*bytes, out);
    case Encoding::bytes:
      append_json_base64(*bytes, out);
      return {};
    case Encoding::int16:
    case Encoding::int32:
    case Encoding::int64:
    case Encoding::float32:
    case Encoding::float64:
    case Encoding::boolean: {
      WEIR_TRY_VAR(value, decode_number(encoding, *bytes));
      auto appended = append_json(value, out);
      if (!appended) return fail(ErrorCode::corrupt_data, appended.error().detail);
      return {};
    }
  }
  return {};
}

}  // namespace weir::connect
