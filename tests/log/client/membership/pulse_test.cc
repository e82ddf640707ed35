#include "log/client/membership/pulse.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

constexpr std::int64_t kMs = 1'000'000;

class PulseTest : public testing::Test {
 protected:
  PulseTest() { pulse_.begin({.group_id = "g", .generation = 2, .member_id = "m"}, 0); }
  int news_ = 0;
  Pulse pulse_{{Millis(3), Millis(10), [this] {
                  ++news_;
                }}};
};

TEST_F(PulseTest, a_beat_is_taken_once_an_interval) {
  EXPECT_FALSE(pulse_.take_due(2 * kMs));
  auto due = pulse_.take_due(3 * kMs);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->generation, 2);
  EXPECT_FALSE(pulse_.take_due(3 * kMs));
  EXPECT_EQ(pulse_.next_ns(), 6 * kMs);
}

TEST_F(PulseTest, whoever_does_not_poll_stops_beating_and_is_to_leave_once) {
  pulse_.polled(1 * kMs);
  EXPECT_FALSE(pulse_.take_overdue(10 * kMs));
  EXPECT_FALSE(pulse_.take_due(11 * kMs));
  EXPECT_EQ(pulse_.take_overdue(11 * kMs)->member_id, "m");
  EXPECT_FALSE(pulse_.take_overdue(12 * kMs));
  EXPECT_EQ(news_, 1);
  EXPECT_EQ(pulse_.take_news()->code, ErrorCode::unknown_member_id);
  EXPECT_FALSE(pulse_.take_news());
}

TEST_F(PulseTest, during_a_rebalance_it_beats_on_and_when_it_was_dropped_it_does_not) {
  pulse_.heard(ErrorCode::rebalance_in_progress, 2);
  EXPECT_TRUE(pulse_.take_due(3 * kMs));
  pulse_.heard(ErrorCode::unknown_member_id, 2);
  EXPECT_FALSE(pulse_.take_due(6 * kMs));
  EXPECT_EQ(pulse_.take_news()->code, ErrorCode::unknown_member_id);
}

TEST_F(PulseTest, what_changes_nothing_is_no_news) {
  pulse_.heard(ErrorCode::none, 2);
  pulse_.heard(ErrorCode::io_error, 2);
  pulse_.heard(ErrorCode::unknown_member_id, 1);
  EXPECT_EQ(news_, 0);
  EXPECT_TRUE(pulse_.take_due(3 * kMs));
}

TEST_F(PulseTest, when_it_is_closed_nobody_is_called) {
  pulse_.close();
  pulse_.heard(ErrorCode::unknown_member_id, 2);
  EXPECT_FALSE(pulse_.take_overdue(100 * kMs));
  EXPECT_EQ(news_, 0);
}

}  // namespace
}  // namespace weir::log
