// Loops and their pauses; the runner and its steps; conditions.
#include "log/base/executor.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "log/base/runner.h"
#include "log/base/waiter.h"

namespace weir {
namespace {

Task<bool> pause_and_note(Loop& loop, Millis time, std::string name, std::vector<std::string>& order) {
  co_await loop.pause(time);
  order.push_back(std::move(name));
  co_return true;
}

TEST(Loop, one_thread_serves_many_pauses_each_for_its_time) {
  ManualClock clock(1'000);
  Loop loop(clock);
  std::vector<std::string> order;
  auto late = pause_and_note(loop, Millis(300), "late", order);
  auto early = pause_and_note(loop, Millis(100), "early", order);
  EXPECT_FALSE(late.start());
  EXPECT_FALSE(early.start());
  EXPECT_TRUE(loop.run(pause_and_note(loop, Millis(200), "middle", order)));
  EXPECT_EQ(order, (std::vector<std::string>{"early", "middle"}));
  EXPECT_EQ(clock.monotonic_ms(), 1'200);
  EXPECT_FALSE(loop.resume_ready(std::chrono::milliseconds(99)));
  EXPECT_TRUE(loop.resume_ready());
  EXPECT_TRUE(late.done());
  EXPECT_EQ(clock.monotonic_ms(), 1'300);
}

TEST(Loop, what_is_posted_meanwhile_goes_on_before_the_pause_is_over) {
  ManualClock clock;
  Loop loop(clock);
  std::vector<std::string> order;
  auto waits = [](Waiter& waiter, std::vector<std::string>& said) -> Task<bool> {
    co_await waiter;
    said.push_back("posted");
    co_return true;
  };
  Waiter waiter(loop);
  auto waiting = waits(waiter, order);
  auto pausing = pause_and_note(loop, Millis(1), "paused", order);
  EXPECT_FALSE(waiting.start());
  EXPECT_FALSE(pausing.start());
  waiter.wake();
  while (!pausing.done()) EXPECT_TRUE(loop.resume_ready());
  EXPECT_EQ(order, (std::vector<std::string>{"posted", "paused"}));
}

TEST(Loop, a_pause_that_is_destroyed_resumes_nobody) {
  ManualClock clock;
  Loop loop(clock);
  std::vector<std::string> order;
  {
    auto given_up = pause_and_note(loop, Millis(10), "given up", order);
    EXPECT_FALSE(given_up.start());
  }
  EXPECT_FALSE(loop.resume_ready(std::chrono::milliseconds(20)));
  EXPECT_TRUE(order.empty());
}

TEST(Loop, a_wait_ends_at_its_time_or_by_a_post_of_another_thread) {
  Loop loop;
  const auto before_ns = SystemClock::instance().monotonic_ns();
  EXPECT_FALSE(loop.resume_ready(std::chrono::milliseconds(3)));
  EXPECT_GE(SystemClock::instance().monotonic_ns() - before_ns, 3'000'000);
  std::thread other([&] { loop.post(std::noop_coroutine()); });
  EXPECT_TRUE(loop.resume_ready());
  other.join();
}

TEST(Parker, a_permit_is_kept_until_it_is_taken_and_only_one) {
  for (Clock* clock : {static_cast<Clock*>(&SystemClock::instance()), static_cast<Clock*>(new ManualClock)}) {
    auto parker = clock->make_parker();
    parker->unpark();
    parker->unpark();
    EXPECT_TRUE(parker->park());
    EXPECT_FALSE(parker->park(clock->monotonic_ns()));
    EXPECT_FALSE(parker->park(clock->deadline_ns(Millis(1))));
    EXPECT_FALSE(parker->park(0));
    if (clock != &SystemClock::instance()) delete clock;
  }
}

TEST(Parker, two_threads_hand_a_permit_to_and_fro) {
  auto& clock = SystemClock::instance();
  auto here = clock.make_parker();
  auto there = clock.make_parker();
  int count = 0;  // of whoever has the permit
  constexpr int kRounds = 20'000;
  auto other = clock.start_thread("other", [&] {
    for (int i = 0; i < kRounds; ++i) {
      while (!there->park()) continue;
      ++count;
      here->unpark();
    }
  });
  ASSERT_TRUE(other);
  for (int i = 0; i < kRounds; ++i) {
    ++count;
    there->unpark();
    ASSERT_TRUE(here->park(clock.deadline_ns(Millis(60'000))));
    ASSERT_EQ(count, 2 * (i + 1));
  }
}

TEST(Condition, every_waiting_thread_is_told_once) {
  auto& clock = SystemClock::instance();
  Mutex mutex;
  Condition given(clock);
  int left = 0;
  int taken = 0;
  {
    std::vector<std::unique_ptr<Thread>> takers;
    for (int i = 0; i < 4; ++i) {
      takers.push_back(*clock.start_thread("taker", [&] {
        for (int j = 0; j < 500; ++j) {
          MutexLock lock(mutex);
          while (left == 0) given.wait(mutex);
          --left;
          ++taken;
        }
      }));
    }
    for (int i = 0; i < 1'000; ++i) {
      MutexLock lock(mutex);
      left += 2;
      if (i % 3 == 0) {
        given.notify_all();
      } else {
        given.notify_one();
        given.notify_one();
      }
    }
  }
  EXPECT_EQ(taken, 2'000);
  MutexLock lock(mutex);
  EXPECT_FALSE(given.wait_until(mutex, clock.deadline_ns(Millis(2))));
}

// What is due is counted, once a period.
class Ticks final : public Runner::Work {
 public:
  explicit Ticks(Millis period) : period_ns_(period.count() * 1'000'000) {}
  std::atomic<int> count = 0;

 private:
  std::int64_t step(std::int64_t now_ns) override {
    if (next_ns_ == 0) next_ns_ = now_ns;
    for (; next_ns_ <= now_ns; next_ns_ += period_ns_) ++count;
    return next_ns_;
  }
  const std::int64_t period_ns_;
  std::int64_t next_ns_ = 0;
};

TEST(Runner, each_work_is_stepped_when_it_is_due_and_when_time_has_passed_that_is_done) {
  ManualClock clock(1'000);
  Ticks fast(Millis(10)), slow(Millis(1'000));
  Runner runner(clock, "runner");
  ASSERT_TRUE(runner.add(fast));
  ASSERT_TRUE(runner.add(slow));
  for (int i = 0; i < 200; ++i) {
    clock.advance(Millis(10));
    EXPECT_EQ(fast.count, 2 + i);
  }
  EXPECT_EQ(slow.count, 3);
  runner.remove(fast);
  clock.advance(Millis(1'000));
  EXPECT_EQ(fast.count, 201);
  EXPECT_EQ(slow.count, 4);
  runner.remove(slow);
}

TEST(Runner, work_that_is_removed_is_not_stepped_any_more) {
  Runner runner(SystemClock::instance(), "runner");
  Ticks stays(Millis(1));
  ASSERT_TRUE(runner.add(stays));
  for (int i = 0; i < 300; ++i) {
    auto goes = std::make_unique<Ticks>(Millis(1));
    ASSERT_TRUE(runner.add(*goes));
    while (i % 10 == 0 && goes->count == 0) std::this_thread::yield();
    runner.look();
    runner.remove(*goes);
  }
  EXPECT_GE(stays.count, 1);
  runner.remove(stays);
}

TEST(ManualClock, a_wait_moves_it_when_its_threads_have_done_what_was_due) {
  ManualClock clock;
  auto parker = clock.make_parker();
  std::atomic<int> done = 0;
  auto worker = *clock.start_thread("worker", [&] {
    auto here = clock.make_parker();
    for (int i = 1; i <= 10; ++i) {
      EXPECT_FALSE(here->park(i * 5'000'000));
      EXPECT_EQ(clock.monotonic_ms(), i <= 5 ? 25 : 60);
      ++done;
    }
    parker->unpark();
  });
  EXPECT_FALSE(parker->park(25'000'000));
  EXPECT_EQ(done, 5);
  EXPECT_TRUE(parker->park(60'000'000));
  EXPECT_EQ(done, 10);
}

}  // namespace
}  // namespace weir
