// An application from its lock to its end: who comes second disturbs nobody, what its inputs become is noticed, what a
// topic refuses is dealt with record by record, and an application that is destroyed has ended.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "streams/runtime/descriptors.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

Topology counting(bool in_memory = false) {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "c", .in_memory = in_memory}).to_stream().to("out");
  return builder.build();
}

Topology passing(Start start = Start::beginning) {
  Builder builder;
  builder.stream<Text, Text>("in", {.start = start}).to("out");
  return builder.build();
}

bool says(const Result<>& done, std::initializer_list<const char*> words) {
  if (done) return false;
  for (const char* word : words) {
    if (done.error().to_string().find(word) == Text::npos) return false;
  }
  return true;
}

class AppLifeTest : public testing_log::LogFixture {
 protected:
  // An application that runs beside the test.
  struct Running {
    Running(const Topology& topology, log::Client& log, const AppOptions& options)
        : app(std::make_unique<App>(topology, log, options)), thread([this] {
            ended = app->run();
            has_ended = true;
          }) {}
    ~Running() { stop(); }
    void stop() {
      if (app != nullptr) app->stop();
      if (thread.joinable()) thread.join();
    }
    std::unique_ptr<App> app;
    Result<> ended;
    std::atomic<bool> has_ended{false};
    std::thread thread;
  };

  void create_all(std::int32_t partitions) {
    create("in", partitions);
    create("out", 1);
  }
  void send_to_all(std::int32_t partitions, int each) {
    for (std::int32_t p = 0; p < partitions; ++p) {
      for (int i = 0; i < each; ++i) send("in", "v", p, "k" + std::to_string(p));
    }
  }
  AppOptions watching() {
    AppOptions chosen = options("app");
    chosen.topics_interval = Millis(5);
    return chosen;
  }
};

TEST_F(AppLifeTest, a_second_one_of_the_same_id_is_refused_in_words_and_the_first_goes_on) {
  create_all(1);
  for (bool in_memory : {false, true}) {
    Running first(counting(in_memory), log(), options("app"));
    send("in", "v", 0, "k");
    while (first.app->statistics().processed < 1 && !first.has_ended) std::this_thread::yield();
    App second(counting(in_memory), log(), options("app"));
    const auto refused = second.run_to_end();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::locked);
    EXPECT_TRUE(says(refused, {"'app'", "running already"})) << refused.error().to_string();
    send("in", "v", 0, "k");
    while (first.app->statistics().processed < 2 && !first.has_ended) std::this_thread::yield();
    first.stop();
    EXPECT_TRUE(first.ended) << first.ended.error().to_string();
    ASSERT_TRUE(log().admin()->delete_group("app"));
    ASSERT_TRUE(log().admin()->delete_topic("app-c-changelog"));
    std::filesystem::remove_all(state_);
    ASSERT_TRUE(log().admin()->delete_topic("in"));
    create("in", 1);
  }
}

TEST_F(AppLifeTest, another_log_is_another_application_but_not_over_the_same_state) {
  create_all(1);
  Running first(counting(), log(), options("app"));
  send("in", "v", 0, "k");
  while (first.app->statistics().processed < 1 && !first.has_ended) std::this_thread::yield();
  MemoryFileSystem others;
  log::OpenOptions chosen;
  chosen.files = &others;
  auto other = *log::open("data", chosen);
  ASSERT_TRUE(other.admin()->create_topic({"in", 1, {}}));
  ASSERT_TRUE(other.admin()->create_topic({"out", 1, {}}));
  App second(counting(), other, options("app"));
  const auto refused = second.run_to_end();
  EXPECT_TRUE(says(refused, {"'app'", "running already", "state"}));
  App third(counting(true), other, options("app"));
  EXPECT_TRUE(third.run_to_end()) << "nothing of it is on disk";
}

TEST_F(AppLifeTest, an_application_that_is_destroyed_has_ended) {
  create_all(1);
  Running running(counting(), log(), options("app"));
  send("in", "v", 0, "k");
  while (running.app->statistics().processed < 1 && !running.has_ended) std::this_thread::yield();
  running.app.reset();
  running.thread.join();
  EXPECT_TRUE(running.ended) << running.ended.error().to_string();
  EXPECT_EQ(read_all("out").size(), 1u) << "it ended with a commit";
}

TEST_F(AppLifeTest, partitions_that_are_added_are_read_where_nothing_is_kept_by_partition) {
  create_all(2);
  Running running(passing(), log(), watching());
  send_to_all(2, 1);
  while (running.app->statistics().processed < 2 && !running.has_ended) std::this_thread::yield();
  add_partitions("in", 4);
  send_to_all(4, 2);
  while (running.app->statistics().processed < 10 && !running.has_ended) std::this_thread::yield();
  running.stop();
  EXPECT_TRUE(running.ended) << running.ended.error().to_string();
  EXPECT_EQ(read_all("out").size(), 10u);
}

