// Foreign-key joins in applications: over tables with different numbers of partitions, whatever order the stages'
// messages come in, and whatever stops them, what is seen last of each key is the join of the whole tables.
#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/model/placement.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Change = std::optional<Text>;
using Rows = std::map<Text, Text>;

constexpr int kLeftPartitions = 3;
constexpr int kRightPartitions = 2;

Text referred(const Text& row) {
  return row.substr(0, 1);
}

Topology inner_join(std::function<void()> look = [] {}) {
  Builder builder;
  auto left = builder.table<Text, Text>("left");
  auto right = builder.table<Text, Text>("right");
  auto join = [look](const Text& l, const Text& r) {
    look();
    return l + r;
  };
  left.join(right, referred, join, {.store = "joined"}).to_stream().to("out");
  return builder.build();
}

class ForeignKeyAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("left", kLeftPartitions);
    create("right", kRightPartitions);
    create("out", kLeftPartitions);
  }

  void change(const Text& topic, Rows& rows, const Text& key, const Change& value) {
    const int partitions = topic == "left" ? kLeftPartitions : kRightPartitions;
    NullableBytes bytes;
    if (value) bytes = *value;
    send_bytes(topic, log::partition_of_key(key, partitions), key, bytes);
    if (value) {
      rows[key] = *value;
    } else {
      rows.erase(key);
    }
  }
  // Rows come, change, move to other rows, some without a partner, and go.
  void change_rows(unsigned seed, int changes) {
    std::mt19937 random(seed);
    for (int i = 0; i < changes; ++i) {
      const Text target(1, static_cast<char>('A' + random() % 6));
      if (random() % 3 == 0) {
        change("right", right_, target, random() % 3 == 0 ? Change() : Change("r" + std::to_string(i)));
      } else {
        change("left", left_, "k" + std::to_string(random() % 10),
               random() % 3 == 0 ? Change() : Change(target + std::to_string(i)));
      }
    }
  }

  Rows expected() const {
    Rows all;
    for (const auto& [key, row] : left_) {
      auto partner = right_.find(referred(row));
      if (partner != right_.end()) all[key] = row + partner->second;
    }
    return all;
  }
  Rows seen() {
    Rows last;
    for (const auto& record : read_all("out")) {
      if (record.value) {
        last[record.key] = *record.value;
      } else {
        last.erase(record.key);
      }
    }
    return last;
  }
  AppOptions joining(int threads) const {
    AppOptions chosen = options("joining");
    chosen.threads = threads;
    return chosen;
  }
  void run_to_end(int threads = 1) {
    App app(inner_join(), log(), joining(threads));
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }

  Rows left_;
  Rows right_;
};

TEST_F(ForeignKeyAppTest, a_run_to_the_end_goes_through_both_stages_and_back) {
  change("right", right_, "A", "1");
  change("left", left_, "k", "Ax");
  run_to_end();
  EXPECT_EQ(seen(), (Rows{{"k", "Ax1"}}));
  change("right", right_, "A", "2");
  run_to_end();
  EXPECT_EQ(seen(), (Rows{{"k", "Ax2"}}));
  change("left", left_, "k", std::nullopt);
  run_to_end();
  EXPECT_TRUE(seen().empty());
}

TEST_F(ForeignKeyAppTest, many_changes_at_once_come_to_the_join_of_the_whole_tables) {
  for (unsigned seed = 0; seed < 6; ++seed) {
    change_rows(seed, 150);
    run_to_end(seed % 2 == 0 ? 1 : 2);
    ASSERT_EQ(seen(), expected()) << "seed " << seed;
  }
}

TEST_F(ForeignKeyAppTest, kills_lose_nothing_of_what_the_stages_say_to_each_other) {
  for (unsigned seed = 100; seed < 103; ++seed) {
    change_rows(seed, 150);
    const std::size_t before = read_all("out").size();
    App app(inner_join(), log(), joining(2));
    std::atomic<bool> has_ended = false;
    std::thread running([&] {
      (void)app.run();  // killed
      has_ended = true;
    });
    while (!has_ended && read_all("out").size() <= before) std::this_thread::yield();
    kill();
    app.stop();
    running.join();
    reopen();
    run_to_end();
    ASSERT_EQ(seen(), expected()) << "seed " << seed;
  }
}

TEST_F(ForeignKeyAppTest, what_aborted_transactions_had_said_is_said_anew) {
  change_rows(7, 200);
  constexpr int kFailures = 4;
  int calls = 0;
  int left_to_fail = kFailures;
  auto fail_at_first = [&] {
    if (++calls % 3 == 0 && left_to_fail-- > 0) throw std::runtime_error("not this time");
  };
  AppOptions chosen = joining(1);
  chosen.commit_interval = Millis(1);
  for (int failures = 0;; ++failures) {
    App app(inner_join(fail_at_first), log(), chosen);
    auto done = app.run_to_end();
    if (done) {
      // How many depends on how far the stages are apart: rows that changed meanwhile are not joined.
      EXPECT_GE(failures, 1);
      break;
    }
    ASSERT_EQ(done.error().code, ErrorCode::user_exception) << done.error().to_string();
  }
  EXPECT_EQ(seen(), expected());
}

TEST_F(ForeignKeyAppTest, windows_cannot_be_closed_at_the_end_of_stages_that_feed_each_other) {
  AppOptions chosen = joining(1);
  chosen.close_windows_at_end = true;
  App app(inner_join(), log(), chosen);
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_config);
  EXPECT_NE(done.error().to_string().find("joined-answers"), Text::npos) << done.error().to_string();
}

}  // namespace
}  // namespace weir::streams
