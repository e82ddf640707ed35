// What an application says by itself, once, where nothing comes of its work.
#include <mutex>

#include <gtest/gtest.h>

#include "log/base/logging.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class HintsAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    set_log_sink([this](LogLevel, std::string_view message) {
      std::lock_guard lock(mutex_);
      said_.emplace_back(message);
    });
  }
  void TearDown() override {
    set_log_sink(nullptr);
    LogFixture::TearDown();
  }
  std::size_t times_said(std::string_view part) {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        said_.begin(), said_.end(), [&](const std::string& one) { return one.find(part) != std::string::npos; }));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> said_;
};

// A table that is filled later than its stream, as one is whose rows are stamped when a connector reads them.
TEST_F(HintsAppTest, rows_that_come_after_their_records_are_told_once) {
  for (const char* topic : {"purchases", "customers", "out"}) create(topic, 1);
  for (int i = 0; i < 200; ++i) send("purchases", "p", 0, "k" + std::to_string(i % 10));
  for (int i = 0; i < 10; ++i) send("customers", "c", 0, "k" + std::to_string(i));
  Builder builder;
  auto customers = builder.table<std::string, std::string>("customers", {.store = "customers"});
  builder.stream<std::string, std::string>("purchases")
      .join(customers, [](const std::string& purchase, const std::string& customer) { return purchase + customer; })
      .to("out");
  App app(builder.build(), log(), options("unmatched"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().unmatched, 200u);
  EXPECT_EQ(app.statistics().matched, 0u);
  EXPECT_EQ(times_said("none of 200 records"), 1u);
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(times_said("none of 200 records"), 1u);
}

TEST_F(HintsAppTest, streams_that_never_meet_are_told_once) {
  for (const char* topic : {"left", "right", "out"}) create(topic, 1);
  for (int i = 0; i < 100; ++i) {
    send("left", "l", 0, "k" + std::to_string(i % 10));
    send("right", "r", 0, "K" + std::to_string(i % 10));
  }
  Builder builder;
  auto right = builder.stream<std::string, std::string>("right");
  builder.stream<std::string, std::string>("left")
      .join(right, [](const std::string& l, const std::string& r) { return l + r; }, within(Millis(1'000)),
            {.store = "pairs"})
      .to("out");
  App app(builder.build(), log(), options("strangers"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().unpaired, 200u);
  EXPECT_EQ(app.statistics().paired, 0u);
  EXPECT_EQ(times_said("none of 200 records of streams"), 1u);
}

TEST_F(HintsAppTest, rows_that_refer_to_none_are_told_once) {
  for (const char* topic : {"orders", "customers", "out"}) create(topic, 1);
  for (int i = 0; i < 5; ++i) send("customers", "c", 0, "C" + std::to_string(i));
  for (int i = 0; i < 150; ++i) send("orders", "c" + std::to_string(i % 5), 0, "o" + std::to_string(i));
  Builder builder;
  auto customers = builder.table<std::string, std::string>("customers", {.store = "customers"});
  builder.table<std::string, std::string>("orders", {.store = "orders"})
      .join(
          customers, [](const std::string& order) { return order; },
          [](const std::string& order, const std::string& customer) { return order + customer; }, {.store = "joined"})
      .to_stream()
      .to("out");
  App app(builder.build(), log(), options("dangling"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().matched, 0u);
  EXPECT_EQ(app.statistics().unmatched, 150u);
  EXPECT_EQ(times_said("none of 150 records"), 1u);
}

TEST_F(HintsAppTest, rows_of_a_global_table_that_nobody_finds_are_told_once) {
  for (const char* topic : {"asks", "rows", "out"}) create(topic, 1);
  for (int i = 0; i < 5; ++i) send("rows", "r", 0, "R" + std::to_string(i));
  for (int i = 0; i < 150; ++i) send("asks", "r" + std::to_string(i % 5), 0, "a");
  Builder builder;
  auto rows = builder.global_table<std::string, std::string>("rows", {.name = "rows"});
  builder.stream<std::string, std::string>("asks")
      .join(
          rows, [](const std::string&, const std::string& ask) { return ask; },
          [](const std::string& ask, const std::string& row) { return ask + row; })
      .to("out");
  App app(builder.build(), log(), options("global"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().unmatched, 150u);
  EXPECT_EQ(times_said("none of 150 records"), 1u);
}

// One record is far ahead of all others, and so is the time of the windows.
TEST_F(HintsAppTest, windows_for_which_everything_is_too_late_are_told_once) {
  for (const char* topic : {"in", "out"}) create(topic, 1);
  {
    auto producer = *log().producer();
    ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), 1'000'000'000'000, "k", "far ahead"));
    for (int i = 0; i < 150; ++i) ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), 1'000 + i, "k", "v"));
    ASSERT_TRUE(producer->flush());
  }
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .group_by([](const std::string& key, const std::string&) { return key + "!"; })  // through another topic
      .windowed_by(tumbling(Millis(1'000)).grace(Millis(10)))
      .count({.store = "windows"})
      .to_stream()
      .to("out");
  App app(builder.build(), log(), options("late"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().dropped_late, 150u);
  EXPECT_EQ(app.statistics().in_time, 1u);
  EXPECT_EQ(times_said("and only 1 in time"), 1u);
}

}  // namespace
}  // namespace weir::streams
