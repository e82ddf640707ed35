#include "connect/transforms/date_format.h"

#include <algorithm>
#include <array>
#include <optional>

#include "connect/data/calendar.h"

namespace weir::connect {

struct DateFormat::Parts {
  Civil civil{};
  int day_of_year = 0;  // 0: not said
  int hour = 0;
  int hour_of_half = -1;  // 0 to 11; -1: not said
  bool is_afternoon = false;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  int offset_minutes = 0;
  std::int64_t day = 0;  // since 1970; when it writes
};

namespace {

constexpr std::string_view kLetters = "yMdDEaHhkKmsSzZX";
constexpr std::string_view kNumbers = "yMdDHhkKmsS";
constexpr std::array<std::string_view, 12> kMonths = {"January",   "February", "March",    "April",
                                                      "May",       "June",     "July",     "August",
                                                      "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit_char(char c) {
  return c >= '0' && c <= '9';
}

void append_padded(std::int64_t value, std::size_t width, std::string& out) {
  if (value < 0) {
    out.push_back('-');
    value = -value;
  }
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

// As many digits as there are, or exactly `exactly`.
std::optional<int> take_number(std::string_view& rest, std::optional<std::size_t> exactly) {
  constexpr std::size_t kMost = 9;
  std::size_t count = 0;
  int value = 0;
  while (count < rest.size() && count < exactly.value_or(kMost) && is_digit_char(rest[count])) {
    value = value * 10 + (rest[count++] - '0');
  }
  if (count == 0 || (exactly && count != *exactly)) return std::nullopt;
  rest.remove_prefix(count);
  return value;
}

bool starts_with_any_case(std::string_view text, std::string_view name) {
  if (text.size() < name.size()) return false;
  return std::equal(name.begin(), name.end(), text.begin(), [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

// The place of a name in full, or of its first three letters.
template <std::size_t kCount>
std::optional<int> take_name(std::string_view& rest, const std::array<std::string_view, kCount>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (const std::string_view name : {names[i], names[i].substr(0, 3)}) {
      if (!starts_with_any_case(rest, name)) continue;
      rest.remove_prefix(name.size());
      return static_cast<int>(i);
    }
  }
  return std::nullopt;
}

// "Z", "UTC", "GMT", "+02", "+0200", "+02:00", in minutes.
std::optional<int> take_zone(std::string_view& rest) {
  for (const std::string_view name : {"UTC", "GMT"}) {
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return 0;
  }
  if (rest.starts_with('Z')) {
    rest.remove_prefix(1);
    return 0;
  }
  if (rest.empty() || (rest[0] != '+' && rest[0] != '-')) return std::nullopt;
  const bool is_west = rest[0] == '-';
  rest.remove_prefix(1);
  auto hours = take_number(rest, 2);
  if (!hours || *hours > 18) return std::nullopt;
  int minutes = 0;
  if (rest.starts_with(':')) rest.remove_prefix(1);
  if (!rest.empty() && is_digit_char(rest[0])) {
    auto more = take_number(rest, 2);
    if (!more || *more > 59) return std::nullopt;
    minutes = *more;
  }
  const int offset = *hours * 60 + minutes;
  return is_west ? -offset : offset;
}

bool put(std::optional<int> value, int least, int most, int& into) {
  if (!value || *value < least || *value > most) return false;
  into = *value;
  return true;
}

}  // namespace

Result<DateFormat> DateFormat::parse(std::string_view pattern) {
  DateFormat format;
  format.pattern_ = std::string(pattern);
  const auto add_text = [&format](char c) {
    if (format.pieces_.empty() || format.pieces_.back().letter != 0) format.pieces_.emplace_back();
    format.pieces_.back().text.push_back(c);
  };
  bool is_quoted = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\'') {
      if (i + 1 < pattern.size() && pattern[i + 1] == '\'') {
        add_text('\'');
        ++i;
      } else {
        is_quoted = !is_quoted;
      }
    } else if (is_quoted || !is_letter(c)) {
      add_text(c);
    } else if (kLetters.find(c) == std::string_view::npos) {
      return fail(ErrorCode::invalid_argument, "'" + std::string(1, c) + "' is not among the letters that are known: " +
                                                   std::string(kLetters) + "; text stands in quotes, as 'T'");
    } else if (!format.pieces_.empty() && format.pieces_.back().letter == c) {
      ++format.pieces_.back().count;
    } else {
      format.pieces_.push_back({c, 1, {}});
    }
  }
  if (is_quoted) return fail(ErrorCode::invalid_argument, "a quote that is not closed");
  for (const Piece& piece : format.pieces_) {
    if (piece.letter == 'S' && piece.count > 3) {
      return fail(ErrorCode::invalid_argument, "more than three 'S': a time has no more than milliseconds");
    }
    if (piece.letter == 'X' && piece.count > 3) {
      return fail(ErrorCode::invalid_argument, "more than three 'X': an offset is X, XX or XXX");
    }
  }
  return format;
}

std::string DateFormat::format(std::int64_t ms) const {
  const DayAndTime at = day_and_time(ms);
  Parts parts;
  parts.civil = civil_of_day(at.day);
  parts.day = at.day;
  parts.hour = at.ms / 3'600'000;
  parts.minute = at.ms / 60'000 % 60;
  parts.second = at.ms / 1'000 % 60;
  parts.millisecond = at.ms % 1'000;
  std::string out;
  for (const Piece& piece : pieces_) append(piece, parts, out);
  return out;
}

void DateFormat::append(const Piece& piece, const Parts& parts, std::string& out) const {
  const auto number = [&](std::int64_t value) {
    append_padded(value, piece.count, out);
  };
  switch (piece.letter) {
    case 0:
      out += piece.text;
      return;
    case 'y':
      if (piece.count == 2) return append_padded((parts.civil.year % 100 + 100) % 100, 2, out);
      return number(parts.civil.year);
    case 'M': {
      if (piece.count < 3) return number(parts.civil.month);
      const std::string_view name = kMonths[static_cast<std::size_t>(parts.civil.month - 1)];
      out += piece.count == 3 ? name.substr(0, 3) : name;
      return;
    }
    case 'd':
      return number(parts.civil.day);
    case 'D':
      return number(parts.day - day_of_civil({parts.civil.year, 1, 1}) + 1);
    case 'E': {
      const std::int64_t weekday = ((parts.day + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
      const std::string_view name = kDays[static_cast<std::size_t>(weekday)];
      out += piece.count < 4 ? name.substr(0, 3) : name;
      return;
    }
    case 'a':
      out += parts.hour < 12 ? "AM" : "PM";
      return;
    case 'H':
      return number(parts.hour);
    case 'k':
      return number(parts.hour == 0 ? 24 : parts.hour);
    case 'K':
      return number(parts.hour % 12);
    case 'h':
      return number(parts.hour % 12 == 0 ? 12 : parts.hour % 12);
    case 'm':
      return number(parts.minute);
    case 's':
      return number(parts.second);
    case 'S':
      return number(parts.millisecond);
    case 'z':
      out += "UTC";
      return;
    case 'Z':
      out += "+0000";
      return;
    default:  // X
      out += "Z";
  }
}

bool DateFormat::take(const Piece& piece, bool digits_follow, std::string_view& rest, Parts& parts) {
  const auto number = [&] {
    return take_number(rest, digits_follow ? std::optional(piece.count) : std::nullopt);
  };
  int value = 0;
  switch (piece.letter) {
    case 0:
      if (!rest.starts_with(piece.text)) return false;
      rest.remove_prefix(piece.text.size());
      return true;
    case 'y': {
      const std::size_t before = rest.size();
      if (!put(number(), 0, 999'999'999, value)) return false;
      const bool is_short = piece.count == 2 && before - rest.size() == 2;
      parts.civil.year = !is_short ? value : value < 70 ? 2000 + value : 1900 + value;
      return true;
    }
    case 'M':
      if (piece.count < 3) return put(number(), 1, 12, parts.civil.month);
      if (!put(take_name(rest, kMonths), 0, 11, value)) return false;
      parts.civil.month = value + 1;
      return true;
    case 'd':
      return put(number(), 1, 31, parts.civil.day);
    case 'D':
      return put(number(), 1, 366, parts.day_of_year);
    case 'E':
      return take_name(rest, kDays).has_value();
    case 'a':
      parts.is_afternoon = starts_with_any_case(rest, "PM");
      if (!parts.is_afternoon && !starts_with_any_case(rest, "AM")) return false;
      rest.remove_prefix(2);
      if (parts.hour_of_half < 0) parts.hour_of_half = 0;
      return true;
    case 'H':
      return put(number(), 0, 23, parts.hour);
    case 'k':
      if (!put(number(), 1, 24, value)) return false;
      parts.hour = value % 24;
      return true;
    case 'K':
      return put(number(), 0, 11, parts.hour_of_half);
    case 'h':
      if (!put(number(), 1, 12, value)) return false;
      parts.hour_of_half = value % 12;
      return true;
    case 'm':
      return put(number(), 0, 59, parts.minute);
    case 's':
      return put(number(), 0, 59, parts.second);
    case 'S':
      return put(number(), 0, 999, parts.millisecond);
    default: {  // z, Z, X
      auto zone = take_zone(rest);
      if (zone) parts.offset_minutes = *zone;
      return zone.has_value();
    }
  }
}

Result<std::int64_t> DateFormat::read(std::string_view text) const {
  const auto no_match = [&] {
    return fail(ErrorCode::invalid_record, "'" + std::string(text) + "' is no time as '" + pattern_ + "' writes it");
  };
  Parts parts;
  std::string_view rest = text;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    const bool digits_follow = i + 1 < pieces_.size() && pieces_[i + 1].letter != 0 &&
                               kNumbers.find(pieces_[i + 1].letter) != std::string_view::npos;
    if (!take(pieces_[i], digits_follow, rest, parts)) return no_match();
  }
  if (!rest.empty() || parts.civil.day > days_in_month(parts.civil.year, parts.civil.month)) return no_match();
  const bool has_halves = parts.hour_of_half >= 0 && parts.hour == 0;
  const int hour = has_halves ? parts.hour_of_half + (parts.is_afternoon ? 12 : 0) : parts.hour;
  std::int64_t day = day_of_civil(parts.civil);
  if (parts.day_of_year > 0) day = day_of_civil({parts.civil.year, 1, 1}) + parts.day_of_year - 1;
  const std::int64_t minutes = hour * 60 + parts.minute - parts.offset_minutes;
  return day * kDayMs + minutes * 60'000 + parts.second * 1'000 + parts.millisecond;
}

}  // namespace weir::connect
