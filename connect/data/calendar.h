// Days and times of day as ISO 8601 writes them, in UTC: "2024-05-01", "10:15:30.250", "2024-05-01T10:15:30.250Z".
// Any day of 32 bits has a date (the proleptic Gregorian calendar); years beyond four digits have a sign, as ISO 8601
// extends them: "+12345-01-01".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::connect {

inline constexpr std::int64_t kDayMs = 86'400'000;

struct Civil {
  std::int64_t year = 1970;
  int month = 1;  // 1 to 12
  int day = 1;    // 1 to 31
};

Civil civil_of_day(std::int64_t days);  // since 1970-01-01
std::int64_t day_of_civil(const Civil& civil);
int days_in_month(std::int64_t year, int month);

// The day that a moment lies in, and how far into it.
struct DayAndTime {
  std::int64_t day = 0;
  std::int32_t ms = 0;  // 0 to 86,399,999
};
DayAndTime day_and_time(std::int64_t ms);

void append_iso_date(std::int64_t days, std::string& out);
void append_iso_time(std::int32_t ms, std::string& out);  // always with milliseconds
void append_iso_timestamp(std::int64_t ms, std::string& out);

// All of the text, or nullopt. A time may leave out milliseconds; a timestamp may have "Z" or an offset such as
// "+02:00", "+0200" or "+02", and is UTC without one.
std::optional<std::int32_t> parse_iso_date(std::string_view text);
std::optional<std::int32_t> parse_iso_time(std::string_view text);
std::optional<std::int64_t> parse_iso_timestamp(std::string_view text);

}  // namespace weir::connect
