// Versions against a model that knows every put: whatever the order of the puts, of commits, aborts, evictions and
// kills, each time within the history finds what the model finds.
#include "streams/state/versioned_rows.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "streams/dsl/past_row.h"
#include "tests/streams/state/store_fixture.h"

namespace weir::streams::state {
namespace {

using Marks = std::map<std::int64_t, std::optional<std::string>>;  // of one key: what was put at a time

struct Model {
  std::map<std::string, Marks> keys;
  std::int64_t time_ms = -1;

  PutVersion put(const std::string& key, const std::optional<std::string>& value, std::int64_t at,
                 std::int64_t history_ms) {
    if (at < time_ms - history_ms) return PutVersion::too_late;
    time_ms = std::max(time_ms, at);
    Marks& marks = keys[key];
    const bool is_latest = marks.empty() || at >= marks.rbegin()->first;
    marks[at] = value;
    return is_latest ? PutVersion::latest : PutVersion::older;
  }
  std::optional<std::string> as_of(const std::string& key, std::int64_t at, std::int64_t history_ms) {
    const Marks& marks = keys[key];
    auto behind = marks.upper_bound(at);
    if (behind == marks.begin()) return std::nullopt;
    if (at < time_ms - history_ms && behind != marks.end()) return std::nullopt;
    return std::prev(behind)->second;
  }
};

class VersionedRowsTest : public StateTest {
 protected:
  void TearDown() override {
    rows_.reset();
    latest_.reset();
    history_.reset();
    StateTest::TearDown();
  }
  std::vector<std::string> families() const override { return {"latest", "history"}; }

  void make(std::int64_t history_ms) {
    rows_.reset();
    latest_ = std::make_unique<KeyValueStore>("latest", type_ops<std::string>(), below("latest"));
    history_ = std::make_unique<WindowStore>("history", *past_ops<std::string>().type, history_ms, below("history"));
    rows_.emplace(*latest_, *history_, history_ms, past_ops<std::string>());
  }
  std::optional<std::string> as_of(const std::string& key, std::int64_t at) {
    const Version found = rows_->as_of(key, KeyValueStore::hash(key), at);
    return found.value == nullptr ? std::nullopt : std::optional(*static_cast<const std::string*>(found.value));
  }

  std::unique_ptr<KeyValueStore> latest_;
  std::unique_ptr<WindowStore> history_;
  std::optional<VersionedRows> rows_;
};

TEST_P(VersionedRowsTest, every_time_within_the_history_finds_what_held_then) {
  for (unsigned seed = 1; seed <= (GetParam() ? 6u : 40u); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    latest_.reset();
    history_.reset();
    database_.reset();
    std::filesystem::remove_all(path_);
    open_below();
    std::mt19937 random(seed);
    const std::int64_t history_ms = 1 + random() % 60;
    Changelog of_latest;
    Changelog of_history;
    make(history_ms);
    Model live;
    Model committed;
    std::int64_t now = 0;
    for (int step = 0; step < 400; ++step) {
      const std::string key = "k" + std::to_string(random() % 4);
      const unsigned action = random() % 100;
      if (action < 70) {
        now += random() % 4;
        const std::int64_t at = std::max<std::int64_t>(0, now - static_cast<std::int64_t>(random() % 40));
        std::optional<std::string> value;
        if (random() % 4 != 0) value = "v" + std::to_string(step);
        const void* erased = value ? &*value : nullptr;
        ASSERT_EQ(rows_->put(key, KeyValueStore::hash(key), erased, at), live.put(key, value, at, history_ms));
      } else if (action < 80) {
        ASSERT_TRUE(latest_->write_changes(of_latest));
        ASSERT_TRUE(history_->write_changes(of_history));
        latest_->committed();
        history_->committed();
        const Position first = of_latest.commit();
        const Position second = of_history.commit();
        committed = live;
        if (random() % 2 == 0) {
          ASSERT_TRUE(latest_->apply(first));
          ASSERT_TRUE(history_->apply(second));
          for (int i = 0; i < 2; ++i) {
            latest_->evict(1 << 20);
            history_->evict(1 << 20);
          }
        }
      } else if (action < 85) {
        latest_->undo();
        history_->undo();
        live = committed;
      } else if (action < 88) {  // killed: what was committed comes back
        latest_.reset();
        history_.reset();
        open_below();
        make(history_ms);
        restore(*latest_, of_latest);
        restore(*history_, of_history);
        history_->restore_time(committed.time_ms);
        history_->committed();
        live = committed;
      }
      for (int i = 0; i < 5; ++i) {
        const std::int64_t at = std::max<std::int64_t>(0, now + 5 - static_cast<std::int64_t>(random() % 90));
        ASSERT_EQ(as_of(key, at), live.as_of(key, at, history_ms)) << key << " at " << at << ", step " << step;
      }
    }
    rows_.reset();
    latest_.reset();
    history_.reset();
  }
}

TEST_P(VersionedRowsTest, what_is_too_old_is_let_go) {
  make(100);
  const std::string value(1000, 'x');
  const Position position{log::TopicId{}, log::LeaderEpoch(1), log::Offset(1), 0};
  std::size_t most = 0;
  for (std::int64_t at = 0; at < 4'000; ++at) {
    rows_->put("k", KeyValueStore::hash("k"), &value, at);
    if (at % 100 != 0) continue;
    history_->committed();
    latest_->committed();
    ASSERT_TRUE(history_->apply(position));
    ASSERT_TRUE(latest_->apply(position));
    if (at > 1000) most = std::max(most, history_->memory_bytes());
  }
  EXPECT_LT(most, 300 * value.size() * 2);
  EXPECT_EQ(as_of("k", 3'950), value);
  EXPECT_EQ(as_of("k", 3'000), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(stores, VersionedRowsTest, ::testing::Values(false, true),
                         [](const auto& info) { return info.param ? "rocksdb" : "memory"; });

}  // namespace
}  // namespace weir::streams::state
