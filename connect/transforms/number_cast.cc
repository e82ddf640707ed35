#include "connect/transforms/number_cast.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include "connect/data/text_value.h"

namespace weir::connect {

namespace {

tl::unexpected<Error> does_not_fit(const std::string& shown, Type type) {
  return fail(ErrorCode::invalid_record, shown + " is no " + std::string(name_of(type)));
}

template <class Integer>
Result<Value> from_integer(std::int64_t value, Type type) {
  if (value < std::numeric_limits<Integer>::min() || value > std::numeric_limits<Integer>::max()) {
    return does_not_fit(std::to_string(value), type);
  }
  return Value(static_cast<Integer>(value));
}

Result<Value> from_integer(std::int64_t value, Type type) {
  switch (type) {
    case Type::int8:
      return from_integer<std::int8_t>(value, type);
    case Type::int16:
      return from_integer<std::int16_t>(value, type);
    case Type::int32:
      return from_integer<std::int32_t>(value, type);
    case Type::float32:
      return Value(static_cast<float>(value));
    case Type::float64:
      return Value(static_cast<double>(value));
    default:
      return Value(value);
  }
}

Result<Value> from_double(double value, Type type) {
  if (type == Type::float64) return Value(value);
  if (type == Type::float32) {
    const auto rounded = static_cast<float>(value);
    if (std::isinf(rounded) && !std::isinf(value)) return does_not_fit(java_text(value), type);
    return Value(rounded);
  }
  const double whole = std::trunc(value);
  if (!(whole >= -0x1p63 && whole < 0x1p63)) return does_not_fit(java_text(value), type);
  return from_integer(static_cast<std::int64_t>(whole), type);
}

Result<Value> from_decimal(const Decimal& value, Type type) {
  const std::string text = value.to_text();
  if (type == Type::float32 || type == Type::float64) {
    double number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return from_double(number, type);
  }
  const std::string whole = text.substr(0, text.find('.'));
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
  if (error != std::errc{}) return does_not_fit(text, type);
  return from_integer(number, type);
}

}  // namespace

std::optional<Type> number_type_of(const Value& value) {
  if (value.is<std::int8_t>()) return Type::int8;
  if (value.is<std::int16_t>()) return Type::int16;
  if (value.is<std::int32_t>()) return Type::int32;
  if (value.is<std::int64_t>()) return Type::int64;
  if (value.is<float>()) return Type::float32;
  if (value.is<double>()) return Type::float64;
  return std::nullopt;
}

Result<Value> cast_number(const Value& value, Type type) {
  if (const auto* is = value.get_if<std::int8_t>()) return from_integer(*is, type);
  if (const auto* is = value.get_if<std::int16_t>()) return from_integer(*is, type);
  if (const auto* is = value.get_if<std::int32_t>()) return from_integer(*is, type);
  if (const auto* is = value.get_if<std::int64_t>()) return from_integer(*is, type);
  if (const auto* is = value.get_if<float>()) return type == Type::float32 ? value : from_double(*is, type);
  if (const auto* is = value.get_if<double>()) return from_double(*is, type);
  return from_decimal(value.get<Decimal>(), type);
}

Result<Value> cast_text(std::string_view text, Type type) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const char* end = digits.data() + digits.size();
  const bool has_two_signs = digits.size() < text.size() && digits.starts_with('-');
  if (type == Type::float32 || type == Type::float64) {
    double number = 0;
    auto [at, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc{} && at == end && !has_two_signs) return from_double(number, type);
  } else {
    std::int64_t number = 0;
    auto [at, error] = std::from_chars(digits.data(), end, number);
    if (error == std::errc{} && at == end && !has_two_signs) return from_integer(number, type);
  }
  return does_not_fit("'" + std::string(text) + "'", type);
}

}  // namespace weir::connect
