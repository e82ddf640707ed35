// Optimisations leave topics out, and nothing else: names follow rules, results are the same.
#include <algorithm>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;

std::vector<Text> internal_topics(const Topology& topology) {
  std::vector<Text> names;
  for (const auto& topic : topology.description().internal_topics) names.push_back(topic.name);
  std::sort(names.begin(), names.end());
  return names;
}

Text first_letter(const Text& text) {
  return text.substr(0, 1);
}

// Three that need the same key below one operator, and one that was given a topic of its own.
Topology by_letter(const Optimizations& optimizations) {
  Builder builder({.optimizations = optimizations});
  auto letters = builder.stream<Text, Text>("in").select_key(first_letter, {.name = "by-letter"});
  letters.group_by_key().count({.store = "counts"}).to_stream().to("counted");
  letters.group_by_key()
      .reduce([](Text& all, const Text& one) { all += one; }, {.store = "texts"})
      .to_stream()
      .to("written");
  auto table = builder.table<Text, Text>("names");
  letters.join(table, [](const Text& left, const Text& right) { return left + right; }).to("joined");
  letters.group_by_key({.name = "apart"}).count({.store = "again"}).to_stream().to("counted-again");
  return builder.build();
}

TEST(Optimizations, what_needs_the_same_key_shares_a_topic_called_as_the_operator) {
  EXPECT_EQ(internal_topics(by_letter({.shared_repartitions = true})),
            (std::vector<Text>{"apart-repartition", "by-letter.repartition-repartition"}));
  EXPECT_EQ(internal_topics(by_letter(no_optimizations)).size(), 4u);
  EXPECT_TRUE(by_letter({.shared_repartitions = true}).depending_on_order().empty());
}

TEST(Optimizations, the_shared_topic_is_called_the_same_whoever_asks_for_it_first) {
  auto topics = [](bool count_first) {
    Builder builder({.optimizations = all_optimizations});
    auto letters = builder.stream<Text, Text>("in").select_key(first_letter);
    auto count = [&] {
      letters.group_by_key().count({.store = "counts"});
    };
    if (count_first) count();
    letters.to_table({.store = "latest"});
    if (!count_first) count();
    return internal_topics(builder.build());
  };
  EXPECT_EQ(topics(true), topics(false));
  EXPECT_EQ(topics(true), (std::vector<Text>{"in.select_key.repartition-repartition"}));
}

TEST(Optimizations, a_group_by_keeps_its_topic_and_the_topic_s_name) {
  auto build = [](const Optimizations& optimizations) {
    Builder builder({.optimizations = optimizations});
    builder.stream<Text, Text>("in").group_by(first_letter).count({.store = "counts"}).to_stream().to("out");
    return builder.build();
  };
  EXPECT_EQ(build(all_optimizations).to_json(), build(no_optimizations).to_json());
}

TEST(Optimizations, results_are_the_same_with_and_without) {
  auto run = [](const Optimizations& optimizations) {
    TestDriver driver(by_letter(optimizations));
    driver.input<Text, Text>("names").pipe("a", "A");
    auto in = driver.input<Text, Text>("in");
    for (const char* text : {"ant", "bee", "ape", "bat", "ant"}) in.pipe("k", text);
    std::map<Text, std::vector<std::pair<Text, Text>>> results;
    for (const auto& record : driver.output<Text, Text>("written").read_all()) {
      results["written"].push_back({record.key, record.value});
    }
    for (const auto& record : driver.output<Text, Text>("joined").read_all()) {
      results["joined"].push_back({record.key, record.value});
    }
    for (const char* topic : {"counted", "counted-again"}) {
      for (const auto& record : driver.output<Text, std::int64_t>(topic).read_all()) {
        results[topic].push_back({record.key, std::to_string(record.value)});
      }
    }
    return results;
  };
  const auto without = run(no_optimizations);
  EXPECT_EQ(without.at("written").back(), (std::pair<Text, Text>{"a", "antapeant"}));
  EXPECT_EQ(run(all_optimizations), without);
}

const TopologyDescription::Store& store(const TopologyDescription& topology, const Text& name) {
  return *std::find_if(topology.stores.begin(), topology.stores.end(),
                       [&](const auto& store) { return store.name == name; });
}

TEST(Optimizations, a_source_s_topic_is_the_changelog_of_its_table_where_it_holds_the_same) {
  Builder builder({.optimizations = all_optimizations});
  auto plain = builder.table<Text, Text>("plain", {.store = "plain"});
  builder.table<Text, Text>("versioned", {.store = "versioned", .history = Millis(100)});
  builder.table<Text, std::int64_t>("timed", {.store = "timed"}, {.timestamp = [](std::int64_t v) {
                                      return v;
                                    }});
  auto grouped = builder.table<Text, Text>("grouped", {.store = "grouped"});
  grouped.group_by([](const Text& key, const Text& value) { return std::pair(value, key); }).count({.store = "counts"});
  builder.stream<Text, Text>("moved").select_key(first_letter).to_table({.store = "moved"});
  const auto described = builder.build().description();
  EXPECT_TRUE(store(described, "plain").is_restored_from_source);
  EXPECT_EQ(store(described, "plain").changelog, "plain");
  for (const char* name : {"versioned", "timed", "grouped", "counts", "moved"}) {
    EXPECT_FALSE(store(described, name).is_restored_from_source) << name;
    EXPECT_EQ(store(described, name).changelog, name + Text("-changelog"));
  }
}

TEST(Optimizations, a_table_of_a_stream_that_begins_at_the_end_keeps_a_changelog_of_its_own) {
  auto changelogs = [](Start start) {
    Builder builder({.optimizations = all_optimizations});
    builder.stream<Text, Text>("in", {.start = start}).to_table({.store = "latest"});
    const Topology topology = builder.build();
    return topology.stores().at("latest").source ? 0 : 1;
  };
  EXPECT_EQ(changelogs(Start::beginning), 0);
  EXPECT_EQ(changelogs(Start::end), 1);
}

}  // namespace
}  // namespace weir::streams
