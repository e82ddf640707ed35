// A committed position is a promise about what lies before and behind it. Where the log does not keep it - records were
// deleted before they were read, or some that were read are gone - an application says so and stops, or goes on as its
// options say; it never begins anew by itself, and never skips in silence.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

Topology counting() {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "counts"}).to_stream().to("out");
  return builder.build();
}

Topology passing() {
  Builder builder;
  builder.stream<Text, Text>("in").to("out");
  return builder.build();
}

// Counts by another key, behind a repartition topic.
Topology regrouping() {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by([](const Text& value) { return value.substr(0, 1); }, {.name = "first"})
      .count({.store = "counts"})
      .to_stream()
      .to("out");
  return builder.build();
}

class MissingInputTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("in", 1);
    create("out", 1);
  }
  void send_keys(int count, const Text& key = "k") {
    for (int i = 0; i < count; ++i) send("in", "v" + std::to_string(i), 0, key);
  }
  Result<> run(const Topology& topology, AppOptions chosen) {
    App app(topology, log(), chosen);
    auto done = app.run_to_end();
    missing_ = app.statistics().missing_input;
    return done;
  }
  Result<> run(const Topology& topology) { return run(topology, options("app")); }
  AppOptions with(MissingInput missing) {
    AppOptions chosen = options("app");
    chosen.on_missing_input = missing;
    return chosen;
  }
  void delete_before(const std::string& topic, std::int64_t offset) {
    auto deleted = log().admin()->delete_records({{{topic, log::PartitionIndex(0)}, log::Offset(offset)}});
    ASSERT_TRUE(deleted) << deleted.error().to_string();
  }
  std::map<std::string, std::int64_t> counts() { return last_counts(read_all("out")); }
  void lose_tail_of(const std::string& topic, std::size_t batches) {
    kill();
    lose_tail(topic, batches);
    reopen();
  }

  std::uint64_t missing_ = 0;
};

void expect_says(const Result<>& done, std::initializer_list<const char*> words) {
  ASSERT_FALSE(done) << "it must not go on";
  for (const char* word : words) {
    EXPECT_NE(done.error().to_string().find(word), std::string::npos) << word << " in " << done.error().to_string();
  }
}

TEST_F(MissingInputTest, an_input_that_lost_what_was_read_ends_the_run_and_is_not_counted_twice) {
  send_keys(10);
  ASSERT_TRUE(run(counting()));
  lose_tail_of("in", 3);
  expect_says(run(counting()), {"in-0", "7 to 9", "ends at offset 7", "on_missing_input", "reset"});
  EXPECT_EQ(counts()["k"], 10);
  expect_says(run(counting()), {"7 to 9"});
}

TEST_F(MissingInputTest, records_that_fill_the_lost_offsets_are_known_by_their_epoch) {
  send_keys(10);
  ASSERT_TRUE(run(counting()));
  lose_tail_of("in", 3);
  send_keys(5);
  expect_says(run(counting()), {"in-0", "7 to 9", "others now"});
  ASSERT_TRUE(run(counting(), with(MissingInput::go_on)));
  EXPECT_EQ(counts()["k"], 15) << "ten that were read, and five that came";
  EXPECT_EQ(missing_, 3u);
  ASSERT_TRUE(run(counting())) << "the position is right again";
  EXPECT_EQ(counts()["k"], 15);
}

TEST_F(MissingInputTest, records_that_were_deleted_before_they_were_read_end_the_run) {
  send_keys(4);
  ASSERT_TRUE(run(counting()));
  send_keys(6);
  delete_before("in", 7);
  expect_says(run(counting()), {"in-0", "4 to 6", "deleted before they were read", "begins at offset 7"});
  ASSERT_TRUE(run(counting(), with(MissingInput::go_on)));
  EXPECT_EQ(counts()["k"], 7);
  EXPECT_EQ(missing_, 3u);
}

TEST_F(MissingInputTest, deleting_what_was_read_is_no_loss) {
  send_keys(4);
  ASSERT_TRUE(run(counting()));
  delete_before("in", 4);
  ASSERT_TRUE(run(counting()));
  send_keys(2);
  ASSERT_TRUE(run(counting()));
  EXPECT_EQ(counts()["k"], 6);
}

TEST_F(MissingInputTest, a_beginning_behind_deleted_records_is_no_loss) {
  send_keys(4);
  delete_before("in", 2);
  ASSERT_TRUE(run(counting()));
  EXPECT_EQ(counts()["k"], 2);
}

TEST_F(MissingInputTest, from_earliest_reads_again_and_from_latest_skips) {
  send_keys(10);
  ASSERT_TRUE(run(counting()));
  lose_tail_of("in", 3);
  ASSERT_TRUE(run(counting(), with(MissingInput::from_latest)));
  EXPECT_EQ(counts()["k"], 10);
  lose_tail_of("in", 1);
  ASSERT_TRUE(run(counting(), with(MissingInput::from_earliest)));
  EXPECT_EQ(counts()["k"], 16);
}

TEST_F(MissingInputTest, every_guarantee_stops) {
  for (Guarantee guarantee : {exactly_once, at_least_once, at_most_once}) {
    AppOptions chosen = options("app-" + std::to_string(static_cast<int>(guarantee)));
    chosen.guarantee = guarantee;
    send_keys(3);
    ASSERT_TRUE(run(passing(), chosen));
    lose_tail_of("in", 1);
    expect_says(run(passing(), chosen), {"in-0", "are not there any more"});
    send_keys(2);
    expect_says(run(passing(), chosen), {"in-0", "others now"});
  }
}

