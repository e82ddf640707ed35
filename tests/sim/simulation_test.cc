// One thread runs all: who goes on is the seed's choice, time moves when nobody can, and the same seed does the same.
#include "sim/simulation.h"

#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "log/base/work_pool.h"

namespace weir::simulation_test {
namespace {

using Lines = std::vector<std::string>;

// Three threads take turns at a counter, and each notes what it saw.
Lines turns(std::uint64_t seed) {
  Simulation world(seed);
  const auto this_thread = std::this_thread::get_id();
  Lines seen;
  world.run([&] {
    Mutex mutex;
    Condition changed(world);
    int turn = 0;
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < 3; ++i) {
      threads.push_back(*world.start_thread("t", [&, i] {
        EXPECT_EQ(std::this_thread::get_id(), this_thread);
        for (int round = 0; round < 5; ++round) {
          MutexLock lock(mutex);
          while (turn % 3 != i) changed.wait(mutex);
          ++turn;
          seen.push_back(std::to_string(i));
          changed.notify_all();
        }
      }));
    }
  });
  EXPECT_EQ(seen.size(), 15u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], std::to_string(i % 3));
  return world.trace();
}

TEST(Simulation, the_same_seed_does_the_same_and_another_one_something_else) {
  const Lines once = turns(7);
  EXPECT_EQ(once, turns(7));
  EXPECT_NE(once, turns(8));
}

TEST(Simulation, its_time_passes_only_when_nobody_can_go_on) {
  Simulation world(1);
  Lines order;
  world.run([&] {
    auto sleeper = [&](const char* name, Millis time) {
      return *world.start_thread(name, [&world, &order, name, time] {
        const auto begin_ms = world.monotonic_ms();
        world.sleep(time);
        EXPECT_EQ(world.monotonic_ms() - begin_ms, time.count());
        order.push_back(name);
      });
    };
    auto hour = sleeper("an hour", Millis(3'600'000));
    auto year = sleeper("a year", Millis(31'536'000'000));
    auto second = sleeper("a second", Millis(1'000));
  });
  EXPECT_EQ(order, (Lines{"a second", "an hour", "a year"}));
}

TEST(Simulation, an_exception_that_is_handled_stays_with_the_thread_that_handles_it) {
  Simulation world(3);
  int caught = 0;
  world.run([&] {
    std::vector<std::unique_ptr<Thread>> threads;
    for (int i = 0; i < 4; ++i) {
      threads.push_back(*world.start_thread("t", [&, i] {
        for (int round = 0; round < 3; ++round) {
          try {
            throw std::runtime_error(std::to_string(i));
          } catch (const std::exception&) {
            world.sleep(Millis(i + round));
            try {
              throw;
            } catch (const std::exception& again) {
              EXPECT_EQ(again.what(), std::to_string(i));
              ++caught;
            }
          }
        }
      }));
    }
  });
  EXPECT_EQ(caught, 12);
}

TEST(Simulation, a_pool_works_in_it) {
  Simulation world(5);
  int done = 0;
  world.run([&] {
    WorkPool pool(4, world);
    auto ended = world.make_parker();
    for (int i = 0; i < 100; ++i) {
      pool.post([&] {
        world.perhaps_yield();
        if (++done == 100) ended->unpark();
      });
    }
    EXPECT_TRUE(ended->park());
  });
  EXPECT_EQ(done, 100);
}

TEST(SimulationDeathTest, who_waits_for_what_never_comes_is_named) {
  EXPECT_DEATH(
      {
        Simulation world(1);
        world.run([&] { auto lost = world.start_thread("lost", [&] { (void)world.make_parker()->park(); }); });
      },
      "lost#1");
}

}  // namespace
}  // namespace weir::simulation_test
