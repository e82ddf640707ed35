// Applications over the embedded log: every record once, whatever stops them.
#include <filesystem>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using testing_log::LogFixture;

class AppTest : public LogFixture {};

Topology word_count() {
  Builder builder;
  builder.stream<NoKey, std::string>("lines")
      .flat_map_values<std::string>([](const std::string& line, auto& emit) {
        for (std::size_t at = 0; at < line.size();) {
          auto end = std::min(line.find(' ', at), line.size());
          emit(line.substr(at, end - at));
          at = end + 1;
        }
      })
      .group_by([](const std::string& word) { return word; })
      .count({.store = "word-counts"})
      .to_stream()
      .to("counts");
  return builder.build();
}

TEST_F(AppTest, a_run_to_the_end_processes_what_was_there_through_all_stages) {
  create("lines", 1);
  create("counts", 1);
  for (int i = 0; i < 100; ++i) send("lines", "a b a");
  App app(word_count(), log(), options("word-count"));
  ASSERT_TRUE(app.run_to_end());
  auto counts = read_all("counts");
  ASSERT_EQ(counts.size(), 300u);
  EXPECT_EQ(last_counts(counts), (std::map<std::string, std::int64_t>{{"a", 200}, {"b", 100}}));
  EXPECT_EQ(app.statistics().processed, 100u + 300u);
}

TEST_F(AppTest, a_second_run_goes_on_where_the_first_one_stopped) {
  create("lines", 1);
  create("counts", 1);
  for (int run = 1; run <= 3; ++run) {
    send("lines", "a b a");
    App app(word_count(), log(), options("word-count"));
    ASSERT_TRUE(app.run_to_end());
    EXPECT_EQ(last_counts(read_all("counts")), (std::map<std::string, std::int64_t>{{"a", 2 * run}, {"b", run}}));
  }
  EXPECT_EQ(read_all("counts").size(), 9u);
}

TEST_F(AppTest, what_was_read_between_stages_is_deleted_and_nothing_else) {
  create("lines", 1);
  create("counts", 1);
  for (int run = 1; run <= 2; ++run) {
    send("lines", "a b a");
    AppOptions chosen = options("word-count");
    chosen.purge_interval = Millis(0);
    App app(word_count(), log(), chosen);
    ASSERT_TRUE(app.run_to_end());
    EXPECT_EQ(last_counts(read_all("counts")), (std::map<std::string, std::int64_t>{{"a", 2 * run}, {"b", run}}));
  }
  const auto topics = log().admin()->list_topics().value();
  auto consumer = *log().consumer();
  int between_stages = 0;
  for (const auto& topic : topics) {
    if (topic.is_internal) continue;
    const weir::log::TopicPartition partition{topic.name, weir::log::PartitionIndex(0)};
    const auto first = consumer->beginning_offsets(std::span(&partition, 1)).value().at(partition);
    const bool is_between_stages = topic.name.ends_with("-repartition");
    between_stages += is_between_stages ? 1 : 0;
    EXPECT_EQ(first > weir::log::Offset(0), is_between_stages) << topic.name;
  }
  EXPECT_EQ(between_stages, 1);
}

TEST_F(AppTest, several_partitions_and_threads_count_the_same) {
  create("lines", 4);
  create("counts", 3);
  for (int i = 0; i < 400; ++i) send("lines", "w" + std::to_string(i % 7) + " x", i % 4);
  AppOptions chosen = options("word-count");
  chosen.threads = 3;
  App app(word_count(), log(), chosen);
  ASSERT_TRUE(app.run_to_end());
  auto counts = last_counts(read_all("counts"));
  EXPECT_EQ(counts["x"], 400);
  EXPECT_EQ(counts["w0"], 58);
  EXPECT_EQ(counts.size(), 8u);
}