TEST_F(AppLifeTest, partitions_that_are_added_are_read_from_their_beginning_whatever_the_source_says) {
  create_all(1);
  send_to_all(1, 3);
  {
    App app(passing(Start::end), log(), options("app"));
    ASSERT_TRUE(app.run_to_end());
    EXPECT_EQ(app.statistics().processed, 0u);
  }
  add_partitions("in", 2);
  send("in", "v", 1, "k");
  App app(passing(Start::end), log(), options("app"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().processed, 1u);
}

TEST_F(AppLifeTest, state_that_is_kept_by_partition_ends_the_run_with_what_to_do) {
  create_all(2);
  Running running(counting(), log(), watching());
  send_to_all(2, 1);
  while (running.app->statistics().processed < 2 && !running.has_ended) std::this_thread::yield();
  add_partitions("in", 4);
  running.thread.join();
  EXPECT_TRUE(says(running.ended, {"app-c-changelog", "2 parts", "4 partitions", "weir streams reset", "repartition"}))
      << (running.ended ? "ended well" : running.ended.error().to_string());
  App again(counting(), log(), options("app"));
  EXPECT_TRUE(says(again.run_to_end(), {"2 parts", "4 partitions"}));
}

TEST_F(AppLifeTest, state_below_a_repartition_stays_as_it_is_divided) {
  create_all(2);
  auto topology = [] {
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by([](const Text& value) { return value; }, {.name = "by_value"})
        .count({.store = "c"})
        .to_stream()
        .to("out");
    return builder.build();
  };
  Running running(topology(), log(), watching());
  send_to_all(2, 1);
  while (running.app->statistics().processed < 4 && !running.has_ended) std::this_thread::yield();
  add_partitions("in", 4);
  send_to_all(4, 1);
  while (running.app->statistics().processed < 12 && !running.has_ended) std::this_thread::yield();
  running.stop();
  ASSERT_TRUE(running.ended) << running.ended.error().to_string();
  EXPECT_EQ(last_counts(read_all("out"))["v"], 6);
}

class RefusedRecordsTest : public AppLifeTest {
 protected:
  void SetUp() override {
    AppLifeTest::SetUp();
    create("in", 1);
    create("letters", 1);
    ASSERT_TRUE(log().admin()->create_topic({"out", 1, {{"max.message.bytes", "2000"}}}));
    for (const Text& value : {Text("a"), Text("b"), Text(5'000, 'x')}) send("in", value, 0, "k");
  }
  Result<> run(const SinkOptions<Text, Text>& sink, ErrorPolicies errors = {}) {
    Builder builder;
    builder.stream<Text, Text>("in").to("out", sink);
    AppOptions chosen = options("app");
    chosen.errors = errors;
    App app(builder.build(), log(), chosen);
    auto done = app.run_to_end();
    statistics_ = app.statistics();
    return done;
  }
  Statistics statistics_;
};

TEST_F(RefusedRecordsTest, a_record_that_the_topic_refuses_follows_the_policy_of_to) {
  auto done = run({.on_error = skip()});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(statistics_.skipped_errors, 1u);
  EXPECT_EQ(read_all("out").size(), 2u);
}

TEST_F(RefusedRecordsTest, it_becomes_a_dead_letter) {
  ASSERT_TRUE(run({.on_error = dead_letter("letters")}));
  EXPECT_EQ(read_all("out").size(), 2u);
  EXPECT_EQ(read_all("letters").size(), 1u);
}

TEST_F(RefusedRecordsTest, without_a_policy_the_error_names_the_operator_the_topic_and_the_record) {
  EXPECT_TRUE(says(run({.name = "writing"}), {"writing", "topic out", "max.message.bytes", "in-0 at offset 2"}));
  EXPECT_TRUE(says(run({.name = "writing"}), {"in-0 at offset 2"})) << "again after a restart";
}

TEST_F(RefusedRecordsTest, a_letter_that_does_not_fit_names_where_it_was_to_go) {
  ASSERT_TRUE(log().admin()->alter_topic("letters", {{"max.message.bytes", "1000"}}));
  EXPECT_TRUE(says(run({.name = "writing", .on_error = dead_letter("letters")}),
                   {"writing", "letters", "max.message.bytes", "in-0 at offset 2"}));
}

TEST_F(RefusedRecordsTest, a_row_that_does_not_fit_into_its_changelog_names_the_store) {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by_key()
      .reduce([](const Text&, const Text& b) { return b; }, {.store = "last"})
      .to_stream()
      .to("letters");
  ASSERT_TRUE(log().admin()->create_topic(
      {"app-last-changelog", 1, {{"cleanup.policy", "compact"}, {"max.message.bytes", "1000"}}}));
  App app(builder.build(), log(), options("app"));
  const auto done = app.run_to_end();
  EXPECT_TRUE(says(done, {"store last", "app-last-changelog", "max.message.bytes"}))
      << (done ? "ended well" : done.error().to_string());
}

TEST(Descriptors, the_soft_limit_is_raised_and_what_is_not_enough_is_told_with_numbers) {
  const Descriptors now = raise_descriptor_limit();
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  EXPECT_GT(now.open, 0u);
  const auto refused = open_files_of_each(300, {1'024, 30});
  ASSERT_FALSE(refused);
  for (const char* word : {"300 tasks", "1864", "1024", "30", "ulimit", "in_memory"}) {
    EXPECT_NE(refused.error().to_string().find(word), Text::npos) << word << " in " << refused.error().to_string();
  }
  EXPECT_EQ(*open_files_of_each(1, {1'024, 30}), 256);
  EXPECT_EQ(*open_files_of_each(100, {1'024, 30}), 20);
}

}  // namespace
}  // namespace weir::streams
