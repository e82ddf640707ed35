// Timers: when they are due, against a model that looks at every multiple of the interval.
#include "streams/operators/timers.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::streams {
namespace {

using Fired = std::vector<std::pair<std::string, std::int64_t>>;

TEST(Timers, one_of_stream_time_is_due_with_the_first_record_and_then_on_its_grid) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::int64_t interval = 1 + random() % 20;
    Fired fired;
    Timers timers;
    timers.schedule(
        "t", TimerClock::stream_time, interval, [&](std::int64_t now) { fired.emplace_back("t", now); }, 0);
    Fired expected;
    std::int64_t last = -1;  // no multiple of the interval was passed yet
    std::int64_t now = random() % 30;
    for (int step = 0; step < 100; ++step, now += random() % 30) {
      timers.call_due(TimerClock::stream_time, now);
      bool passes = last < 0;
      for (std::int64_t t = last + 1; t <= now && !passes; ++t) passes = t % interval == 0;
      if (passes) expected.emplace_back("t", now);
      last = now;
    }
    EXPECT_EQ(fired, expected);
  }
}

TEST(Timers, one_of_the_wall_clock_is_due_an_interval_after_it_was_scheduled_and_once_after_a_gap) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::int64_t interval = 1 + random() % 20;
    const std::int64_t start = random() % 1000;
    Fired fired;
    Timers timers;
    timers.schedule(
        "t", TimerClock::wall_clock, interval, [&](std::int64_t now) { fired.emplace_back("t", now); }, start);
    Fired expected;
    std::int64_t last = start;
    for (int step = 0; step < 100; ++step) {
      const std::int64_t now = last + random() % 30;
      timers.call_due(TimerClock::wall_clock, now);
      bool passes = false;
      for (std::int64_t t = last + 1; t <= now; ++t) passes = passes || (t > start && (t - start) % interval == 0);
      if (passes) expected.emplace_back("t", now);
      last = now;
    }
    EXPECT_EQ(fired, expected);
  }
}

TEST(Timers, several_are_called_in_the_order_in_which_they_are_due) {
  Fired fired;
  Timers timers;
  for (auto [name, interval] : {std::pair("slow", 7), {"fast", 3}, {"same", 3}}) {
    timers.schedule(
        name, TimerClock::wall_clock, interval,
        [&, name = std::string(name)](std::int64_t now) { fired.emplace_back(name, now); }, 0);
  }
  EXPECT_EQ(timers.next_wall_ms(), 3);
  EXPECT_TRUE(timers.call_due(TimerClock::wall_clock, 8));
  EXPECT_EQ(fired, (Fired{{"fast", 8}, {"same", 8}, {"slow", 8}}));
  EXPECT_FALSE(timers.call_due(TimerClock::wall_clock, 8));
}

TEST(Timers, one_that_is_cancelled_from_inside_is_not_called_again_and_stays_so_over_a_restart) {
  int calls = 0;
  Timers timers;
  std::shared_ptr<Timers::Timer> timer;
  timer = timers.schedule(
      "t", TimerClock::stream_time, 10,
      [&](std::int64_t) {
        ++calls;
        timer->due_ms = Timers::kNever;
      },
      0);
  timers.call_due(TimerClock::stream_time, 5);
  timers.call_due(TimerClock::stream_time, 50);
  EXPECT_EQ(calls, 1);
  Timers again;
  again.schedule(
      "t", TimerClock::stream_time, 10, [&](std::int64_t) { ++calls; }, 0);
  again.restore(timers.times());
  again.call_due(TimerClock::stream_time, 100);
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(again.has(TimerClock::stream_time));
}

TEST(Timers, a_wall_clock_that_was_set_back_puts_no_timer_off_for_longer_than_its_interval) {
  Timers timers;
  int calls = 0;
  timers.schedule(
      "wall", TimerClock::wall_clock, 10, [&](std::int64_t) { ++calls; }, 1'000);
  auto of_stream = timers.schedule(
      "stream", TimerClock::stream_time, 10, [](std::int64_t) {}, 1'000);
  of_stream->due_ms = 5'000;
  timers.see_wall_time(1'003);
  EXPECT_EQ(timers.next_wall_ms(), 1'010);
  timers.see_wall_time(100);
  EXPECT_EQ(timers.next_wall_ms(), 110);
  EXPECT_EQ(of_stream->due_ms, 5'000);
  EXPECT_TRUE(timers.call_due(TimerClock::wall_clock, 110));
  EXPECT_EQ(calls, 1);
}

TEST(Timers, those_without_a_name_are_not_kept) {
  Timers timers;
  timers.schedule(
      "", TimerClock::stream_time, 10, [](std::int64_t) {}, 0);
  EXPECT_TRUE(timers.times().empty());
}

}  // namespace
}  // namespace weir::streams
