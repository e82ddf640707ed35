// What rows take of the system's memory, and give back.
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "streams/state/arena.h"
#include "streams/state/key_filter.h"
#include "streams/state/key_value_store.h"
#include "streams/state/row_table.h"
#include "streams/state/window_store.h"
#include "tests/streams/state/store_fixture.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state {
namespace {

TEST(ArenaTest, uses_free_blocks_again_and_gives_back_whole_chunks) {
  Arena arena;
  std::vector<void*> blocks;
  for (int i = 0; i < 100'000; ++i) blocks.push_back(arena.allocate(100));
  const std::size_t held = arena.held_bytes();
  EXPECT_GE(held, arena.used_bytes());
  for (void* block : blocks) arena.free(block, 100);
  for (void*& block : blocks) block = arena.allocate(100);
  EXPECT_EQ(arena.held_bytes(), held) << "the same blocks";
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < arena.chunks(); ++i) all.push_back(i);
  arena.retire(all);
  for (std::size_t i = 0; i < blocks.size(); ++i) arena.drop(100);
  void* moved = arena.allocate(100);
  EXPECT_FALSE(Arena::is_retired(moved));
  arena.release_retired();
  EXPECT_EQ(arena.chunks(), 1u);
  EXPECT_LT(arena.held_bytes(), 1'000u);
  EXPECT_EQ(arena.used_bytes(), 112u);
}

TEST(KeyFilterTest, never_denies_what_is_there_and_seldom_takes_others_for_it) {
  KeyFilter filter;
  auto hash = [](std::uint64_t i) {
    const std::string key = "key " + std::to_string(i);
    return RowTable::hash(key);
  };
  constexpr std::uint64_t kKeys = 200'000;
  for (std::uint64_t i = 0; i < kKeys; ++i) filter.add(hash(i));
  int wrong = 0;
  for (std::uint64_t i = 0; i < kKeys; ++i) ASSERT_TRUE(filter.may_contain(hash(i))) << i;
  for (std::uint64_t i = kKeys; i < 2 * kKeys; ++i) wrong += filter.may_contain(hash(i)) ? 1 : 0;
  EXPECT_LT(wrong, kKeys / 20);
  EXPECT_LT(filter.memory_bytes(), 8 * kKeys);
}

// Rows are made, written down and evicted, again and again; some are used between. All are found afterwards.
class MemoryTest : public StateTest {
 protected:
  static constexpr std::size_t kMost = 2 * 1024 * 1024;
  static constexpr int kRounds = 20;
  static constexpr int kKeysOfRound = 5'000;

  static std::string key(int number) { return "key " + std::to_string(number); }
  static bool is_hot(int number) { return number % 50 == 0; }

  void write_down(WriteBehind& store) {
    ASSERT_TRUE(store.write_changes(changelog_));
    store.committed();
    ASSERT_TRUE(store.apply(changelog_.commit()));
    for (int look = 0; look < 2 && store.memory_bytes() > kMost; ++look) store.evict(store.memory_bytes() - kMost / 2);
    EXPECT_LE(store.memory_bytes(), kMost);
  }

  Changelog changelog_;
};

TEST_P(MemoryTest, a_store_of_keys_gives_memory_back_and_loses_nothing) {
  KeyValueStore store("store", int64_type(), below());
  ASSERT_TRUE(store.preload(kMost));
  for (int round = 0; round < kRounds; ++round) {
    for (int i = round * kKeysOfRound; i < (round + 1) * kKeysOfRound; ++i) {
      store.modify_as<std::int64_t>(store.row(key(i)), i) = i;
    }
    for (int i = 0; i < round * kKeysOfRound; i += 50) ++store.modify_as<std::int64_t>(store.row(key(i)), i);
    write_down(store);
  }
  for (int i = 0; i < kRounds * kKeysOfRound; ++i) {
    const Row* row = store.find(key(i));
    ASSERT_NE(row, nullptr) << i;
    ASSERT_EQ(*row->value_as<std::int64_t>(), i + (is_hot(i) ? kRounds - 1 - i / kKeysOfRound : 0));
  }
  EXPECT_EQ(store.find("no key"), nullptr);
  int scanned = 0;
  store.scan({}, {}, ScanOrder::forward, [&](Bytes, const void*, std::int64_t) { return ++scanned > 0; });
  EXPECT_EQ(scanned, kRounds * kKeysOfRound);
}

TEST_P(MemoryTest, windows_that_time_has_passed_go_at_commits_and_are_not_written_below) {
  constexpr std::int64_t kRetention = 1'000;
  constexpr std::int64_t kLast = 200'000;
  WindowStore store("store", int64_type(), kRetention, below());
  Changelog log;
  std::size_t most = 0;
  for (std::int64_t time = 0; time <= kLast; ++time) {
    store.expire(time);
    Row& row = store.add(store.keyed("key " + std::to_string(time % 7'919)), time);
    store.modify_as<std::int64_t>(row, time) = time;
    if (time % 500 != 0) continue;
    ASSERT_TRUE(store.write_changes(log));
    store.committed();
    log.commit();
    most = std::max(most, store.memory_bytes());
  }
  EXPECT_LT(most, 1'000'000u) << "of " << kLast << " rows";
  EXPECT_LE(store.pending_rows(), 2'500u) << "the live ones, and some";
  const Position position = log.commit();
  ASSERT_TRUE(store.apply(position));
  auto is_all_there = [&](WindowStore& rows) {
    std::int64_t next = kLast - kRetention;
    rows.scan(0, kLast + 1, [&](const Row& row) { return *row.value_as<std::int64_t>() == next++; });
    return next == kLast + 1;
  };
  EXPECT_TRUE(is_all_there(store));
  if (!GetParam()) return;
  WindowStore again("store", int64_type(), kRetention, below());
  EXPECT_EQ(again.stored_position().value(), position);
  again.expire(kLast);
  again.committed();
  EXPECT_TRUE(is_all_there(again));
}

TEST_P(MemoryTest, a_store_of_windows_gives_memory_back_and_loses_nothing) {
  WindowStore store("store", int64_type(), 1'000'000, below());
  ASSERT_TRUE(store.preload(kMost));
  for (int round = 0; round < kRounds; ++round) {
    for (int i = round * kKeysOfRound; i < (round + 1) * kKeysOfRound; ++i) {
      auto& keyed = store.keyed(key(i));
      for (int start : {10, 300'000}) store.modify_as<std::int64_t>(store.at(keyed, start + round), i) = i;
    }
    for (int i = 0; i < round * kKeysOfRound; i += 50) {
      auto& keyed = store.keyed(key(i));
      ++store.modify_as<std::int64_t>(store.at(keyed, 10 + i / kKeysOfRound), i);
    }
    write_down(store);
  }
  for (int i = 0; i < kRounds * kKeysOfRound; ++i) {
    const int round = i / kKeysOfRound;
    auto* keyed = store.find(key(i), WindowStore::hash(key(i)));
    ASSERT_NE(keyed, nullptr) << i;
    const Row* early = store.find(*keyed, 10 + round);
    const Row* late = store.find(*keyed, 300'000 + round);
    ASSERT_NE(early, nullptr);
    ASSERT_NE(late, nullptr);
    ASSERT_EQ(*early->value_as<std::int64_t>(), i + (is_hot(i) ? kRounds - 1 - round : 0));
    ASSERT_EQ(*late->value_as<std::int64_t>(), i);
  }
}

INSTANTIATE_TEST_SUITE_P(on_disk, MemoryTest, ::testing::Values(true));

}  // namespace
}  // namespace weir::streams::state
