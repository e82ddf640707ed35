#include "streams/operators/counters.h"

#include <set>

#include <gtest/gtest.h>

namespace weir::streams {
namespace {

TEST(Counters, each_has_one_row_and_is_added_once) {
  std::set<std::string_view> names;
  Counters counters;
  std::uint64_t next = 1;
  for (const CounterRow& row : counter_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    (counters.*row.counter).add(next++);
  }
  EXPECT_EQ(sizeof(Statistics) / sizeof(std::uint64_t), names.size());
  EXPECT_EQ(sizeof(Counters) / sizeof(Counter), names.size());
  Statistics total;
  total.add(counters);
  total.add(counters);
  next = 1;
  for (const CounterRow& row : counter_rows()) EXPECT_EQ(total.*row.total, 2 * next++) << row.name;
}

TEST(Hints, a_join_of_which_no_record_meets_a_row_is_told_with_what_it_may_be) {
  Statistics total;
  total.processed = total.sent = total.unmatched = 200;
  ASSERT_EQ(hints(total).size(), 1u);
  EXPECT_NE(hints(total).front().find("none of 200 records"), std::string::npos);
  EXPECT_NE(hints(total).front().find("timestamp.field"), std::string::npos);
  total.matched = 1;
  EXPECT_TRUE(hints(total).empty());
}

TEST(Hints, an_application_that_leaves_everything_out_is_told) {
  Statistics total;
  total.processed = total.dropped_late = 500;
  ASSERT_EQ(hints(total).size(), 1u);
  EXPECT_NE(hints(total).front().find("all of 500 records"), std::string::npos);
  total.sent = 1;
  EXPECT_TRUE(hints(total).empty());
}

TEST(Hints, joined_streams_of_which_no_records_meet_are_told) {
  Statistics total;
  total.processed = total.sent = total.unpaired = 200;
  ASSERT_EQ(hints(total).size(), 1u);
  EXPECT_NE(hints(total).front().find("none of 200 records of streams"), std::string::npos);
  total.paired = 1;
  EXPECT_TRUE(hints(total).empty());
}

TEST(Hints, windows_for_which_nearly_everything_is_late_are_told) {
  Statistics total;
  total.processed = 400;  // in two stages
  total.sent = total.in_time = 2;
  total.dropped_late = 198;
  ASSERT_EQ(hints(total).size(), 1u);
  EXPECT_NE(hints(total).front().find("198 updates came too late"), std::string::npos);
  total.in_time = 3;
  EXPECT_TRUE(hints(total).empty());
  total.in_time = 0;  // old rows of a table, and no windows
  EXPECT_TRUE(hints(total).empty());
}

TEST(Hints, a_few_records_tell_nothing) {
  Statistics total;
  total.processed = total.unmatched = total.dropped_null_key = 99;
  EXPECT_TRUE(hints(total).empty());
}

}  // namespace
}  // namespace weir::streams
