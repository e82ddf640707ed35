// Savepoints: an attempt that is taken back leaves a store as it was, whatever is committed or aborted around it.
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "streams/state/key_value_store.h"
#include "tests/streams/state/store_fixture.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state {
namespace {

class SavepointTest : public StateTest {};

using Rows = std::map<std::string, std::string>;

Rows contents(KeyValueStore& store) {
  Rows rows;
  store.scan({}, {}, ScanOrder::forward, [&](Bytes key, const void* value, std::int64_t) {
    rows[std::string(key)] = *static_cast<const std::string*>(value);
    return true;
  });
  return rows;
}

TEST_P(SavepointTest, a_store_equals_its_model_through_nested_attempts_commits_and_aborts) {
  for (unsigned seed = 1; seed <= (GetParam() ? 5u : 40u); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    database_.reset();
    std::filesystem::remove_all(path_);
    open_below();
    std::mt19937 random(seed);
    Changelog changelog;
    KeyValueStore store("store", string_type(), below());
    Rows live;
    Rows committed;
    std::vector<Rows> savepoints;
    for (int step = 0; step < 800; ++step) {
      const std::string key = "k" + std::to_string(random() % 12);
      const unsigned action = random() % 100;
      if (action < 45) {
        const std::string letter(1, static_cast<char>('a' + random() % 26));
        store.modify_as<std::string>(store.row(key), step) += letter;
        live[key] += letter;
      } else if (action < 60) {
        store.erase(store.row(key), step);
        live.erase(key);
      } else if (action < 72 && savepoints.size() < 3) {
        store.set_savepoint();
        savepoints.push_back(live);
      } else if (action < 80 && !savepoints.empty()) {
        store.roll_back();
        live = savepoints.back();
        savepoints.pop_back();
      } else if (action < 88 && !savepoints.empty()) {
        store.release_savepoint();
        savepoints.pop_back();
      } else if (action < 95 && savepoints.empty()) {
        ASSERT_TRUE(store.write_changes(changelog));
        store.committed();
        ASSERT_TRUE(store.apply(changelog.commit()));
        committed = live;
        store.evict(1 << 20);
      } else if (action >= 97) {
        store.undo();
        live = committed;
        savepoints.clear();
      }
      ASSERT_EQ(contents(store), live) << "step " << step;
    }
    store.undo();
  }
}

INSTANTIATE_TEST_SUITE_P(stores, SavepointTest, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "rocksdb" : "memory"; });

}  // namespace
}  // namespace weir::streams::state
