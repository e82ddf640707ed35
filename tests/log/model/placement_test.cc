#include "log/model/placement.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

// The hashes themselves are held to Kafka's by the vectors.
TEST(Placement, a_partition_is_never_negative) {
  for (int i = 0; i < 1000; ++i) {
    std::string key = std::to_string(i);
    EXPECT_GE(partition_of_key(key, 7).value(), 0);
    EXPECT_LT(partition_of_key(key, 7).value(), 7);
    EXPECT_GE(coordinator_partition(key, 7).value(), 0);
    EXPECT_LT(coordinator_partition(key, 7).value(), 7);
  }
}

TEST(Placement, malformed_text_is_hashed_and_never_read_past) {
  EXPECT_EQ(java_string_hash("\xff"), 0xfffd);
  EXPECT_EQ(java_string_hash("\xe2\x82"), java_string_hash("\xff\xff"));
  EXPECT_EQ(java_string_hash("\xf0"), 0xfffd);
}

}  // namespace
}  // namespace weir::log
