// Streams of different types that are aggregated to one table.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;
using Text = std::string;
using Record = TestRecord<Text, std::int64_t>;

void add_number(std::int64_t number, std::int64_t& sum) {
  sum += number;
}
void add_length(const Text& text, std::int64_t& sum) {
  sum += static_cast<std::int64_t>(text.size());
}
std::int64_t zero() {
  return 0;
}

TEST(Cogroup, each_input_has_its_own_type_and_aggregator_and_all_share_a_row) {
  Builder builder;
  auto numbers = builder.stream<Text, std::int64_t>("numbers").group_by_key();
  auto texts = builder.stream<Text, Text>("texts").group_by_key();
  numbers.cogroup<std::int64_t>(add_number)
      .cogroup(texts, add_length)
      .aggregate(zero, {.store = "sums"})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, std::int64_t>("numbers").pipe("a", 5, 3);
  driver.input<Text, Text>("texts").pipe("a", "four", 2);
  driver.input<Text, Text>("texts").pipe("b", "xy", 4);
  EXPECT_EQ((driver.output<Text, std::int64_t>("out").read_all()),
            (std::vector<Record>{{"a", 5, 3}, {"a", 9, 3}, {"b", 2, 4}}));
  EXPECT_EQ((driver.find<std::int64_t>("sums", Text("a"))), 9);
}

TEST(Cogroup, inputs_whose_keys_changed_come_through_topics_of_their_own) {
  Builder builder;
  auto numbers =
      builder.stream<Text, std::int64_t>("numbers").group_by([](std::int64_t n) { return std::to_string(n); });
  auto texts = builder.stream<Text, Text>("texts").group_by([](const Text& text) { return text; });
  numbers.cogroup<std::int64_t>(add_number)
      .cogroup(texts, add_length)
      .aggregate(zero, {.store = "sums"})
      .to_stream()
      .to("out");
  Topology topology = builder.build();
  EXPECT_NE(topology.describe().find("sums-1-repartition"), std::string::npos);
  EXPECT_NE(topology.describe().find("sums-2-repartition"), std::string::npos);
  TestDriver driver(std::move(topology), {.partitions = 4});
  for (int i = 0; i < 20; ++i) {
    driver.input<Text, std::int64_t>("numbers").pipe("k" + std::to_string(i), i, i);
    driver.input<Text, Text>("texts").pipe("other" + std::to_string(i), std::to_string(i), i);
  }
  auto sums = driver.output<Text, std::int64_t>("out").read_map();
  ASSERT_EQ(sums.size(), 20u);
  EXPECT_EQ(sums.at("7"), 8);
  EXPECT_EQ(sums.at("13"), 15);
}

TEST(Cogroup, what_one_input_brings_closes_windows_of_the_others) {
  Builder builder;
  auto numbers = builder.stream<Text, std::int64_t>("numbers").group_by_key();
  auto texts = builder.stream<Text, Text>("texts").group_by_key();
  numbers.cogroup<std::int64_t>(add_number)
      .cogroup(texts, add_length)
      .windowed_by(tumbling(10ms))
      .emit(Emit::on_close)
      .aggregate(zero, {.store = "sums"})
      .to_stream()
      .select_key([](const Windowed<Text>& key, std::int64_t) { return key.key; })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, std::int64_t>("numbers").pipe("a", 5, 3);
  EXPECT_TRUE((driver.output<Text, std::int64_t>("out").is_empty()));
  driver.input<Text, Text>("texts").pipe("b", "x", 10);
  EXPECT_EQ((driver.output<Text, std::int64_t>("out").read_all()), (std::vector<Record>{{"a", 5, 3}}));
  driver.input<Text, std::int64_t>("numbers").pipe("a", 1, 9);
  EXPECT_EQ(driver.statistics().dropped_late, 1u);
}

TEST(Cogroup, tables_below_are_told_what_was_there_before) {
  Builder builder;
  auto numbers = builder.stream<Text, std::int64_t>("numbers").group_by_key();
  auto texts = builder.stream<Text, Text>("texts").group_by_key();
  numbers.cogroup<std::int64_t>(add_number)
      .cogroup(texts, add_length)
      .aggregate(zero)
      .group_by([](const Text&, std::int64_t sum) { return std::pair(std::to_string(sum % 2), sum); })
      .count({.store = "by-parity"});
  TestDriver driver(builder.build());
  driver.input<Text, std::int64_t>("numbers").pipe("a", 1);
  driver.input<Text, std::int64_t>("numbers").pipe("b", 2);
  EXPECT_EQ((driver.find<std::int64_t>("by-parity", Text("1"))), 1);
  driver.input<Text, Text>("texts").pipe("a", "x");
  EXPECT_EQ((driver.find<std::int64_t>("by-parity", Text("1"))), 0);
  EXPECT_EQ((driver.find<std::int64_t>("by-parity", Text("0"))), 2);
}

TEST(Cogroup, streams_of_different_builders_are_refused) {
  Builder one, other;
  auto here = one.stream<Text, std::int64_t>("numbers").group_by_key();
  auto there = other.stream<Text, std::int64_t>("numbers").group_by_key();
  EXPECT_THROW(here.cogroup<std::int64_t>(add_number).cogroup(there, add_number), TopologyError);
}

}  // namespace
}  // namespace weir::streams
