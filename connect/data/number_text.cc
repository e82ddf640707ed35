// What texts of numbers hold, and how Java prints numbers.
#include <array>
#include <charconv>
#include <cmath>

#include "connect/data/text_value.h"

namespace weir::connect {

namespace {

// A number's digits without zeros at either end, and where its point is: equal for texts that mean the same number.
struct Digits10 {
  std::string digits{};
  std::int64_t exponent = 0;  // of 0.digits
  bool operator==(const Digits10&) const = default;

  static Digits10 of(std::string_view text) {
    Digits10 number;
    bool has_point = false;
    std::int64_t before_point = 0;
    for (; !text.empty() && text[0] != 'e' && text[0] != 'E'; text.remove_prefix(1)) {
      if (text[0] == '.') has_point = true;
      if (text[0] < '0' || text[0] > '9') continue;
      if (number.digits.empty() && text[0] == '0') {
        if (has_point) --before_point;
        continue;
      }
      number.digits.push_back(text[0]);
      if (!has_point) ++before_point;
    }
    if (!text.empty()) {
      text.remove_prefix(1);
      if (text.starts_with('+')) text.remove_prefix(1);
      std::from_chars(text.data(), text.data() + text.size(), number.exponent);
    }
    number.digits.erase(number.digits.find_last_not_of('0') + 1);
    number.exponent = number.digits.empty() ? 0 : number.exponent + before_point;
    return number;
  }
};

// The shortest digits that read back as the number, as 0.DIGITS * 10^EXPONENT.
template <class Floating>
Digits10 shortest_digits(Floating value) {
  std::array<char, 64> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  return Digits10::of({text.data(), static_cast<std::size_t>(end - text.data())});
}

template <class Floating>
std::string java_text_of(Floating value) {
  if (std::isnan(value)) return "NaN";
  const std::string sign = std::signbit(value) ? "-" : "";
  if (std::isinf(value)) return sign + "Infinity";
  if (value == 0) return sign + "0.0";
  auto [digits, exponent] = shortest_digits(value);
  const Floating magnitude = std::fabs(value);
  if (magnitude < Floating(1e-3) || magnitude >= Floating(1e7)) {
    const std::string rest = digits.size() > 1 ? digits.substr(1) : "0";
    return sign + digits[0] + "." + rest + "E" + std::to_string(exponent - 1);
  }
  if (exponent <= 0) return sign + "0." + std::string(static_cast<std::size_t>(-exponent), '0') + digits;
  const auto before_point = static_cast<std::size_t>(exponent);
  if (digits.size() < before_point) digits.append(before_point - digits.size(), '0');
  const std::string rest = digits.size() > before_point ? digits.substr(before_point) : "0";
  return sign + digits.substr(0, before_point) + "." + rest;
}

}  // namespace

std::string java_text(double value) {
  return java_text_of(value);
}

std::string java_text(float value) {
  return java_text_of(value);
}

bool holds_all_digits(std::string_view text, double value) {
  constexpr std::size_t kAlways = 15;  // so many digits any double keeps, in its range
  if (text.size() <= kAlways && std::fabs(value) > 1e-290) return true;
  return Digits10::of(text) == shortest_digits(value);
}

bool holds_all_digits(std::string_view text, float value) {
  return Digits10::of(text) == shortest_digits(value);
}

}  // namespace weir::connect
