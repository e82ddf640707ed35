#include "log/storage/sync_choice.h"

#include <gtest/gtest.h>

namespace weir::log::storage {
namespace {

using Ways = std::vector<SyncWay>;
constexpr auto kSegments = SyncWay::segments;
constexpr auto kJournal = SyncWay::journal;

Ways choose(std::vector<Unsynced> partitions) {
  return choose_ways(partitions);
}

TEST(SyncChoice, one_partition_alone_syncs_its_own_file) {
  EXPECT_EQ(choose({{1, true}}), Ways{kSegments});
  EXPECT_EQ(choose({}), Ways{});
}

TEST(SyncChoice, several_with_little_share_the_journal) {
  EXPECT_EQ(choose({{1, true}, {kBytesPerSync, true}}), (Ways{kJournal, kJournal}));
  EXPECT_EQ(choose(std::vector<Unsynced>(64, {2'048, true})), Ways(64, kJournal));
}

TEST(SyncChoice, one_with_much_is_not_written_twice) {
  constexpr Unsynced kMuch{kBytesPerSync + 1, true};
  EXPECT_EQ(choose({{1, true}, kMuch, {1, true}}), (Ways{kJournal, kSegments, kJournal}));
  EXPECT_EQ(choose({kMuch, kMuch, kMuch}), Ways(3, kSegments));
  EXPECT_EQ(choose({{1, true}, kMuch}), Ways(2, kSegments)) << "the one that is left is alone";
}

TEST(SyncChoice, what_does_not_fit_the_journal_stays_out_of_it) {
  EXPECT_EQ(choose({{1, false}, {1, true}, {1, true}}), (Ways{kSegments, kJournal, kJournal}));
  EXPECT_EQ(choose({{1, false}, {1, true}}), Ways(2, kSegments));
}

}  // namespace
}  // namespace weir::log::storage
