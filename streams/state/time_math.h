// Arithmetic of times and durations in milliseconds: it stops at the ends of the number and never turns round. So the
// greatest duration means "no limit" wherever a duration is taken, and a record of the last moment there is has windows
// like any other.
#pragma once

#include <cstdint>
#include <limits>

namespace weir::streams {

inline constexpr std::int64_t kForeverMs = std::numeric_limits<std::int64_t>::max();

constexpr std::int64_t plus_ms(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? kForeverMs : std::numeric_limits<std::int64_t>::min();
}

constexpr std::int64_t minus_ms(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (!__builtin_sub_overflow(a, b, &difference)) return difference;
  return b < 0 ? kForeverMs : std::numeric_limits<std::int64_t>::min();
}

constexpr std::int64_t times_ms(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? kForeverMs : std::numeric_limits<std::int64_t>::min();
}

}  // namespace weir::streams
