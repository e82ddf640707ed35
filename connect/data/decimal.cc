#include <algorithm>
#include <charconv>

#include <boost/multiprecision/cpp_int.hpp>

#include "connect/data/value.h"

namespace weir::connect {

namespace {

using boost::multiprecision::cpp_int;

// A number in plain digits has no more of them: what comes from outside ("1e999999999") must not fill the memory.
constexpr std::int64_t kMostDigits = 10'000;

cpp_int from_bytes(Bytes bytes) {
  cpp_int value = 0;
  boost::multiprecision::import_bits(value, bytes.begin(), bytes.end(), 8);
  const bool is_negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 0x80) != 0;
  if (is_negative) value -= cpp_int(1) << (8 * bytes.size());
  return value;
}

// No more bytes than needed, one for the sign included.
OwnedBytes to_bytes(const cpp_int& value) {
  const cpp_int magnitude = value < 0 ? cpp_int(-value - 1) : value;  // as many bits as two's complement takes
  const std::size_t bits = magnitude == 0 ? 0 : boost::multiprecision::msb(magnitude) + 1;
  const std::size_t size = bits / 8 + 1;
  std::string digits;
  boost::multiprecision::export_bits(magnitude, std::back_inserter(digits), 8);
  if (magnitude == 0) digits.clear();
  OwnedBytes bytes(size - std::min(size, digits.size()), '\0');
  bytes += digits;
  if (value < 0) {
    for (char& byte : bytes) byte = static_cast<char>(~byte);
  }
  return bytes;
}

tl::unexpected<Error> no_number(std::string_view text) {
  constexpr std::size_t kShown = 40;
  return fail(ErrorCode::invalid_argument, "'" + std::string(text.substr(0, kShown)) +
                                               (text.size() > kShown ? "..." : "") + "' is no decimal number");
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative || rest.starts_with('+')) rest.remove_prefix(1);
  std::string digits;
  std::int64_t scale = 0;
  bool has_point = false;
  for (; !rest.empty() && (is_digit(rest[0]) || rest[0] == '.'); rest.remove_prefix(1)) {
    if (rest[0] == '.') {
      if (has_point) return no_number(text);
      has_point = true;
      continue;
    }
    digits.push_back(rest[0]);
    if (has_point) ++scale;
  }
  if (digits.empty()) return no_number(text);
  if (!rest.empty()) {
    if (rest[0] != 'e' && rest[0] != 'E') return no_number(text);
    rest.remove_prefix(1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    std::int64_t exponent = 0;
    auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), exponent);
    if (error != std::errc{} || end != rest.data() + rest.size()) return no_number(text);
    if (exponent > kMostDigits || exponent < -kMostDigits) return no_number(text);
    scale -= exponent;
  }
  if (static_cast<std::int64_t>(digits.size()) > kMostDigits || scale > kMostDigits || scale < -kMostDigits) {
    return no_number(text);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  cpp_int value(digits);  // a leading zero would make it octal
  if (is_negative) value = -value;
  return Decimal{to_bytes(value), static_cast<std::int32_t>(scale)};
}

Result<Decimal> Decimal::of_bytes(Bytes unscaled, std::int32_t scale) {
  constexpr std::size_t kMostBytes = 4'153;  // of 10,000 digits
  if (unscaled.empty() || unscaled.size() > kMostBytes || scale > kMostDigits || scale < -kMostDigits) {
    return fail(ErrorCode::invalid_argument,
                "a decimal of " + std::to_string(unscaled.size()) + " bytes and scale " + std::to_string(scale));
  }
  return Decimal{to_bytes(from_bytes(unscaled)), scale};
}

std::string Decimal::to_text() const {
  cpp_int value = from_bytes(unscaled);
  const bool is_negative = value < 0;
  std::string digits = (is_negative ? cpp_int(-value) : value).str();
  if (scale < 0 && digits != "0") digits.append(static_cast<std::size_t>(-static_cast<std::int64_t>(scale)), '0');
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return (is_negative ? "-" : "") + digits;
}

Result<Decimal> Decimal::with_scale(std::int32_t wanted) const {
  if (wanted == scale) return *this;
  const std::int64_t shift = static_cast<std::int64_t>(wanted) - scale;
  if (shift > kMostDigits || shift < -kMostDigits) {
    return fail(ErrorCode::invalid_argument,
                "a scale of " + std::to_string(wanted) + " is too far from " + std::to_string(scale));
  }
  const cpp_int factor = boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(shift < 0 ? -shift : shift));
  const cpp_int value = from_bytes(unscaled);
  if (shift > 0) return Decimal{to_bytes(value * factor), wanted};
  if (value % factor != 0) {
    return fail(ErrorCode::invalid_argument,
                to_text() + " has more than " + std::to_string(wanted) + " digits behind the point");
  }
  return Decimal{to_bytes(value / factor), wanted};
}

}  // namespace weir::connect
