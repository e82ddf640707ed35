// Windows that grow: one row goes on from window to window, and nobody else sees a difference.
#include <map>
#include <random>
#include <set>

#include "streams/state/window_store.h"
#include "tests/streams/state/store_fixture.h"
#include "tests/streams/state/test_types.h"

namespace weir::streams::state::moved_rows_test {
namespace {

class MovedRowsTest : public StateTest {
 protected:
  WindowStore store() { return {"store", int64_type(), 1'000, below()}; }

  // What a session does when it grows from one end to another.
  static void grow(WindowStore& store, Bytes key, std::int64_t from, std::int64_t to, std::int64_t value) {
    WindowStore::Keyed& keyed = store.keyed(key);
    Row& before = store.at(keyed, from);
    store.erase(before, from);
    store.modify_as<std::int64_t>(store.move(keyed, before, to), to) = value;
  }
  static std::map<std::pair<std::string, std::int64_t>, std::int64_t> rows(WindowStore& store) {
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> all;
    store.scan(0, 1'000'000, [&](Row& row) {
      all[{std::string(row.key()), row.window_start_ms()}] = *row.value_as<std::int64_t>();
      return true;
    });
    return all;
  }
  static Position commit(WindowStore& store, Changelog& log) {
    EXPECT_TRUE(store.write_changes(log));
    store.committed();
    return log.commit();
  }
};

TEST_P(MovedRowsTest, a_window_that_grew_within_a_transaction_is_one_row_of_the_changelog) {
  WindowStore store = this->store();
  Changelog log;
  store.modify_as<std::int64_t>(store.at(store.keyed("k"), 10), 10) = 1;
  for (std::int64_t end = 20; end <= 500; end += 10) grow(store, "k", end - 10, end, end);
  EXPECT_EQ(store.keyed("k").windows.size(), 1u);
  commit(store, log);
  ASSERT_EQ(log.changes.size(), 1u);
  EXPECT_EQ(rows(store), (std::map<std::pair<std::string, std::int64_t>, std::int64_t>{{{"k", 500}, 500}}));
  // What is committed is taken back in the changelog.
  grow(store, "k", 500, 510, 510);
  grow(store, "k", 510, 520, 520);
  commit(store, log);
  EXPECT_EQ(log.changes.size(), 3u);
  EXPECT_EQ(rows(store), (std::map<std::pair<std::string, std::int64_t>, std::int64_t>{{{"k", 520}, 520}}));
}

TEST_P(MovedRowsTest, an_attempt_that_is_taken_back_finds_the_window_where_it_was) {
  WindowStore store = this->store();
  Changelog log;
  store.modify_as<std::int64_t>(store.at(store.keyed("k"), 10), 10) = 1;
  store.set_savepoint();
  grow(store, "k", 10, 20, 2);
  store.roll_back();
  EXPECT_EQ(rows(store), (std::map<std::pair<std::string, std::int64_t>, std::int64_t>{{{"k", 10}, 1}}));
  grow(store, "k", 10, 20, 2);
  store.undo();
  EXPECT_TRUE(rows(store).empty());
}

// Beside a map: random growth, commits, aborts, writing down, memory given back, and restarts of the changelog.
TEST_P(MovedRowsTest, histories_are_as_those_of_a_map) {
  std::mt19937 random(7);
  auto below_a = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int history = 0; history < 40; ++history) {
    TearDown();
    SetUp();
    auto store = std::make_unique<WindowStore>("store", int64_type(), 1'000, below());
    Changelog log;
    std::map<std::pair<std::string, std::int64_t>, std::int64_t> model;
    auto committed = model;
    std::int64_t time = 0;
    for (int step = 0; step < 300; ++step) {
      const std::string key(1, static_cast<char>('a' + below_a(4)));
      time += below_a(history % 2 == 0 ? 8 : 80);  // of every second one most windows expire
      store->expire(time);
      auto mine = model.lower_bound({key, 0});
      const auto past = model.lower_bound({key + '\0', 0});
      for (auto next = mine; next != past; ++next) mine = next;  // its latest
      if (mine != past && mine->first.second >= time - 900 && below_a(4) > 0) {
        const std::int64_t from = mine->first.second;
        const std::int64_t to = from + below_a(30);
        model.erase(mine);
        model[{key, to}] = step;
        grow(*store, key, from, to, step);
      } else {
        model[{key, time}] = step;
        store->modify_as<std::int64_t>(store->at(store->keyed(key), time), time) = step;
      }
      const std::int64_t what = below_a(20);
      if (what == 0) {
        store->undo();
        log.abort();
        model = committed;
        time = std::max<std::int64_t>(store->observed_time_ms(), 0);
      } else if (what <= 3) {
        const Position position = commit(*store, log);
        committed = model;
        if (what == 3) {
          ASSERT_TRUE(store->apply(position));
          store->evict(1'000'000);
        }
        if (what == 2 && below_a(4) == 0) {
          store = std::make_unique<WindowStore>("store", int64_type(), 1'000, below());
          store->expire(time);
          restore(*store, log);
        }
      }
      std::erase_if(model, [&](const auto& row) { return row.first.second < time - 1'000; });
      ASSERT_EQ(rows(*store), model) << "history " << history << ", step " << step;
      ASSERT_EQ(store->error(), std::nullopt);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(InMemoryAndOnDisk, MovedRowsTest, ::testing::Bool(),
                         [](const auto& over) { return over.param ? "rocksdb" : "memory"; });

}  // namespace
}  // namespace weir::streams::state::moved_rows_test
