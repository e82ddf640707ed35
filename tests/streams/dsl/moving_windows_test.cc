// Windows that move with the records, sliding windows and sessions, against what their definitions say.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::moving_windows_test {
namespace {

using Counts = std::map<Window, std::int64_t>;
using Key = Windowed<std::string>;

// The last count of each window of key "k" that was not deleted.
template <class Windows>
Counts counted(const Windows& windows, const std::vector<std::int64_t>& times) {
  Builder builder;
  builder.stream<std::string, std::string>("in").group_by_key().windowed_by(windows).count().to_stream().to("out");
  TestDriver driver(builder.build());
  for (std::int64_t time : times) driver.input<std::string, std::string>("in").pipe("k", "v", time);
  Counts counts;
  for (const auto& record : driver.output<Key, std::optional<std::int64_t>>("out").read_all()) {
    counts.erase(record.key.window);
    if (record.value) counts[record.key.window] = *record.value;
  }
  return counts;
}

std::vector<std::int64_t> random_times(std::mt19937& random) {
  std::vector<std::int64_t> times(1 + random() % 12);
  for (auto& time : times) time = static_cast<std::int64_t>(random() % 60);
  return times;
}

TEST(MovingWindows, sliding_windows_are_those_that_differ_in_what_they_contain) {
  constexpr std::int64_t kDifference = 10;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    auto times = random_times(random);
    Counts expected;
    std::set<std::int64_t> starts;
    for (std::int64_t time : times) starts.insert({std::max<std::int64_t>(0, time - kDifference), time + 1});
    for (std::int64_t start : starts) {
      auto inside = std::count_if(times.begin(), times.end(),
                                  [&](std::int64_t time) { return time >= start && time <= start + kDifference; });
      if (inside > 0) expected[{start, start + kDifference}] = inside;
    }
    EXPECT_EQ(counted(sliding(Millis(kDifference)).grace(Millis(1000)), times), expected) << "seed " << seed;
  }
}

TEST(MovingWindows, a_session_is_of_records_that_follow_each_other_within_the_gap) {
  constexpr std::int64_t kGap = 5;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    auto times = random_times(random);
    auto sorted = times;
    std::sort(sorted.begin(), sorted.end());
    Counts expected;
    for (std::size_t i = 0; i < sorted.size();) {
      std::size_t end = i + 1;
      while (end < sorted.size() && sorted[end] - sorted[end - 1] <= kGap) ++end;
      expected[{sorted[i], sorted[end - 1]}] = static_cast<std::int64_t>(end - i);
      i = end;
    }
    EXPECT_EQ(counted(sessions(Millis(kGap)).grace(Millis(1000)), times), expected) << "seed " << seed;
  }
}

TEST(MovingWindows, sessions_that_meet_are_taken_back_before_the_one_they_become) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .windowed_by(sessions(Millis(10)).grace(Millis(100)))
      .aggregate([] { return std::string(); },
                 [](const std::string& value, const std::string& all) { return all + value; },
                 [](const std::string& a, const std::string& b) { return a + b; })
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("k", "a", 0);
  in.pipe("k", "b", 20);
  in.pipe("k", "c", 10);
  using Sent = TestRecord<Key, std::optional<std::string>>;
  EXPECT_EQ((driver.output<Key, std::optional<std::string>>("out").read_all()),
            (std::vector<Sent>{{{"k", {0, 0}}, "a", 0},
                               {{"k", {20, 20}}, "b", 20},
                               {{"k", {0, 0}}, std::nullopt, 0},
                               {{"k", {20, 20}}, std::nullopt, 20},
                               {{"k", {0, 20}}, "abc", 20}}));
}

TEST(MovingWindows, a_record_too_late_for_any_window_is_dropped_and_counted) {
  Builder builder;
  auto grouped = builder.stream<std::string, std::string>("in").group_by_key();
  grouped.windowed_by(sliding(Millis(10))).count().to_stream().to("sliding");
  grouped.windowed_by(sessions(Millis(10))).count().to_stream().to("sessions");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("k", "v", 100);
  in.pipe("k", "v", 89);
  EXPECT_EQ(driver.statistics().dropped_late, 2u);
}

TEST(MovingWindows, windows_whose_numbers_make_no_sense_are_an_error) {
  Builder builder;
  auto grouped = builder.stream<std::string, std::string>("in").group_by_key();
  EXPECT_THROW(grouped.windowed_by(sliding(Millis(-1))), TopologyError);
  EXPECT_THROW(grouped.windowed_by(sessions(Millis(0))), TopologyError);
  EXPECT_THROW(grouped.windowed_by(unlimited(Millis(0))).emit(Emit::on_close), TopologyError);
}

}  // namespace
}  // namespace weir::streams::moving_windows_test
