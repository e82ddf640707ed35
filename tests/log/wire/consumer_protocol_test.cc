#include "log/wire/consumer_protocol.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace weir::log::wire {
namespace {

ConsumerSubscription subscription() {
  return {{"clicks", "orders"}, "mine", {{"clicks", PartitionIndex(2)}, {"orders", PartitionIndex(0)}}, 5, "west"};
}

TEST(ConsumerProtocol, a_subscription_is_the_same_bytes_whatever_its_order) {
  auto other = subscription();
  std::ranges::reverse(other.topics);
  std::ranges::reverse(other.owned_partitions);
  EXPECT_EQ(subscription_bytes(subscription()), subscription_bytes(other));
}

TEST(ConsumerProtocol, an_older_version_leaves_out_what_it_has_no_room_for) {
  auto read = parse_subscription(subscription_bytes(subscription(), 1).value());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->owned_partitions, subscription().owned_partitions);
  EXPECT_EQ(read->generation, kNoGeneration);
  EXPECT_FALSE(read->rack);
  EXPECT_TRUE(parse_subscription(subscription_bytes(subscription(), 0).value())->owned_partitions.empty());
}

TEST(ConsumerProtocol, a_newer_version_is_read_as_the_newest_that_is_known) {
  OwnedBytes bytes = subscription_bytes(subscription()).value();
  bytes[1] = 9;
  EXPECT_EQ(parse_subscription(bytes + "what came later"), subscription());
}

TEST(ConsumerProtocol, a_version_that_never_was_is_refused) {
  EXPECT_EQ(parse_subscription("\xff\xff").error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(parse_assignment("\xff\xff").error().code, ErrorCode::unsupported_version);
  EXPECT_EQ(subscription_bytes(subscription(), 4).error().code, ErrorCode::unsupported_version);
}

TEST(ConsumerProtocol, no_prefix_of_what_a_member_says_is_read) {
  const OwnedBytes subscribed = subscription_bytes(subscription()).value();
  for (std::size_t size = 0; size < subscribed.size(); ++size) {
    EXPECT_EQ(parse_subscription(Bytes(subscribed).substr(0, size)).error().code, ErrorCode::truncated) << size;
  }
  const OwnedBytes assigned = assignment_bytes({{{"clicks", PartitionIndex(2)}}, "mine"}).value();
  for (std::size_t size = 0; size < assigned.size(); ++size) {
    EXPECT_EQ(parse_assignment(Bytes(assigned).substr(0, size)).error().code, ErrorCode::truncated) << size;
  }
}

}  // namespace
}  // namespace weir::log::wire
