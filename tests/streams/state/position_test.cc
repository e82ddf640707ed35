#include "streams/state/position.h"

#include <gtest/gtest.h>

namespace weir::streams::state {
namespace {

Position some() {
  Position position{{}, log::LeaderEpoch(3), log::Offset(258), 7};
  position.topic.bytes[0] = 0xaa;
  return position;
}

TEST(Position, of_one_partition_is_version_1) {
  const OwnedBytes bytes = some().encode();
  EXPECT_EQ(to_hex(bytes), "01aa0000000000000000000000000000000000000300000000000001020000000000000007");
  EXPECT_EQ(Position::decode(bytes), some());
}

TEST(Position, of_several_partitions_has_their_places_behind_it) {
  Position position = some();
  position.further = {{log::LeaderEpoch(4), log::Offset(5)}};
  const OwnedBytes bytes = position.encode();
  EXPECT_EQ(to_hex(bytes),
            "02aa0000000000000000000000000000000000000300000000000001020000000000000007000000040000000000000005");
  EXPECT_EQ(Position::decode(bytes), position);
  position.further.push_back({});
  EXPECT_EQ(Position::decode(position.encode()), position);
}

TEST(Position, what_is_cut_short_or_of_another_version_is_none) {
  Position position = some();
  position.further = {{log::LeaderEpoch(4), log::Offset(5)}};
  const OwnedBytes bytes = position.encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == 37) continue;  // several without a further one are one
    EXPECT_EQ(Position::decode(Bytes(bytes).substr(0, size)), std::nullopt) << size;
  }
  OwnedBytes later = bytes;
  later[0] = 3;
  EXPECT_EQ(Position::decode(later), std::nullopt);
  EXPECT_EQ(Position::decode(some().encode() + "x"), std::nullopt);
}

}  // namespace
}  // namespace weir::streams::state
