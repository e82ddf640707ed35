// In a run to the end the inputs of a task meet as their times say, also where one of them comes of a stage above: what
// is late, and who meets whom, does not depend on which of them was read first.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::run_to_end_times_test {
namespace {

using Text = std::string;
using namespace std::chrono_literals;

struct Event {
  std::string topic;
  std::int64_t at_ms;
  Text key;
  Text value;
};

// Orders come through two topics between stages, payments through none, rows of a table through one.
Topology topology() {
  Builder builder;
  auto key_of = [](const Text& value) {
    return value.substr(0, 1);
  };
  auto orders = builder.stream<Text, Text>("orders")
                    .select_key(key_of, {.name = "first-key"})
                    .repartition({.name = "first"})
                    .map_values([](const Text& value) { return value; })
                    .select_key(key_of, {.name = "second-key"})
                    .repartition({.name = "second"});
  auto rows = builder.stream<Text, Text>("rows").select_key(key_of).to_table({.store = "rows"});
  orders
      .outer_join(builder.stream<Text, Text>("payments"),
                  [](const Text* order, const Text* payment) {
                    return (order ? *order : "nothing") + "/" + (payment ? *payment : "nothing");
                  },
                  within(5ms).grace(0ms), {.store = "pairs"})
      .to("pairs");
  orders
      .left_join(rows, [](const Text& order, const Text* row) { return order + "@" + (row ? *row : "no row"); },
                 {.name = "looked-up"})
      .to("rows-of-orders");
  return builder.build();
}

class RunToEndTimes : public testing_log::LogFixture {
 protected:
  static constexpr const char* kInputs[] = {"orders", "payments", "rows"};
  static constexpr const char* kOutputs[] = {"pairs", "rows-of-orders"};

  static std::vector<Event> random_events(std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<Event> events;
    std::int64_t time = 0;
    for (int i = 0; i < 400; ++i) {
      const Text key(1, static_cast<char>('a' + random() % 6));
      time += 1 + static_cast<std::int64_t>(random() % 3);  // no two at once: then the order is theirs
      events.push_back({kInputs[random() % 3], time, key, key + std::to_string(i)});
    }
    return events;
  }

  // As sorted "KEY VALUE" of each output: no order between keys.
  static std::vector<std::string> expected(const std::vector<Event>& events) {
    TestDriver driver(topology());
    for (const Event& event : events) driver.input<Text, Text>(event.topic).pipe(event.key, event.value, event.at_ms);
    std::vector<std::string> all;
    for (const char* topic : kOutputs) {
      for (const auto& record : driver.output<Text, Text>(topic).read_all())
        all.push_back(record.key + " " + record.value);
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  // Each topic is written whole before the next one.
  std::vector<std::string> found(const std::vector<Event>& events, std::int32_t partitions, int threads) {
    for (const char* topic : kInputs) create(topic, partitions);
    for (const char* topic : kOutputs) create(topic, partitions);
    auto producer = log().producer().value();
    for (const char* topic : kInputs) {
      for (const Event& event : events) {
        if (event.topic != topic) continue;
        EXPECT_TRUE(producer->send(topic, std::nullopt, event.at_ms, Bytes(event.key), Bytes(event.value)));
      }
      EXPECT_TRUE(producer->flush());
    }
    AppOptions chosen = options("app");
    chosen.threads = threads;
    App app(topology(), log(), chosen);
    auto ended = app.run_to_end();
    EXPECT_TRUE(ended) << ended.error().to_string();
    EXPECT_EQ(app.statistics().dropped_late, 0u);
    std::vector<std::string> all;
    for (const char* topic : kOutputs) {
      for (const auto& record : read_all(topic)) all.push_back(record.key + " " + record.value.value_or("null"));
    }
    std::sort(all.begin(), all.end());
    return all;
  }
};

TEST_F(RunToEndTimes, what_comes_of_stages_meets_what_does_not) {
  const auto events = random_events(1);
  EXPECT_EQ(found(events, 1, 1), expected(events));
}

TEST_F(RunToEndTimes, the_same_with_two_threads) {
  const auto events = random_events(2);
  EXPECT_EQ(found(events, 1, 2), expected(events));
}

// Over partitions each task has a time of its own, and a record waits for a partner as long as its task's goes.
TEST_F(RunToEndTimes, over_partitions_nobody_is_late_either) {
  const auto events = random_events(3);
  const auto all = found(events, 3, 2);
  auto is_whole = [](const std::string& line) {
    return line.find("nothing") == std::string::npos;
  };
  std::vector<std::string> whole, expected_whole;
  std::copy_if(all.begin(), all.end(), std::back_inserter(whole), is_whole);
  const auto one = expected(events);
  std::copy_if(one.begin(), one.end(), std::back_inserter(expected_whole), is_whole);
  EXPECT_EQ(whole, expected_whole);
}

// Two stages that give to each other do not wait for each other.
TEST_F(RunToEndTimes, stages_in_a_circle_end) {
  create("orders", 2);
  create("customers", 2);
  create("labels", 2);
  auto producer = log().producer().value();
  ASSERT_TRUE(producer->send("orders", std::nullopt, 1, Bytes("o1"), Bytes("ann/tea")));
  ASSERT_TRUE(producer->send("customers", std::nullopt, 2, Bytes("ann"), Bytes("Ann")));
  ASSERT_TRUE(producer->send("orders", std::nullopt, 3, Bytes("o2"), Bytes("bob/tea")));
  ASSERT_TRUE(producer->flush());
  Builder builder;
  auto customers = builder.table<Text, Text>("customers");
  builder.table<Text, Text>("orders")
      .join(
          customers, [](const Text& order) { return order.substr(0, order.find('/')); },
          [](const Text& order, const Text& customer) { return order + ": " + customer; }, {.store = "addressed"})
      .to_stream()
      .to("labels");
  App app(builder.build(), log(), options("circle"));
  auto ended = app.run_to_end();
  ASSERT_TRUE(ended) << ended.error().to_string();
  const auto labels = read_all("labels");
  ASSERT_EQ(labels.size(), 1u);
  EXPECT_EQ(labels[0].value, "ann/tea: Ann");
}

}  // namespace
}  // namespace weir::streams::run_to_end_times_test
