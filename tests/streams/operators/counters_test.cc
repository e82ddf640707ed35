#include "streams/operators/counters.h"

#include <fstream>
#include <iterator>
#include <set>

#include <gtest/gtest.h>

namespace weir::streams {
namespace {

TEST(Counters, each_has_one_row_and_is_added_once) {
  std::set<std::string_view> names;
  Counters counters;
  std::uint64_t next = 1;
  for (const CounterRow& row : counter_rows()) {
    EXPECT_TRUE(names.insert(row.metric.name).second) << row.metric.name;
    (counters.*row.counter).add(next++);
  }
  EXPECT_EQ((sizeof(Statistics) - sizeof(Statistics::patterns)) / sizeof(std::uint64_t), names.size());
  EXPECT_EQ((sizeof(Counters) - sizeof(Counters::patterns)) / sizeof(Counter), names.size());
  Statistics total;
  total.add(counters);
  total.add(counters);
  next = 1;
  for (const CounterRow& row : counter_rows()) EXPECT_EQ(total.*row.total, 2 * next++) << row.metric.name;
}

TEST(Counters, levels_are_added_and_all_metrics_have_names_of_their_own_in_the_text_that_is_scraped) {
  Statistics total;
  total.processed = 7;
  Levels now;
  std::uint64_t next = 1;
  for (const LevelRow& row : level_rows()) now.*row.level = next++;
  EXPECT_EQ(sizeof(Levels) / sizeof(std::uint64_t), level_rows().size());
  now += now;
  next = 1;
  for (const LevelRow& row : level_rows()) EXPECT_EQ(now.*row.level, 2 * next++) << row.metric.name;
  const auto all = metrics_of("app", total, now);
  const auto rows = metric_rows();
  ASSERT_EQ(all.size(), rows.size());
  std::set<std::string> names;
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].row.name, rows[i].name);
    EXPECT_TRUE(names.insert(std::string(rows[i].name) + "_" + std::string(rows[i].unit)).second) << rows[i].name;
    EXPECT_FALSE(rows[i].help.empty());
  }
  const std::string text = prometheus_text("weir_streams", all);
  EXPECT_NE(text.find("\nweir_streams_processed_records_total{application=\"app\"} 7\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nweir_streams_running_tasks{application=\"app\"} 2\n"), std::string::npos) << text;
}

TEST(Counters, the_page_about_running_lists_every_row_as_it_is) {
  std::ifstream file(std::string(WEIR_TEST_DIR) + "/../docs/running.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const std::string table = markdown_table(metric_rows());
  EXPECT_NE(page.find(table), std::string::npos) << "docs/running.md is to have this table:\n" << table;
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
