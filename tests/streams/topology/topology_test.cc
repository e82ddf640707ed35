// Topologies as data: names, stages, descriptions.
#include "streams/topology/topology.h"

#include <gtest/gtest.h>

#include "streams/streams.h"

namespace weir::streams::topology_test {
namespace {

std::string first_letter(const std::string& text) {
  return text.substr(0, 1);
}

Builder counting() {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .group_by(first_letter)
      .count({.store = "letters"})
      .to_stream()
      .to("out");
  return builder;
}

TEST(TopologyText, describe_is_in_kafka_s_format) {
  EXPECT_EQ(counting().build().describe(),
            "Topologies:\n"
            "   Sub-topology: 0\n"
            "    Source: in (topics: [in])\n"
            "      --> in.select_key\n"
            "    Processor: in.select_key (stores: [])\n"
            "      --> letters-repartition.sink\n"
            "      <-- in\n"
            "    Sink: letters-repartition.sink (topic: letters-repartition)\n"
            "      <-- in.select_key\n"
            "\n"
            "   Sub-topology: 1\n"
            "    Source: letters-repartition (topics: [letters-repartition])\n"
            "      --> letters.count\n"
            "    Processor: letters.count (stores: [letters])\n"
            "      --> letters.count.to_stream\n"
            "      <-- letters-repartition\n"
            "    Processor: letters.count.to_stream (stores: [])\n"
            "      --> letters.count.to_stream.to\n"
            "      <-- letters.count\n"
            "    Sink: letters.count.to_stream.to (topic: out)\n"
            "      <-- letters.count.to_stream\n"
            "\n");
}

TEST(TopologyText, mermaid_shows_stages_stores_and_topics) {
  std::string text = counting().build().mermaid();
  EXPECT_EQ(text.rfind("flowchart TD\n", 0), 0u);
  for (const char* part : {"subgraph stage0", "subgraph stage1", "[(letters)]", "[(in)]", "[(out)]"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Topology, names_that_nobody_chose_are_listed_and_do_not_depend_on_what_stands_beside) {
  auto named = [](bool with_neighbour) {
    Builder builder;
    if (with_neighbour) builder.stream<std::string, std::string>("other").group_by_key().count().to_stream().to("x");
    builder.stream<std::string, std::string>("in").group_by(first_letter).count().to_stream().to("out");
    return builder.build().unpinned();
  };
  auto alone = named(false);
  EXPECT_EQ(alone, (std::vector<std::string>{"store in.select_key.repartition.count",
                                             "repartition topic in.select_key.repartition"}));
  auto beside = named(true);
  for (const auto& name : alone) EXPECT_NE(std::find(beside.begin(), beside.end(), name), beside.end()) << name;
  EXPECT_TRUE(counting().build().unpinned().empty());
}

TEST(Topology, a_shared_store_makes_one_stage) {
  Builder builder;
  auto table = builder.table<std::string, std::string>("table", {.store = "table"});
  builder.stream<std::string, std::string>("stream")
      .join(table, [](const std::string& left, const std::string&) { return left; })
      .to("out");
  builder.stream<std::string, std::string>("apart").to("out-too");
  Topology topology = builder.build();
  ASSERT_EQ(topology.stages().size(), 2u);
  EXPECT_EQ(topology.stages()[0].sources.size(), 2u);
  EXPECT_EQ(topology.stages()[0].stores, (std::vector<std::string>{"table"}));
}

TEST(Topology, mistakes_are_named) {
  auto message_of = [](auto describe) -> std::string {
    try {
      Builder builder;
      describe(builder);
      (void)builder.build();
    } catch (const TopologyError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message_of([](Builder&) {}).find("no source"), std::string::npos);
  EXPECT_NE(message_of([](Builder& b) { b.stream<NoKey, std::string>("a b").to("c"); }).find("'a b'"),
            std::string::npos);
  EXPECT_NE(message_of([](Builder& b) {
              b.stream<NoKey, std::string>("a");
              b.stream<NoKey, std::int64_t>("a");
            }).find("topic a is read twice"),
            std::string::npos);
  EXPECT_NE(message_of([](Builder& b) {
              auto grouped = b.stream<std::string, std::string>("a").group_by_key();
              grouped.count({.store = "s"});
              grouped.count({.store = "s"});
            }).find("'s'"),
            std::string::npos);
  EXPECT_NE(message_of([](Builder& b) {
              b.stream<std::string, std::string>("a").group_by_key().windowed_by(hopping(Millis(1), Millis(2)));
            }).find("advance"),
            std::string::npos);
}

TEST(Topology, aggregations_of_one_grouping_share_its_repartition_topic) {
  Builder builder;
  auto grouped = builder.stream<std::string, std::string>("in").group_by(first_letter, {.name = "by-letter"});
  grouped.count({.store = "counts"}).to_stream().to("out");
  grouped.reduce([](std::string& all, const std::string& one) { all += one; }, {.store = "texts"})
      .to_stream()
      .to("out2");
  Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 2u);
  EXPECT_EQ(topology.stages()[1].stores, (std::vector<std::string>{"counts", "texts"}));
}

}  // namespace
}  // namespace weir::streams::topology_test
