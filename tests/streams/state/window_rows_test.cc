// Windows with several rows: the buffers of joins.
#include <filesystem>
#include <limits>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/state/rocks_database.h"
#include "streams/state/window_store.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state::window_rows_test {
namespace {

struct RecordedChanges final : ChangeSink {
  struct Change {
    std::string key;
    std::optional<std::string> value;
    std::int64_t timestamp_ms;
  };
  std::vector<Change> all;

  Result<> change(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override {
    all.push_back({std::string(key), value ? std::optional<std::string>(*value) : std::nullopt, timestamp_ms});
    return {};
  }
};

class WindowRowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("weir-window-rows-" + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
    database_ = *RocksDatabase::open(path_.string(), {"buffer"});
  }
  void TearDown() override {
    database_.reset();
    std::filesystem::remove_all(path_);
  }

  WindowStore over_disk() { return {"buffer", int64_type(), 100, RocksDatabase::backing(database_, "buffer")}; }

  static void add(WindowStore& store, Bytes key, std::int64_t start, std::int64_t value) {
    store.modify_as<std::int64_t>(store.add(store.keyed(key), start), start) = value;
  }
  using Values = std::vector<std::int64_t>;
  static Values between(WindowStore& store, Bytes key, std::int64_t from, std::int64_t to) {
    Values values;
    for (const Row* row : store.between(store.keyed(key), from, to)) {
      if (row->exists()) values.push_back(*row->value_as<std::int64_t>());
    }
    return values;
  }
  // Whatever is looked up from here on is read from below.
  static RecordedChanges write_down(WindowStore& store) {
    RecordedChanges changes;
    EXPECT_TRUE(store.write_changes(changes));
    store.committed();
    EXPECT_TRUE(store.apply({}));
    for (int sweep = 0; sweep < 2; ++sweep) store.evict(std::numeric_limits<std::size_t>::max());
    return changes;
  }

  std::filesystem::path path_;
  std::shared_ptr<RocksDatabase> database_;
};

TEST_F(WindowRowsTest, rows_of_one_time_stay_in_the_order_of_their_arrival) {
  WindowStore store = over_disk();
  add(store, "k", 20, 1);
  add(store, "k", 10, 2);
  add(store, "k", 10, 3);
  add(store, "kk", 10, 4);
  add(store, "k", 10, 5);
  EXPECT_EQ(between(store, "k", 10, 20), (Values{2, 3, 5, 1}));
  write_down(store);
  EXPECT_EQ(between(store, "k", 10, 20), (Values{2, 3, 5, 1}));
  add(store, "k", 10, 6);
  EXPECT_EQ(between(store, "k", 10, 19), (Values{2, 3, 5, 6}));
  EXPECT_EQ(between(store, "kk", 0, 99), (Values{4}));
  EXPECT_EQ(store.error(), std::nullopt);
}

TEST_F(WindowRowsTest, a_changelog_gives_every_row_back) {
  WindowStore store = over_disk();
  for (std::int64_t value = 1; value <= 4; ++value) add(store, "k", 10, value);
  auto& keyed = store.keyed("k");
  store.erase(*keyed.windows[1], 10);
  RecordedChanges changes = write_down(store);

  WindowStore other("buffer", int64_type(), 100, nullptr);
  for (auto change = changes.all.rbegin(); change != changes.all.rend(); ++change) {  // in any order
    NullableBytes value;
    if (change->value) value = *change->value;
    ASSERT_TRUE(other.restore(change->key, value, change->timestamp_ms));
  }
  other.committed();
  EXPECT_EQ(between(other, "k", 10, 10), (Values{1, 3, 4}));
}

TEST_F(WindowRowsTest, keys_are_as_documented) {
  WindowStore store("buffer", int64_type(), 400, RocksDatabase::backing(database_, "buffer"));
  add(store, "k", 5, 1);
  add(store, "k", 5, 2);
  const RecordedChanges changes = write_down(store);
  ASSERT_EQ(changes.all.size(), 2u);
  EXPECT_EQ(to_hex(changes.all[1].key), "6b000000000000000500000001");
  auto below = RocksDatabase::backing(database_, "buffer");
  OwnedBytes row;
  const auto found = below->get(*from_hex("00000000000000006b000000000000000500000001"), row);
  ASSERT_TRUE(found);
  EXPECT_TRUE(*found);
}

TEST_F(WindowRowsTest, what_is_expired_is_not_found_and_its_memory_is_used_again) {
  WindowStore store("buffer", int64_type(), 100, nullptr);
  auto fill_and_expire = [&](std::int64_t start) {
    for (std::int64_t i = 0; i < 1'000; ++i) add(store, i % 2 == 0 ? "a" : "b", start + i % 50, i);
    store.expire(start + 500);
    EXPECT_TRUE(between(store, "a", start, start + 50).empty());
    RecordedChanges changes;
    EXPECT_TRUE(store.write_changes(changes));
    store.committed();
    EXPECT_TRUE(store.apply({}));
    return store.memory_bytes();
  };
  const std::size_t once = fill_and_expire(0);
  EXPECT_LE(fill_and_expire(1'000), once);
  EXPECT_LE(fill_and_expire(2'000), once);
}

TEST_F(WindowRowsTest, a_look_for_a_key_that_has_no_rows_leaves_nothing_behind) {
  WindowStore store("buffer", int64_type(), 100, nullptr);
  const std::size_t before = store.memory_bytes();
  EXPECT_EQ(store.find("k", WindowStore::hash("k")), nullptr);
  EXPECT_EQ(store.memory_bytes(), before);
}

}  // namespace
}  // namespace weir::streams::state::window_rows_test
