// Streams of several topics: one stream, whose records come in the order of their times.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;

Text message_of(auto describe) {
  try {
    describe();
  } catch (const TopologyError& error) {
    return error.what();
  }
  return {};
}

TEST(SeveralTopics, records_of_all_of_them_meet_at_one_operator) {
  Builder builder;
  builder.stream<Text, Text>({"web", "phone"}).group_by_key().count({.store = "orders"}).to_stream().to("counts");
  TestDriver driver(builder.build(), {.partitions = 3});
  driver.input<Text, Text>("web").pipe("ann", "a lamp");
  driver.input<Text, Text>("phone").pipe("ann", "a chair");
  driver.input<Text, Text>("phone").pipe("bob", "a chair");
  EXPECT_EQ((driver.output<Text, std::int64_t>("counts").read_map()),
            (std::map<Text, std::int64_t>{{"ann", 2}, {"bob", 1}}));
}

TEST(SeveralTopics, a_processor_is_told_which_topic_a_record_is_of) {
  Builder builder;
  builder.stream<Text, Text>({"web", "phone"})
      .process_values<Text>([](FixedKeyContext<Text>& context, const ProcessorRecord<Text, Text>& record) {
        context.forward(context.metadata()->topic + ": " + record.value());
      })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("phone").pipe("ann", "a lamp");
  EXPECT_EQ((driver.output<Text, Text>("out").read_map()), (std::map<Text, Text>{{"ann", "phone: a lamp"}}));
}

TEST(SeveralTopics, the_same_topics_are_the_same_stream_in_whatever_order) {
  Builder builder;
  builder.stream<Text, Text>({"web", "phone"}).to("all");
  builder.stream<Text, Text>({"phone", "web"}).to("again");
  EXPECT_EQ(builder.build().stages().size(), 1u);
  EXPECT_NE(builder.build().describe().find("Source: web (topics: [web, phone])"), Text::npos)
      << builder.build().describe();
}

TEST(SeveralTopics, a_topic_more_behind_the_others_changes_no_name) {
  auto names_with = [](Topics topics) {
    Builder builder;
    builder.stream<Text, Text>(topics).group_by([](const Text& value) { return value; }).count();
    const Topology topology = builder.build();
    std::vector<Text> names;
    for (const NodeSpec& node : topology.nodes()) names.push_back(node.name);
    return names;
  };
  EXPECT_EQ(names_with("web"), names_with({"web", "phone"}));
}

TEST(SeveralTopics, streams_that_share_some_of_their_topics_only_are_refused_with_all_of_them) {
  const Text message = message_of([] {
    Builder builder;
    (void)builder.stream<Text, Text>({"web", "phone"});
    (void)builder.stream<Text, Text>({"letters", "phone"});
  });
  EXPECT_EQ(message,
            "topic phone is read by two streams that differ, of (phone, web) and of (letters, phone): read it once and "
            "go on from there");
  EXPECT_NE(message_of([] {
              Builder builder;
              (void)builder.stream<Text, Text>({"web", "phone"});
              (void)builder.table<Text, Text>("web", {.store = "rows"});
            }),
            "");
}

TEST(SeveralTopics, a_topic_that_is_named_twice_and_no_topic_at_all_are_refused) {
  Builder builder;
  EXPECT_EQ(message_of([&] {
              (void)builder.stream<Text, Text>({"web", "web"});
            }),
            "topic web is named twice in one stream");
  EXPECT_EQ(message_of([&] { (void)builder.stream<Text, Text>(std::vector<Text>{}); }),
            "a stream reads one topic at least");
  EXPECT_EQ(message_of([&] {
              (void)builder.stream<Text, Text>({"web", "no topic"});
            }),
            "'no topic' is no name of a topic");
}

TEST(SeveralTopics, a_table_of_them_has_a_changelog_of_its_own_whatever_is_optimised) {
  Builder builder({.optimizations = all_optimizations});
  builder.stream<Text, Text>({"web", "phone"}).to_table({.store = "latest"});
  EXPECT_FALSE(builder.build().stores().at("latest").source);
}

TEST(SeveralTopics, a_described_topology_names_them_all_and_is_read_back) {
  Builder builder;
  builder.stream<Text, Text>({"web", "phone"}).to("all");
  const auto description = builder.build().description();
  EXPECT_NE(description.to_json().find(R"("reads":["web","phone"])"), Text::npos) << description.to_json();
  auto read = TopologyDescription::from_json(description.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, description);
  EXPECT_NE(description.to_mermaid().find("[(web)]"), Text::npos);
  EXPECT_NE(description.to_mermaid().find("[(phone)]"), Text::npos);
}

}  // namespace
}  // namespace weir::streams
