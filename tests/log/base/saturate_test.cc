#include "log/base/saturate.h"

#include <gtest/gtest.h>

#include "log/base/clock.h"

namespace weir {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

TEST(Saturate, sums_stop_at_both_ends) {
  EXPECT_EQ(saturated_sum(1, 2), 3);
  EXPECT_EQ(saturated_sum(kMost, 1), kMost);
  EXPECT_EQ(saturated_sum(kLeast, -1), kLeast);
  EXPECT_EQ(saturated_difference(kLeast, 1), kLeast);
  EXPECT_EQ(saturated_difference(0, kLeast), kMost);
  EXPECT_EQ(saturated_product(kMost, 1'000'000), kMost);
  EXPECT_EQ(saturated_product(kMost, -2), kLeast);
  EXPECT_EQ(saturated_product(-3, 5), -15);
  EXPECT_EQ(saturated_int32(kMost), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(saturated_int32(-7), -7);
}

TEST(Saturate, the_greatest_duration_is_a_deadline_that_never_comes) {
  ManualClock clock(5'000);
  EXPECT_EQ(clock.deadline_ns(Millis(7)), 5'007'000'000);
  EXPECT_EQ(clock.deadline_ns(Millis::max()), kMost);
}

}  // namespace
}  // namespace weir
