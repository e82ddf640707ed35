#include "log/client/assignors/sticky_user_data.h"

#include <gtest/gtest.h>

#include "log/base/cursor.h"

namespace weir::log {
namespace {

const OwnedPartitions kOwned{{{"a", PartitionIndex(1)}, {"a", PartitionIndex(4)}, {"b", PartitionIndex(0)}}, 7};

TEST(StickyUserData, comes_back_as_it_was) {
  auto read = parse_sticky_user_data(sticky_user_data(kOwned));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->partitions, kOwned.partitions);
  EXPECT_EQ(read->generation, 7);
}

TEST(StickyUserData, of_an_old_writer_has_no_generation) {
  const OwnedBytes bytes = sticky_user_data(kOwned);
  auto read = parse_sticky_user_data(Bytes(bytes).substr(0, bytes.size() - 4));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->partitions, kOwned.partitions);
  EXPECT_EQ(read->generation, wire::kNoGeneration);
}

TEST(StickyUserData, that_ends_early_is_refused) {
  const OwnedBytes bytes = sticky_user_data(kOwned);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size + 4 == bytes.size()) continue;  // an old writer's
    auto read = parse_sticky_user_data(Bytes(bytes).substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, ErrorCode::truncated);
  }
}

TEST(StickyUserData, a_length_without_bytes_behind_it_is_refused) {
  for (std::int32_t partitions : {0x7fffffff, 3}) {
    OwnedBytes bytes;
    Writer out(bytes);
    out.int32(0x7fffffff);
    out.int16(1);
    out.bytes("a");
    out.int32(partitions);
    EXPECT_FALSE(parse_sticky_user_data(bytes));
  }
  OwnedBytes bytes;
  Writer out(bytes);
  out.int32(1);
  out.int16(-1);
  EXPECT_FALSE(parse_sticky_user_data(bytes));
  EXPECT_FALSE(parse_cooperative_sticky_user_data("abc"));
}

}  // namespace
}  // namespace weir::log
