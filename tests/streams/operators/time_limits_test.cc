// Times and durations at the ends of their numbers. Rule: arithmetic of times stops there and never turns round; the
// greatest duration means "no limit" in every window, grace, retention, join and suppress; a window whose end is behind
// the last moment never ends; and no record is in more windows than TimeWindowing::kMostWindows.
#include <gtest/gtest.h>

#include "log/base/saturate.h"
#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using namespace std::chrono_literals;
using Counts = std::map<Text, std::int64_t>;

constexpr std::int64_t kLast = INT64_MAX;

struct Counted {
  Counts counts;
  std::uint64_t late = 0;
};

// Counts of records of one key at `times` by window, "start-end"; windows that emit on close are closed at the end.
template <class W>
Counted count(const W& windows, const std::vector<std::int64_t>& times, Emit emit = Emit::on_update) {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by_key()
      .windowed_by(windows)
      .emit(emit)
      .count({.store = "c"})
      .to_stream()
      .map([](const Windowed<Text>& w, const auto& n) {
        std::int64_t number = 0;
        if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(n)>>) {
          number = n;
        } else {
          number = n ? *n : 0;
        }
        return std::pair(std::to_string(w.window.start_ms) + "-" + std::to_string(w.window.end_ms), number);
      })
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Text>("in");
  for (std::int64_t time : times) in.pipe("k", "v", time);
  driver.close_windows();
  Counts counts = driver.output<Text, std::int64_t>("out").read_map();
  std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
  return {counts, driver.statistics().dropped_late};
}

Text window(std::int64_t start, std::int64_t end) {
  return std::to_string(start) + "-" + std::to_string(end);
}

TEST(TimeLimits, sums_stop_at_the_ends) {
  EXPECT_EQ(saturated_sum(kLast, 1), kLast);
  EXPECT_EQ(saturated_sum(INT64_MIN, -1), INT64_MIN);
  EXPECT_EQ(saturated_difference(INT64_MIN, 1), INT64_MIN);
  EXPECT_EQ(saturated_difference(kLast, -1), kLast);
  EXPECT_EQ(saturated_product(kLast, 2), kLast);
  EXPECT_EQ(saturated_product(kLast, -2), INT64_MIN);
  EXPECT_EQ(saturated_sum(2, 3), 5);
}

