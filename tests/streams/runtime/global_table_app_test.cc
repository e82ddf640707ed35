// Global tables in applications: there in full before the first record, and kept up while it runs.
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

Topology with_names() {
  Builder builder;
  auto names = builder.global_table<Text, Text>("names");
  builder.stream<NoKey, Text>("orders")
      .left_join(
          names, [](const Text& order) { return order; },
          [](const Text& order, const Text* name) { return order + "=" + (name ? *name : "?"); })
      .to("out");
  return builder.build();
}

class GlobalTableAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("names", 3);
    create("orders", 2);
    create("out", 1);
  }
  std::multiset<Text> results() {
    std::multiset<Text> all;
    for (const auto& record : read_all("out")) all.insert(*record.value);
    return all;
  }
};

TEST_F(GlobalTableAppTest, every_task_has_all_partitions_before_its_first_record) {
  for (int i = 0; i < 30; ++i) {
    const Text key = std::to_string(i);
    send("names", "name" + key, i % 3, key);
    send("orders", key, i % 2);
  }
  AppOptions chosen = options("naming");
  chosen.threads = 2;
  App app(with_names(), log(), chosen);
  auto done = app.run_to_end();
  ASSERT_TRUE(done) << done.error().to_string();
  std::multiset<Text> expected;
  for (int i = 0; i < 30; ++i) expected.insert(std::to_string(i) + "=name" + std::to_string(i));
  EXPECT_EQ(results(), expected);
}

TEST_F(GlobalTableAppTest, rows_that_come_while_it_runs_are_found) {
  App app(with_names(), log(), options("naming"));
  std::thread running([&] { EXPECT_TRUE(app.run()); });
  send("orders", "a");
  while (results().empty()) std::this_thread::yield();
  send("names", "A", 1, "a");
  // The table has no time in common with the stream: at last the row is there.
  while (!results().contains("a=A")) send("orders", "a");
  app.stop();
  running.join();
  EXPECT_TRUE(results().contains("a=?"));
}

TEST_F(GlobalTableAppTest, a_topic_that_is_not_there_is_named) {
  ASSERT_TRUE(log().admin()->delete_topic("names"));
  App app(with_names(), log(), options("naming"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().to_string().find("names"), Text::npos) << done.error().to_string();
}

}  // namespace
}  // namespace weir::streams
