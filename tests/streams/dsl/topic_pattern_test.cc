// Streams of all topics that match a pattern, in a driver: a topic of it exists from its first record on.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;

Text message_of(auto describe) {
  try {
    describe();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

Topology counting() {
  Builder builder;
  builder.stream<Text, Text>(matching("orders-.*"), {.name = "orders"})
      .group_by_key()
      .count({.store = "counts"})
      .to_stream()
      .to("out");
  return builder.build();
}

TEST(TopicPatternTest, records_of_all_topics_that_match_meet_and_of_no_others) {
  TestDriver driver(counting(), {.partitions = 3});
  driver.input<Text, Text>("orders-eu").pipe("ann", "lamp");
  driver.input<Text, Text>("orders-us").pipe("ann", "chair");
  EXPECT_EQ((driver.output<Text, std::int64_t>("out").read_map()), (std::map<Text, std::int64_t>{{"ann", 2}}));
  for (const char* other : {"orders", "old-orders-eu", "test-orders-changelog"}) {
    EXPECT_EQ(message_of([&] { driver.input<Text, Text>(other).pipe("ann", "lamp"); }),
              Text("nothing in the topology reads topic ") + other);
  }
}

TEST(TopicPatternTest, the_applications_own_topics_never_match) {
  Builder builder;
  builder.stream<Text, Text>(matching(".*"), {.name = "all"})
      .group_by([](const Text& value) { return value; })
      .count({.store = "counts"});
  TestDriver driver(builder.build());
  driver.input<Text, Text>("in").pipe("k", "a");
  EXPECT_EQ((driver.find<std::int64_t, Text>("counts", "a")), 1);
  EXPECT_EQ(driver.statistics().processed, 2u);  // once of "in", once of the repartition topic
}

TEST(TopicPatternTest, a_topic_that_the_topology_writes_matches_like_any_other) {
  Builder builder;
  builder.stream<Text, Text>("in").to("orders-in");
  builder.stream<Text, Text>(matching("orders-.*")).to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("in").pipe("k", "a");
  EXPECT_EQ((driver.output<Text, Text>("out").read_map()), (std::map<Text, Text>{{"k", "a"}}));
}

TEST(TopicPatternTest, a_topic_that_another_stream_names_is_refused) {
  const Text expected =
      "topic orders-eu is read by two streams that differ, of (orders-eu) and of (those matching 'orders-.*'): read it "
      "once and go on from there";
  EXPECT_EQ(message_of([] {
              Builder builder;
              (void)builder.stream<Text, Text>("orders-eu");
              (void)builder.stream<Text, Text>(matching("orders-.*"));
            }),
            expected);
  EXPECT_NE(message_of([] {
              Builder builder;
              (void)builder.stream<Text, Text>(matching("orders-.*"));
              (void)builder.table<Text, Text>("orders-eu");
            }),
            "");
}

TEST(TopicPatternTest, a_topic_that_two_patterns_match_is_refused_when_it_is_there) {
  Builder builder;
  builder.stream<Text, Text>(matching("orders-.*"), {.name = "orders"}).to("out");
  builder.stream<Text, Text>(matching(".*-eu"), {.name = "europe"}).to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("orders-us").pipe("k", "a");
  const Text error = message_of([&] { driver.input<Text, Text>("orders-eu").pipe("k", "a"); });
  EXPECT_NE(error.find("topic orders-eu is read by two sources, orders and europe"), Text::npos) << error;
}

TEST(TopicPatternTest, the_same_pattern_is_the_same_stream) {
  Builder builder;
  builder.stream<Text, Text>(matching("orders-.*")).to("out");
  builder.stream<Text, Text>(matching("orders-.*")).to("again");
  EXPECT_EQ(builder.build().stages().size(), 1u);
}

TEST(TopicPatternTest, what_is_no_pattern_is_refused_with_its_text) {
  EXPECT_NE(message_of([] { (void)matching("orders-["); }).find("pattern 'orders-['"), Text::npos);
  EXPECT_NE(message_of([] { (void)matching(""); }), "");
}

TEST(TopicPatternTest, it_is_described_as_kafka_describes_it_and_read_back) {
  Builder builder;
  builder.stream<Text, Text>(matching("orders-.*")).to("out");
  const Topology topology = builder.build();
  EXPECT_NE(topology.describe().find("Source: matching-orders-._ (topics: orders-.*)"), Text::npos)
      << topology.describe();
  const auto description = topology.description();
  auto read = TopologyDescription::from_json(description.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, description);
  EXPECT_NE(topology.mermaid().find("those matching 'orders-.*'"), Text::npos) << topology.mermaid();
}

}  // namespace
}  // namespace weir::streams
