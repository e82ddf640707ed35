#include "connect/data/calendar.h"

#include <gtest/gtest.h>

namespace weir::connect::calendar {
namespace {

std::string timestamp(std::int64_t ms) {
  std::string out;
  append_iso_timestamp(ms, out);
  return out;
}

std::string date(std::int64_t days) {
  std::string out;
  append_iso_date(days, out);
  return out;
}

TEST(Calendar, every_day_of_many_centuries_is_found_again_and_follows_the_day_before) {
  Civil before = civil_of_day(-800'001);
  for (std::int64_t day = -800'000; day < 800'000; ++day) {
    const Civil civil = civil_of_day(day);
    ASSERT_EQ(day_of_civil(civil), day);
    const bool next_day = civil.year == before.year && civil.month == before.month && civil.day == before.day + 1;
    const bool first = civil.day == 1 && before.day == days_in_month(before.year, before.month);
    ASSERT_TRUE(next_day || first) << day;
    before = civil;
  }
}

TEST(Calendar, moments_are_written_as_iso_8601) {
  EXPECT_EQ(timestamp(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(timestamp(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(timestamp(1'714'558'530'250), "2024-05-01T10:15:30.250Z");
  EXPECT_EQ(date(11'016), "2000-02-29");
  EXPECT_EQ(date(-719'528), "0000-01-01");
  EXPECT_EQ(date(-719'529), "-0001-12-31");
  EXPECT_EQ(date(2'932'897), "+10000-01-01");
}

TEST(Calendar, what_was_written_is_read_again) {
  for (std::int64_t ms : {0LL, -1LL, 1'714'558'530'250LL, -62'198'755'200'000LL, 253'402'300'800'000LL}) {
    EXPECT_EQ(parse_iso_timestamp(timestamp(ms)), ms);
  }
}

TEST(Calendar, offsets_are_taken_from_the_local_time) {
  EXPECT_EQ(parse_iso_timestamp("1970-01-01T02:00:00+02:00"), 0);
  EXPECT_EQ(parse_iso_timestamp("1970-01-01T02:00:00.5+0200"), 500);
  EXPECT_EQ(parse_iso_timestamp("1969-12-31 19:00-05"), 0);
  EXPECT_EQ(parse_iso_timestamp("1970-01-01T00:00:00.123456789Z"), 123);
}

TEST(Calendar, what_is_no_day_or_time_is_none) {
  for (const char* text :
       {"", "2024", "2024-13-01", "2024-02-30", "2023-02-29", "2024-5-1", "2024-05-01x", "24-05-01"}) {
    EXPECT_EQ(parse_iso_date(text), std::nullopt) << text;
  }
  for (const char* text : {"", "24:00:00", "10:60:00", "10:15:60", "10:15:30.", "1:15:30", "10:15:30.250Zx"}) {
    EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
  }
  for (const char* text : {"2024-05-01", "2024-05-01T", "2024-05-01T10:15:30+", "2024-05-01T10:15:30+19:00"}) {
    EXPECT_EQ(parse_iso_timestamp(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_iso_time("10:15"), 36'900'000);
}

}  // namespace
}  // namespace weir::connect::calendar
