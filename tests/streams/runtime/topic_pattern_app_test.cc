// Applications that read a pattern: the topics that are there when they start, and those that come and go while they
// run.
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::topic_pattern_app_test {
namespace {

class TopicPatternAppTest : public testing_log::LogFixture {
 protected:
  static Topology counting(Start start = Start::beginning) {
    Builder builder;
    builder.stream<std::string, std::string>(matching("orders-.*"), {.name = "orders", .start = start})
        .group_by_key()
        .count({.store = "counts"})
        .to_stream()
        .to("out");
    return builder.build();
  }
  AppOptions watching(int threads = 1) const {
    AppOptions chosen = options("orders-app");  // its own topics would match but for being its own
    chosen.topics_interval = Millis(5);
    chosen.threads = threads;
    return chosen;
  }
  std::map<std::string, std::int64_t> counts() { return last_counts(read_all("out")); }
  void wait_for(const std::map<std::string, std::int64_t>& wanted) {
    while (counts() != wanted) std::this_thread::yield();
  }
};

using Counts = std::map<std::string, std::int64_t>;

// Runs while it is alive.
class Running {
 public:
  explicit Running(App& app) : app_(app), thread_([this] { outcome_ = app_.run(); }) {}
  ~Running() {
    if (thread_.joinable()) (void)stop();
  }
  Result<> stop() {
    app_.stop();
    return wait();
  }
  Result<> wait() {
    thread_.join();
    return outcome_;
  }

 private:
  App& app_;
  Result<> outcome_;
  std::thread thread_;
};

TEST_F(TopicPatternAppTest, topics_that_match_at_the_start_are_read_to_their_ends) {
  for (const char* topic : {"orders-eu", "orders-us", "letters", "out"}) create(topic, 2);
  send("orders-eu", "lamp", 0, "ann");
  send("orders-us", "chair", 0, "ann");
  send("letters", "hello", 0, "ann");
  for (int run = 0; run < 2; ++run) {  // by then the changelog is there, and does not match
    App app(counting(), log(), watching());
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  EXPECT_EQ(counts(), (Counts{{"ann", 2}}));
}

TEST_F(TopicPatternAppTest, a_topic_that_comes_while_it_runs_is_read_and_nothing_is_lost_or_counted_twice) {
  create("orders-eu", 2);
  create("out", 1);
  send("orders-eu", "lamp", 0, "ann");
  App app(counting(), log(), watching(2));
  Running running(app);
  wait_for({{"ann", 1}});
  create("orders-us", 2);
  send("orders-us", "chair", 0, "ann");
  send("orders-us", "chair", 1, "bob");
  wait_for({{"ann", 2}, {"bob", 1}});
  send("orders-eu", "lamp", 0, "ann");
  wait_for({{"ann", 3}, {"bob", 1}});
  auto done = running.stop();
  EXPECT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(app.statistics().processed, 4u);
}

TEST_F(TopicPatternAppTest, it_starts_without_any_topic_and_goes_on_when_one_comes) {
  create("out", 1);
  Builder builder;
  builder.stream<std::string, std::string>(matching("orders-.*"), {.name = "orders"})
      .group_by([](const std::string& value) { return value; }, {.name = "by-value"})
      .count({.store = "counts"})
      .to_stream()
      .to("out");
  {
    App app(builder.build(), log(), watching());
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  App app(builder.build(), log(), watching());
  Running running(app);
  create("orders-eu", 3);
  send("orders-eu", "lamp", 2, "ann");
  wait_for({{"lamp", 1}});
  auto done = running.stop();
  EXPECT_TRUE(done) << done.error().to_string();
}

TEST_F(TopicPatternAppTest, a_topic_that_comes_while_it_runs_is_read_from_its_beginning_whatever_is_said) {
  create("orders-eu", 1);
  create("out", 1);
  send("orders-eu", "before", 0, "ann");
  App app(counting(Start::end), log(), watching());
  Running running(app);
  while (app.restored().empty()) std::this_thread::yield();  // its place in orders-eu is taken
  create("orders-us", 1);
  send("orders-us", "first", 0, "bob");
  wait_for({{"bob", 1}});
  EXPECT_TRUE(running.stop());
}

TEST_F(TopicPatternAppTest, a_topic_that_is_deleted_while_it_runs_is_left_out_and_one_of_that_name_begins_anew) {
  for (const char* topic : {"orders-eu", "orders-us", "out"}) create(topic, 1);
  send("orders-eu", "lamp", 0, "ann");
  send("orders-us", "lamp", 0, "ann");
  App app(counting(), log(), watching());
  Running running(app);
  wait_for({{"ann", 2}});
  ASSERT_TRUE(log().admin()->delete_topic("orders-us"));
  send("orders-eu", "lamp", 0, "ann");
  wait_for({{"ann", 3}});
  create("orders-us", 1);  // another one of that name
  send("orders-us", "lamp", 0, "bob");
  wait_for({{"ann", 3}, {"bob", 1}});
  auto done = running.stop();
  EXPECT_TRUE(done) << done.error().to_string();
}

TEST_F(TopicPatternAppTest, a_topic_that_does_not_fit_ends_the_run_with_both_numbers) {
  create("orders-eu", 2);
  create("out", 1);
  send("orders-eu", "lamp", 0, "ann");
  App app(counting(), log(), watching());
  Running running(app);
  wait_for({{"ann", 1}});
  create("orders-us", 3);
  auto done = running.wait();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_config);
  EXPECT_NE(done.error().to_string().find("orders-us has 3"), std::string::npos) << done.error().to_string();
}

TEST_F(TopicPatternAppTest, runs_that_are_killed_while_topics_come_count_every_record_once) {
  create("out", 1);
  std::mt19937 random(7);
  Counts sent;
  for (int round = 0; round < 5; ++round) {
    App app(counting(), log(), watching(2));
    std::thread running([&] { (void)app.run(); });
    for (int i = 0; i < 3; ++i) {
      const std::string topic = "orders-" + std::to_string(round) + "-" + std::to_string(i);
      create(topic, 2);
      for (int record = 0; record < 5; ++record) {
        const std::string key(1, static_cast<char>('a' + random() % 3));
        send(topic, "lamp", key[0] % 2, key);
        ++sent[key];
      }
      std::this_thread::sleep_for(Millis(random() % 40));
    }
    kill();
    app.stop();
    running.join();
    reopen();
  }
  App app(counting(), log(), watching());
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(counts(), sent);
  EXPECT_EQ(read_all("out").size(), 5u * 3u * 5u);
}

TEST_F(TopicPatternAppTest, topics_that_two_sources_read_keep_it_from_starting) {
  create("orders-eu", 1);
  create("out", 1);
  Builder builder;
  builder.stream<std::string, std::string>(matching("orders-.*"), {.name = "orders"}).to("out");
  builder.stream<std::string, std::string>(matching(".*-eu"), {.name = "europe"}).to("out");
  App app(builder.build(), log(), watching());
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_config);
  EXPECT_NE(done.error().to_string().find("orders-eu"), std::string::npos) << done.error().to_string();
}

}  // namespace
}  // namespace weir::streams::topic_pattern_app_test
