// Which quota counts, and how long who is above it is to be silent.
#include <gtest/gtest.h>

#include "log/server/meters.h"

namespace weir::log::server::quotas_test {
namespace {

using cluster::QuotaEntity;
using cluster::Quotas;

constexpr const char* kRate = "producer_byte_rate";

// In the order of KIP-257 the own counts before the default, and what is about both before what is about one.
TEST(QuotasTest, the_most_particular_counts) {
  const std::optional<std::string> none;
  const std::optional<std::string> other{""};
  const std::vector<QuotaEntity> by_rank{{"u", "c"},     {"u", other},  {"u", none}, {other, "c"},
                                         {other, other}, {other, none}, {none, "c"}, {none, other}};
  Quotas quotas;
  EXPECT_FALSE(quotas.find("u", "c", kRate));
  for (std::size_t i = by_rank.size(); i-- > 0;) {
    quotas.set(by_rank[i], kRate, static_cast<double>(i + 1));
    const auto found = quotas.find("u", "c", kRate);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->bytes_per_second, static_cast<double>(i + 1));
  }
  EXPECT_FALSE(quotas.find("u", "c", "consumer_byte_rate"));
  EXPECT_EQ(quotas.find("v", "c", kRate)->bytes_per_second, 4);
  EXPECT_EQ(quotas.find("u", "d", kRate)->bytes_per_second, 2);
  for (const auto& entity : by_rank) quotas.set(entity, kRate, std::nullopt);
  EXPECT_TRUE(quotas.all().empty());
}

TEST(QuotasTest, each_has_a_default_for_itself_and_a_users_clients_share_what_is_the_users) {
  Quotas quotas;
  quotas.set({"", std::nullopt}, kRate, 10);
  EXPECT_EQ(quotas.find("u", "c", kRate)->counted_as, (QuotaEntity{"u", std::nullopt}));
  EXPECT_EQ(quotas.find("u", "d", kRate)->counted_as, (QuotaEntity{"u", std::nullopt}));
  quotas.set({std::nullopt, ""}, kRate, 10);
  EXPECT_EQ(quotas.find("u", "c", kRate)->counted_as, (QuotaEntity{"u", std::nullopt}));
  quotas.set({"u", ""}, kRate, 10);
  EXPECT_EQ(quotas.find("u", "d", kRate)->counted_as, (QuotaEntity{"u", "d"}));
}

TEST(ByteRateTest, ten_seconds_worth_are_let_through_and_what_is_more_is_waited_for) {
  ByteRate rate;
  EXPECT_EQ(rate.add(10'000, 1'000, 5'000), Millis(0));
  EXPECT_EQ(rate.add(5'000, 1'000, 5'000), Millis(5'000));  // 15,000 bytes at 1,000 a second: 15 s, 10 of them gone
}

TEST(ByteRateTest, who_is_silent_for_so_long_is_within_the_limit_again) {
  ByteRate rate;
  std::int64_t now_ms = 0;
  double sent = 0;
  while (now_ms < 600'000) {
    now_ms += rate.add(3'000, 1'000, now_ms).count() + 1;
    sent += 3'000;
  }
  // Over ten minutes: the rate, and the burst.
  EXPECT_NEAR(sent, 600'000, 60'000);
}

TEST(ByteRateTest, what_is_long_ago_is_forgotten) {
  ByteRate rate;
  EXPECT_GT(rate.add(100'000, 1'000, 0), Millis(0));
  EXPECT_FALSE(rate.is_idle(10'999));
  EXPECT_TRUE(rate.is_idle(11'000));
  EXPECT_EQ(rate.add(9'000, 1'000, 11'000), Millis(0));
}

TEST(MetersTest, clients_are_counted_for_themselves) {
  ManualClock clock;
  Meters meters(clock);
  Quotas quotas;
  quotas.set({std::nullopt, ""}, kRate, 100);
  EXPECT_EQ(meters.add(quotas, "u", "a", "consumer_byte_rate", 1'000'000), Millis(0));
  EXPECT_EQ(meters.add(quotas, "u", "a", kRate, 1'000), Millis(0));
  EXPECT_EQ(meters.add(quotas, "v", "a", kRate, 1'000), Millis(10'000));  // the same client id
  EXPECT_EQ(meters.add(quotas, "u", "b", kRate, 1'000), Millis(0));
  clock.advance(Millis(30'000));
  EXPECT_EQ(meters.add(quotas, "u", "a", kRate, 1'000), Millis(0));
}

}  // namespace
}  // namespace weir::log::server::quotas_test