// What a fetch brings is less than what is there: the rest is deleted while the first record is being processed.
class DeletedUnderwayTest : public MissingInputTest {
 protected:
  static constexpr int kRecords = 60;

  Result<> run_and_delete(AppOptions chosen) {
    for (int i = 0; i < kRecords; ++i) send("in", Text(100'000, 'x'));
    std::atomic<bool> is_first_seen{false};
    std::atomic<bool> is_deleted{false};
    Builder builder;
    builder.stream<NoKey, Text>("in")
        .map_values([&](const Text& value) {
          is_first_seen = true;
          while (!is_deleted) std::this_thread::yield();
          return value.substr(0, 1);
        })
        .to("out");
    App app(builder.build(), log(), chosen);
    Result<> ended;
    std::thread running([&] { ended = app.run_to_end(); });
    while (!is_first_seen) std::this_thread::yield();
    delete_before("in", 50);
    is_deleted = true;
    running.join();
    missing_ = app.statistics().missing_input;
    return ended;
  }
};

TEST_F(DeletedUnderwayTest, the_run_ends_with_what_is_missing) {
  expect_says(run_and_delete(options("app")), {"in-0", "to 49 were deleted before they were read"});
}

TEST_F(DeletedUnderwayTest, or_it_goes_on_behind_it) {
  auto ended = run_and_delete(with(MissingInput::go_on));
  ASSERT_TRUE(ended) << ended.error().to_string();
  EXPECT_GT(missing_, 0u);
  EXPECT_EQ(read_all("out").size() + missing_, static_cast<std::size_t>(kRecords));
}

TEST_F(MissingInputTest, a_topic_that_was_made_anew_is_not_taken_for_the_old_one) {
  send_keys(5);
  ASSERT_TRUE(run(counting()));
  ASSERT_TRUE(log().admin()->delete_topic("in"));
  create("in", 1);
  send_keys(8);
  expect_says(run(counting()), {"in-0", "made anew", "reset"});
  EXPECT_EQ(counts()["k"], 5);
  ASSERT_TRUE(run(counting(), with(MissingInput::from_earliest)));
  EXPECT_EQ(counts()["k"], 13);
}

TEST_F(MissingInputTest, positions_that_are_gone_are_no_beginning_where_there_is_state) {
  send_keys(5);
  ASSERT_TRUE(run(counting()));
  ASSERT_TRUE(log().admin()->delete_group("app"));
  expect_says(run(counting()), {"in-0", "position", "gone"});
  std::filesystem::remove_all(state_);  // the changelog still knows
  expect_says(run(counting()), {"in-0", "position", "gone"});
}

TEST_F(MissingInputTest, a_changelog_that_lost_committed_rows_ends_the_run) {
  for (const Text key : {"a", "b", "c"}) {
    send_keys(2, key);
    ASSERT_TRUE(run(counting()));
  }
  lose_tail_of("app-counts-changelog", 2);  // a marker and what it committed
  expect_says(run(counting()), {"counts", "app-counts-changelog-0", "lost rows", "on_missing_state"});
  std::filesystem::remove_all(state_);
  expect_says(run(counting()), {"counts", "lost rows"});
  AppOptions chosen = options("app");
  chosen.on_missing_state = MissingState::take_what_is_there;
  ASSERT_TRUE(run(counting(), chosen));
}

TEST_F(MissingInputTest, a_changelog_that_was_deleted_ends_the_run) {
  send_keys(5);
  ASSERT_TRUE(run(counting()));
  ASSERT_TRUE(log().admin()->delete_topic("app-counts-changelog"));
  for (int i = 0; i < 2; ++i) expect_says(run(counting()), {"app-counts-changelog", "was deleted", "reset"});
  AppOptions chosen = options("app");
  chosen.on_missing_state = MissingState::take_what_is_there;
  ASSERT_TRUE(run(counting(), chosen));
  send_keys(1);
  ASSERT_TRUE(run(counting())) << "the new topic is the application's own by now";
  EXPECT_EQ(counts()["k"], 1);
}

TEST_F(MissingInputTest, a_repartition_topic_that_was_deleted_ends_the_run) {
  send_keys(5);
  ASSERT_TRUE(run(regrouping()));
  ASSERT_TRUE(log().admin()->delete_topic("app-first-repartition"));
  expect_says(run(regrouping()), {"app-first-repartition", "was deleted"});
}

TEST_F(MissingInputTest, a_repartition_topic_that_lost_its_end_ends_the_run) {
  send_keys(5);
  ASSERT_TRUE(run(regrouping()));
  lose_tail_of("app-first-repartition", 2);
  expect_says(run(regrouping()), {"app-first-repartition-0", "are not there any more"});
}

TEST_F(MissingInputTest, a_store_that_is_new_in_a_known_stage_begins_empty) {
  send_keys(5);
  ASSERT_TRUE(run(counting()));
  Builder builder;
  auto grouped = builder.stream<Text, Text>("in").group_by_key();
  grouped.count({.store = "counts"}).to_stream().to("out");
  grouped.reduce([](const Text&, const Text& b) { return b; }, {.store = "last"});
  send_keys(1);
  auto done = run(builder.build());
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(counts()["k"], 6);
}

}  // namespace
}  // namespace weir::streams
