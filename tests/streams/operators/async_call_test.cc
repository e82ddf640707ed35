// Calls that several threads settle, and the inbox where their outcomes wait: each outcome once, none lost.
#include "streams/operators/async_call.h"

#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "log/base/work_pool.h"

namespace weir::streams {
namespace {

class NumberCall final : public AsyncCall {
 public:
  NumberCall(std::shared_ptr<AsyncInbox> inbox, std::uint64_t record) : AsyncCall(std::move(inbox), record) {}
  void complete(int number) {
    if (!claim()) return;
    number_ = number;
    deliver();
  }
  const void* result() const override { return &number_; }

 private:
  int number_ = 0;
};

TEST(AsyncCall, of_several_outcomes_the_first_is_delivered_and_seen_whole) {
  constexpr std::uint64_t kCalls = 2'000;
  auto signal = std::make_shared<ResultSignal>();
  auto inbox = std::make_shared<AsyncInbox>(signal);
  std::set<std::uint64_t> seen;
  {
    WorkPool pool(4);
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      auto call = std::make_shared<NumberCall>(inbox, i);
      pool.post([call, i] { call->complete(static_cast<int>(i)); });
      pool.post([call] { call->fail("the second"); });
    }
    while (seen.size() < kCalls) {
      ASSERT_TRUE(!inbox->is_empty() || signal->wait(Millis(60'000)));
      for (const auto& call : inbox->take()) {
        EXPECT_TRUE(seen.insert(call->record()).second) << "delivered twice: " << call->record();
        if (call->error()) {
          EXPECT_EQ(*call->error(), "the second");
        } else {
          EXPECT_EQ(*static_cast<const int*>(call->result()), static_cast<int>(call->record()));
        }
      }
    }
  }
  EXPECT_TRUE(inbox->is_empty());
}

TEST(AsyncCall, what_comes_when_the_operator_is_gone_is_dropped) {
  auto inbox = std::make_shared<AsyncInbox>(std::make_shared<ResultSignal>());
  auto early = std::make_shared<NumberCall>(inbox, 1);
  auto late = std::make_shared<NumberCall>(inbox, 2);
  early->complete(1);
  inbox->close();
  late->complete(2);
  EXPECT_TRUE(inbox->take().empty());
  const std::weak_ptr<NumberCall> kept = early;
  early.reset();
  EXPECT_TRUE(kept.expired()) << "inbox and call hold each other";
}

TEST(ResultSignal, what_came_before_a_wait_ends_it_at_once_and_counts_once) {
  ResultSignal signal;
  signal.notify();
  signal.notify();
  EXPECT_TRUE(signal.wait(Millis(60'000)));
  EXPECT_FALSE(signal.wait(Millis(0)));
}

TEST(ResultSignal, wakes_whoever_waits_elsewhere_until_it_is_detached) {
  std::atomic<int> woken{0};
  ResultSignal signal([&woken] { ++woken; });
  std::atomic<bool> is_over{false};
  std::thread notifying([&] {
    while (!is_over) signal.notify();
  });
  while (woken == 0) std::this_thread::yield();
  signal.detach();
  const int at_detaching = woken;
  EXPECT_TRUE(signal.wait(Millis(60'000)));
  EXPECT_EQ(woken, at_detaching);
  is_over = true;
  notifying.join();
}

}  // namespace
}  // namespace weir::streams
