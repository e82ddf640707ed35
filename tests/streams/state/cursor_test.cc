// A cursor goes on with the rows that were there when it was opened, whatever becomes of the store meanwhile; and it
// costs what it gives.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "streams/state/key_value_store.h"
#include "tests/streams/state/store_fixture.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state::cursor_test {
namespace {

using Rows = std::map<std::string, std::string>;
using Listed = std::vector<std::pair<std::string, std::string>>;

// What a cursor is to give, and the cursor.
struct Reading {
  KeyValueCursor cursor;
  Listed expected;
  std::size_t given = 0;
};

Listed listed(const Rows& rows, const std::string& from, const std::string& to, ScanOrder order) {
  Listed all;
  for (const auto& [key, value] : rows) {
    if (key >= from && (to.empty() || key < to)) all.emplace_back(key, value);
  }
  if (order == ScanOrder::reverse) std::reverse(all.begin(), all.end());
  return all;
}

TEST_P(StateTest, cursors_go_on_with_the_rows_that_were_there) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    database_.reset();
    std::filesystem::remove_all(path_);
    open_below();
    std::mt19937 random(seed);
    auto below_n = [&](unsigned n) {
      return random() % n;
    };
    Changelog changelog;
    Position position;
    auto store = std::make_unique<KeyValueStore>("store", string_type(), below());
    Rows live;
    Rows committed;
    std::vector<std::unique_ptr<Reading>> readings;
    for (int step = 0; step < 800; ++step) {
      const std::string key = "k" + std::to_string(below_n(60));
      const unsigned action = below_n(100);
      if (action < 20) {
        store->modify_as<std::string>(store->row(key), step) += static_cast<char>('a' + below_n(26));
        live[key] = *store->find(key)->value_as<std::string>();
      } else if (action < 30) {
        store->erase(store->row(key), step);
        live.erase(key);
      } else if (action < 40) {
        EXPECT_EQ(store->find(key) != nullptr, live.contains(key));
      } else if (action < 52) {
        std::string from = below_n(2) ? "k" + std::to_string(below_n(60)) : "";
        std::string to = below_n(2) ? "k" + std::to_string(below_n(60)) : "";
        if (!to.empty() && to < from) std::swap(from, to);
        const ScanOrder order = below_n(2) ? ScanOrder::forward : ScanOrder::reverse;
        readings.push_back(
            std::unique_ptr<Reading>(new Reading{store->open(from, to, order), listed(live, from, to, order)}));
      } else if (action < 85) {
        if (readings.empty()) continue;
        const std::size_t which = below_n(static_cast<unsigned>(readings.size()));
        Reading& reading = *readings[which];
        if (reading.given == reading.expected.size() || below_n(20) == 0) {  // at its end, or given up
          EXPECT_EQ(reading.cursor.valid(), reading.given < reading.expected.size());
          readings.erase(readings.begin() + which);
          continue;
        }
        ASSERT_TRUE(reading.cursor.valid());
        EXPECT_EQ(reading.cursor.key(), reading.expected[reading.given].first);
        EXPECT_EQ(*static_cast<const std::string*>(reading.cursor.value()), reading.expected[reading.given].second);
        ++reading.given;
        reading.cursor.next();
      } else if (action < 92) {
        ASSERT_TRUE(store->write_changes(changelog));
        position = changelog.commit();
        store->committed();
        committed = live;
        if (below_n(2) == 0) {
          ASSERT_TRUE(store->apply(position));
        }
        if (below_n(2) == 0) store->evict(below_n(4000));
      } else if (action < 96) {
        ASSERT_TRUE(store->write_changes(changelog));
        changelog.abort();
        store->undo();
        live = committed;
      } else {
        store->set_savepoint();
        store->modify_as<std::string>(store->row(key), step) = "of an attempt that fails";
        store->roll_back();
      }
      ASSERT_FALSE(store->error());
    }
    ASSERT_TRUE(store->clear());
    for (auto& left : readings) {
      Reading& reading = *left;
      for (; reading.given < reading.expected.size(); ++reading.given, reading.cursor.next()) {
        ASSERT_TRUE(reading.cursor.valid());
        EXPECT_EQ(reading.cursor.key(), reading.expected[reading.given].first);
      }
      EXPECT_FALSE(reading.cursor.valid());
    }
  }
}

// The present row, too: who reads it may write it, or remove it, and go on reading.
TEST_P(StateTest, the_row_that_a_cursor_shows_stays_as_it_is) {
  KeyValueStore store("store", string_type(), below());
  for (const char* key : {"a", "b", "c"})
    store.modify_as<std::string>(store.row(key), 1) = std::string(key) + " as it was";
  KeyValueCursor cursor = store.open({}, {}, ScanOrder::forward);
  const auto& value = *static_cast<const std::string*>(cursor.value());
  const Bytes key = cursor.key();
  store.modify_as<std::string>(store.row("a"), 2) = "changed";
  store.erase(store.row("b"), 2);
  store.modify_as<std::string>(store.row("d"), 2) = "new";
  EXPECT_EQ(value, "a as it was");
  EXPECT_EQ(key, "a");
  EXPECT_EQ(cursor.timestamp_ms(), 1);
  std::string rest;
  for (cursor.next(); cursor.valid(); cursor.next()) rest += cursor.key();
  EXPECT_EQ(rest, "bc");
}

int copies = 0;

TypeOps counting_type() {
  TypeOps ops = int64_type();
  ops.copy = [](void* raw, const void* from) {
    ++copies;
    new (raw) std::int64_t(*static_cast<const std::int64_t*>(from));
  };
  ops.assign = [](void* to, const void* from) {
    ++copies;
    *static_cast<std::int64_t*>(to) = *static_cast<const std::int64_t*>(from);
  };
  return ops;
}

TEST(CursorCost, who_stops_early_pays_for_what_was_given) {
  const TypeOps type = counting_type();
  KeyValueStore store("store", type, nullptr);
  for (int i = 0; i < 10'000; ++i) store.modify_as<std::int64_t>(store.row("k" + std::to_string(i)), 1) = i;
  copies = 0;
  int seen = 0;
  store.scan({}, {}, ScanOrder::forward, [&](Bytes, const void*, std::int64_t) { return ++seen < 3; });
  EXPECT_EQ(copies, 3);
  copies = seen = 0;
  store.scan("k5", {}, ScanOrder::reverse, [&](Bytes, const void*, std::int64_t) { return ++seen < 3; });
  EXPECT_EQ(copies, 3);
}

}  // namespace
}  // namespace weir::streams::state::cursor_test