TEST_F(AppTest, a_topic_that_is_missing_is_named) {
  create("lines", 1);
  App app(word_count(), log(), options("word-count"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_NE(done.error().to_string().find("counts"), std::string::npos) << done.error().to_string();
}

TEST_F(AppTest, topics_that_are_missing_are_named_all_at_once_or_made) {
  App refused(word_count(), log(), options("word-count"));
  auto done = refused.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unknown_topic_or_partition);
  for (const char* part : {"counts", "lines", "weir topic create", "missing_topics"}) {
    EXPECT_NE(done.error().to_string().find(part), std::string::npos) << done.error().to_string();
  }
  AppOptions chosen = options("word-count");
  chosen.missing_topics = MissingTopics::are_made;
  for (int run = 0; run < 2; ++run) {
    App app(word_count(), log(), chosen);
    auto ran = app.run_to_end();
    ASSERT_TRUE(ran) << ran.error().to_string();
    send("lines", "a", 0);
  }
  EXPECT_EQ(last_counts(read_all("counts"))["a"], 1);
}

TEST_F(AppTest, what_a_callable_throws_ends_the_run_and_nothing_of_the_open_commit_is_seen) {
  create("in", 1);
  create("out", 1);
  Builder builder;
  builder.stream<NoKey, std::string>("in")
      .map_values([](const std::string& value) { return std::to_string(std::stoi(value) + 1); }, {.name = "parse"})
      .to("out");
  Topology topology = builder.build();
  send("in", "1");
  {
    App app(topology, log(), options("parse"));
    ASSERT_TRUE(app.run_to_end());
  }
  send("in", "2");
  send("in", "x");
  App app(topology, log(), options("parse"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::user_exception);
  EXPECT_NE(done.error().detail.find("in-0 at offset"), std::string::npos) << done.error().detail;
  EXPECT_EQ(read_all("out").size(), 1u);
}

TEST_F(AppTest, a_run_that_is_stopped_commits_what_it_has_done) {
  create("lines", 1);
  create("counts", 1);
  App app(word_count(), log(), options("word-count"));
  std::thread running([&] { EXPECT_TRUE(app.run()); });
  send("lines", "a a");
  while (read_all("counts").size() < 2) std::this_thread::yield();
  app.stop();
  running.join();
  EXPECT_EQ(read_all("counts").size(), 2u);
}

TEST_F(AppTest, records_of_several_inputs_are_taken_in_the_order_of_their_times) {
  create("prices", 1);
  create("orders", 1);
  create("priced", 1);
  Builder builder;
  auto prices = builder.table<std::string, std::string>("prices", {.store = "prices"});
  builder.stream<std::string, std::string>("orders")
      .join(prices, [](const std::string& order, const std::string& price) { return order + "@" + price; })
      .to("priced");
  // Far more than one fetch brings, written one input after the other.
  constexpr int kTimes = 20'000;
  auto producer = *log().producer();
  for (int i = 0; i < kTimes; ++i) {
    std::string price = std::to_string(i) + std::string(200, '.');
    ASSERT_TRUE(producer->send("prices", log::PartitionIndex(0), 10 * i, Bytes("tea"), Bytes(price)));
  }
  for (int i = 0; i < kTimes; ++i) {
    std::string order = std::to_string(i);
    ASSERT_TRUE(producer->send("orders", log::PartitionIndex(0), 10 * i + 5, Bytes("tea"), Bytes(order)));
  }
  ASSERT_TRUE(producer->flush());
  App app(builder.build(), log(), options("pricing"));
  ASSERT_TRUE(app.run_to_end());
  auto priced = read_all("priced");
  ASSERT_EQ(priced.size(), static_cast<std::size_t>(kTimes));
  for (int i = 0; i < kTimes; ++i) {
    std::string expected = std::to_string(i) + "@" + std::to_string(i) + ".";
    ASSERT_EQ(priced[static_cast<std::size_t>(i)].value->substr(0, expected.size()), expected);
  }
}

TEST_F(AppTest, weaker_guarantees_count_the_same_when_nothing_fails) {
  create("lines", 1);
  create("counts", 1);
  int runs = 0;
  for (Guarantee guarantee : {at_least_once, at_most_once}) {
    send("lines", "a b a");
    AppOptions chosen = options("word-count");
    chosen.guarantee = guarantee;
    for (int again = 0; again < 2; ++again) {  // the second time there is nothing to do
      App app(word_count(), log(), chosen);
      ASSERT_TRUE(app.run_to_end());
    }
    ++runs;
    EXPECT_EQ(last_counts(read_all("counts")), (std::map<std::string, std::int64_t>{{"a", 2 * runs}, {"b", runs}}));
    EXPECT_EQ(read_all("counts").size(), 3u * static_cast<std::size_t>(runs));
  }
}

TEST_F(AppTest, stages_that_feed_each_other_in_a_circle_have_no_end) {
  create("ping", 1);
  create("pong", 1);
  Builder builder;
  builder.stream<NoKey, std::string>("ping").to("pong");
  builder.stream<NoKey, std::string>("pong").to("ping");
  App app(builder.build(), log(), options("circle"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::invalid_config);
}

TEST_F(AppTest, inputs_that_share_a_store_must_have_as_many_partitions) {
  create("prices", 2);
  create("orders", 3);
  create("out", 1);
  Builder builder;
  auto prices = builder.table<std::string, std::string>("prices");
  builder.stream<std::string, std::string>("orders")
      .join(prices, [](const std::string& order, const std::string&) { return order; })
      .to("out");
  App app(builder.build(), log(), options("uneven"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("orders has 3 partitions"), std::string::npos) << done.error().detail;
}

TEST_F(AppTest, a_kill_at_any_moment_loses_and_repeats_nothing) {
  create("lines", 1);
  create("counts", 1);
  std::map<std::string, std::int64_t> expected;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 50; ++i) {
      std::string word = "w" + std::to_string((round * 7 + i) % 13);
      send("lines", word);
      ++expected[word];
    }
    App app(word_count(), log(), options("word-count"));
    if (round % 2 == 0) {
      // The process dies somewhere in the middle: what follows finds only what was written.
      std::thread running([&] { (void)app.run(); });
      while (app.statistics().processed < static_cast<std::uint64_t>(round % 5) * 10) std::this_thread::yield();
      kill();
      app.stop();
      running.join();
      reopen();
    } else {
      ASSERT_TRUE(app.run_to_end());
    }
  }
  App app(word_count(), log(), options("word-count"));
  ASSERT_TRUE(app.run_to_end());
  auto counts = read_all("counts");
  EXPECT_EQ(counts.size(), 1000u);
  EXPECT_EQ(last_counts(counts), expected);
}

}  // namespace
}  // namespace weir::streams