TEST(TimeLimits, a_record_of_the_last_moment_has_windows_like_any_other) {
  const std::int64_t start = kLast / 60'000 * 60'000;
  EXPECT_EQ(count(tumbling(1min), {5, kLast, kLast}).counts,
            (Counts{{window(0, 60'000), 1}, {window(start, kLast), 2}}));
  const auto hopped = count(hopping(2min, 1min), {kLast}).counts;
  EXPECT_EQ(hopped, (Counts{{window(start - 60'000, kLast), 1}, {window(start, kLast), 1}}));
  EXPECT_EQ(count(sessions(10ms), {5, kLast, kLast}).counts, (Counts{{window(5, 5), 1}, {window(kLast, kLast), 2}}));
  EXPECT_EQ(count(sliding(10ms), {kLast}).counts, (Counts{{window(kLast - 10, kLast), 1}}));
  EXPECT_EQ(count(unlimited(0ms), {5, kLast}).counts, (Counts{{window(0, kLast), 2}}));
}

TEST(TimeLimits, what_comes_after_the_last_moment_is_late_and_counted) {
  EXPECT_EQ(count(tumbling(1min), {kLast, 5}).late, 1u);
  EXPECT_EQ(count(sessions(10ms), {kLast, 5}).late, 1u);
}

TEST(TimeLimits, no_limit_is_a_grace_that_never_ends) {
  EXPECT_EQ(count(tumbling(10ms).grace(Millis::max()), {5, 1'000, 6}).counts,
            (Counts{{window(0, 10), 2}, {window(1'000, 1'010), 1}}));
  EXPECT_EQ(count(hopping(10ms, 5ms).grace(Millis::max()), {7, kLast, 7}).late, 0u);
  const auto counted = count(sessions(10ms).grace(Millis::max()), {5, 1'000, 6});
  EXPECT_EQ(counted.counts, (Counts{{window(5, 6), 2}, {window(1'000, 1'000), 1}}));
  EXPECT_EQ(counted.late, 0u);
  EXPECT_EQ(count(sliding(10ms).grace(Millis::max()), {5, 1'000, 6}).late, 0u);
}

TEST(TimeLimits, no_limit_is_a_window_that_never_ends) {
  EXPECT_EQ(count(sessions(Millis::max()), {5, 1'000}).counts, (Counts{{window(5, 1'000), 2}}));
  EXPECT_EQ(count(tumbling(Millis::max()), {5, kLast, 6}).counts, (Counts{{window(0, kLast), 3}}));
  EXPECT_EQ(count(sliding(Millis::max()), {5, 1'000}).counts[window(0, kLast)], 2);
}

TEST(TimeLimits, windows_that_never_close_give_what_they_have_at_the_end_of_a_bounded_run) {
  EXPECT_EQ(count(tumbling(10ms).grace(Millis::max()), {5, 1'000, 6}, Emit::on_close).counts,
            (Counts{{window(0, 10), 2}, {window(1'000, 1'010), 1}}));
  EXPECT_EQ(count(sessions(10ms).grace(Millis::max()), {5, 1'000, 6}, Emit::on_close).counts,
            (Counts{{window(5, 6), 2}, {window(1'000, 1'000), 1}}));
}

TEST(TimeLimits, emit_on_close_gives_each_window_once_also_at_the_last_moment) {
  const std::int64_t start = kLast / 60'000 * 60'000;
  EXPECT_EQ(count(tumbling(1min), {5, 6, kLast}, Emit::on_close).counts,
            (Counts{{window(0, 60'000), 2}, {window(start, kLast), 1}}));
}

template <class Make>
Text joined(Make make, std::int64_t left, std::int64_t right) {
  Builder builder;
  auto l = builder.stream<Text, Text>("l"), r = builder.stream<Text, Text>("r");
  make(l, r);
  TestDriver driver(builder.build());
  driver.input<Text, Text>("l").pipe("k", "L", left);
  driver.input<Text, Text>("r").pipe("k", "R", right);
  driver.close_windows();
  Text all;
  for (const auto& record : driver.output<Text, Text>("out").read_all()) all += record.value + " ";
  return all;
}

auto outer(JoinWindows windows) {
  return [windows](auto& l, auto& r) {
    l.outer_join(r, [](const Text* a, const Text* b) { return (a ? *a : "-") + (b ? *b : "-"); }, windows,
                 {.store = "j"})
        .to("out");
  };
}

TEST(TimeLimits, joins_know_no_limit) {
  EXPECT_EQ(joined(outer(within(5ms).grace(Millis::max())), 5, 7), "LR ");
  EXPECT_EQ(joined(outer(within(Millis::max())), 5, kLast), "LR ");
  EXPECT_EQ(joined(outer(within(5ms)), kLast, kLast), "LR ");
  EXPECT_EQ(joined(outer(within(5ms).before(Millis::max())), kLast, 5), "LR ");
  EXPECT_EQ(joined(outer(within(5ms).grace(Millis::max())), 5, 100), "L- -R ") << "at the end of a bounded run";
}

TEST(TimeLimits, suppress_until_a_close_that_never_comes_is_refused) {
  Builder builder;
  auto counts = builder.stream<Text, Text>("in")
                    .group_by_key()
                    .windowed_by(tumbling(10ms).grace(Millis::max()))
                    .count({.store = "c"});
  EXPECT_THROW((void)counts.suppress(UntilWindowCloses{}), TopologyError);
}

TEST(TimeLimits, suppress_knows_no_limit_of_time) {
  Builder builder;
  builder.table<Text, Text>("rows").suppress(UntilTimeLimit{Millis::max()}).to_stream().to("out");
  TestDriver driver(builder.build());
  auto rows = driver.input<Text, Text>("rows");
  for (std::int64_t time : {std::int64_t{5}, kLast - 1}) rows.pipe("k", "v", time);
  EXPECT_TRUE((driver.output<Text, std::optional<Text>>("out").is_empty()));
}

TEST(TimeLimits, a_record_is_in_no_more_windows_than_are_taken) {
  Builder builder;
  auto grouped = builder.stream<Text, Text>("in").group_by_key();
  try {
    (void)grouped.windowed_by(hopping(1h, 1ms));
    FAIL() << "3,600,000 windows a record";
  } catch (const TopologyError& error) {
    EXPECT_NE(Text(error.what()).find("3600000"), Text::npos) << error.what();
    EXPECT_NE(Text(error.what()).find("10000"), Text::npos) << error.what();
  }
  EXPECT_THROW((void)grouped.windowed_by(hopping(Millis::max(), 1h)), TopologyError);
  EXPECT_NO_THROW((void)grouped.windowed_by(hopping(10s, 1ms)));
}

}  // namespace
}  // namespace weir::streams
