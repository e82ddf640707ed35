#include "log/base/signal_watch.h"

#include <atomic>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>

namespace weir::signal_watch_test {
namespace {

TEST(SignalWatch, is_called_once_where_a_process_and_its_group_are_signalled_together) {
  std::atomic<int> calls{0};
  {
    SignalWatch watch([&] { ++calls; });
    for (int i = 0; i < 3; ++i) ASSERT_EQ(std::raise(i == 1 ? SIGTERM : SIGINT), 0);
    while (calls == 0) std::this_thread::yield();
  }
  EXPECT_EQ(calls, 1);
}

TEST(SignalWatch, a_later_watch_is_told_again) {
  for (int round = 0; round < 2; ++round) {
    std::atomic<int> calls{0};
    SignalWatch watch([&] { ++calls; });
    ASSERT_EQ(std::raise(SIGTERM), 0);
    while (calls == 0) std::this_thread::yield();
  }
}

// What does not end by itself is ended by whoever asks again.
TEST(SignalWatchDeathTest, asked_again_later_the_process_ends_at_once) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  auto ask_for_ever = [] {
    SignalWatch watch([] {});
    for (;;) (void)std::raise(SIGINT);
  };
  EXPECT_EXIT(ask_for_ever(), testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace weir::signal_watch_test
