#include "connect/data/calendar.h"

#include <limits>

namespace weir::connect {

namespace {

constexpr std::int64_t kDaysOfEra = 146'097;  // 400 years

void append_digits(std::int64_t value, std::size_t width, std::string& out) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

// Takes digits from the beginning of a text.
class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}

  bool at_end() const { return text_.empty(); }
  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // Exactly `least` to `most` digits.
  std::optional<std::int64_t> number(std::size_t least, std::size_t most) {
    std::size_t count = 0;
    std::int64_t value = 0;
    while (count < text_.size() && count < most && text_[count] >= '0' && text_[count] <= '9') {
      value = value * 10 + (text_[count++] - '0');
    }
    if (count < least) return std::nullopt;
    text_.remove_prefix(count);
    return value;
  }
  // A fraction of a second in milliseconds; further digits are cut off.
  std::optional<std::int64_t> fraction() {
    std::int64_t ms = 0;
    std::size_t count = 0;
    while (count < text_.size() && count < 9 && text_[count] >= '0' && text_[count] <= '9') {
      if (count < 3) ms = ms * 10 + (text_[count] - '0');
      ++count;
    }
    if (count == 0) return std::nullopt;
    for (std::size_t i = count; i < 3; ++i) ms *= 10;
    text_.remove_prefix(count);
    return ms;
  }

 private:
  std::string_view text_;
};

std::optional<std::int64_t> take_date(Digits& digits) {
  const bool is_negative = digits.take('-');
  const bool has_sign = is_negative || digits.take('+');
  auto year = digits.number(4, has_sign ? 8 : 4);
  if (!year || !digits.take('-')) return std::nullopt;
  auto month = digits.number(2, 2);
  if (!month || *month < 1 || *month > 12 || !digits.take('-')) return std::nullopt;
  auto day = digits.number(2, 2);
  const std::int64_t signed_year = is_negative ? -*year : *year;
  if (!day || *day < 1 || *day > days_in_month(signed_year, static_cast<int>(*month))) return std::nullopt;
  return day_of_civil({signed_year, static_cast<int>(*month), static_cast<int>(*day)});
}

std::optional<std::int64_t> take_time(Digits& digits) {
  auto hour = digits.number(2, 2);
  if (!hour || *hour > 23 || !digits.take(':')) return std::nullopt;
  auto minute = digits.number(2, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t ms = (*hour * 60 + *minute) * 60'000;
  if (!digits.take(':')) return ms;
  auto second = digits.number(2, 2);
  if (!second || *second > 59) return std::nullopt;
  ms += *second * 1'000;
  if (!digits.take('.')) return ms;
  auto fraction = digits.fraction();
  if (!fraction) return std::nullopt;
  return ms + *fraction;
}

// What is to be taken from a local time to have UTC.
std::optional<std::int64_t> take_offset(Digits& digits) {
  if (digits.at_end() || digits.take('Z')) return 0;
  const bool is_east = digits.take('+');
  if (!is_east && !digits.take('-')) return std::nullopt;
  auto hours = digits.number(2, 2);
  if (!hours || *hours > 18) return std::nullopt;
  std::int64_t minutes = *hours * 60;
  if (!digits.at_end()) {
    digits.take(':');
    auto more = digits.number(2, 2);
    if (!more || *more > 59) return std::nullopt;
    minutes += *more;
  }
  return (is_east ? minutes : -minutes) * 60'000;
}

}  // namespace

// Both as Howard Hinnant shows (chrono-compatible low-level date algorithms): years begin in March.
Civil civil_of_day(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - (kDaysOfEra - 1)) / kDaysOfEra;
  const std::int64_t of_era = days - era * kDaysOfEra;
  const std::int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * of_year + 2) / 153;
  const int day = static_cast<int>(of_year - (153 * month_from_march + 2) / 5 + 1);
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::int64_t day_of_civil(const Civil& civil) {
  const std::int64_t year = civil.month <= 2 ? civil.year - 1 : civil.year;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era = year - era * 400;
  const std::int64_t of_year = (153 * (civil.month > 2 ? civil.month - 3 : civil.month + 9) + 2) / 5 + civil.day - 1;
  return era * kDaysOfEra + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

int days_in_month(std::int64_t year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[month - 1];
}

DayAndTime day_and_time(std::int64_t ms) {
  std::int64_t day = ms / kDayMs;
  std::int64_t rest = ms % kDayMs;
  if (rest < 0) {
    rest += kDayMs;
    --day;
  }
  return {day, static_cast<std::int32_t>(rest)};
}

void append_iso_date(std::int64_t days, std::string& out) {
  const Civil civil = civil_of_day(days);
  if (civil.year < 0) out.push_back('-');
  if (civil.year > 9'999) out.push_back('+');
  append_digits(civil.year < 0 ? -civil.year : civil.year, 4, out);
  out.push_back('-');
  append_digits(civil.month, 2, out);
  out.push_back('-');
  append_digits(civil.day, 2, out);
}

void append_iso_time(std::int32_t ms, std::string& out) {
  append_digits(ms / 3'600'000, 2, out);
  out.push_back(':');
  append_digits(ms / 60'000 % 60, 2, out);
  out.push_back(':');
  append_digits(ms / 1'000 % 60, 2, out);
  out.push_back('.');
  append_digits(ms % 1'000, 3, out);
}

void append_iso_timestamp(std::int64_t ms, std::string& out) {
  const DayAndTime at = day_and_time(ms);
  append_iso_date(at.day, out);
  out.push_back('T');
  append_iso_time(at.ms, out);
  out.push_back('Z');
}

std::optional<std::int32_t> parse_iso_date(std::string_view text) {
  Digits digits(text);
  auto day = take_date(digits);
  if (!day || !digits.at_end()) return std::nullopt;
  if (*day < std::numeric_limits<std::int32_t>::min() || *day > std::numeric_limits<std::int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<std::int32_t>(*day);
}

std::optional<std::int32_t> parse_iso_time(std::string_view text) {
  Digits digits(text);
  auto ms = take_time(digits);
  digits.take('Z');
  if (!ms || !digits.at_end()) return std::nullopt;
  return static_cast<std::int32_t>(*ms);
}

std::optional<std::int64_t> parse_iso_timestamp(std::string_view text) {
  Digits digits(text);
  auto day = take_date(digits);
  if (!day || (!digits.take('T') && !digits.take(' '))) return std::nullopt;
  auto ms = take_time(digits);
  if (!ms) return std::nullopt;
  auto offset = take_offset(digits);
  if (!offset || !digits.at_end()) return std::nullopt;
  return *day * kDayMs + *ms - *offset;
}

}  // namespace weir::connect
