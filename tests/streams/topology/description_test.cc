// Topologies as plain data: what is written is what is read, and what the program says.
#include <gtest/gtest.h>

#include "streams/streams.h"

namespace weir::streams {
namespace {

using Text = std::string;

Topology counting() {
  Builder builder;
  auto names = builder.global_table<Text, Text>("names");
  builder.stream<Text, Text>("in")
      .join(
          names, [](const Text& value) { return value; },
          [](const Text& left, const Text& right) { return left + right; })
      .group_by([](const Text& value) { return value.substr(0, 1); })
      .windowed_by(hopping(Millis(60'000), Millis(10'000)).grace(Millis(5'000)))
      .count({.store = "letters"})
      .suppress(UntilWindowCloses{})
      .to_stream()
      .map([](const Windowed<Text>& key, std::int64_t count) { return std::pair(key.key, count); })
      .repartition({.partitions = 3})
      .to("out");
  return builder.build();
}

const TopologyDescription::Store& store(const TopologyDescription& topology, const Text& name) {
  for (const auto& store : topology.stores) {
    if (store.name == name) return store;
  }
  throw std::runtime_error("no store " + name);
}

TEST(Description, says_of_stores_and_topics_what_the_program_asked_for) {
  const TopologyDescription described = counting().description();
  const auto& letters = store(described, "letters");
  EXPECT_EQ(letters.kind, "window");
  EXPECT_TRUE(letters.is_pinned);
  EXPECT_EQ(letters.key, "std::string");
  EXPECT_EQ(letters.value, "std::int64_t");
  EXPECT_EQ(letters.retention_ms, 65'000);
  EXPECT_EQ(letters.changelog, "letters-changelog");
  ASSERT_EQ(described.internal_topics.size(), 2u);
  EXPECT_EQ(described.internal_topics[0].name, "letters-repartition");
  EXPECT_TRUE(described.internal_topics[0].is_pinned);
  EXPECT_EQ(described.internal_topics[1].partitions, 3);
  EXPECT_FALSE(described.internal_topics[1].is_pinned);
  ASSERT_EQ(described.global_tables.size(), 1u);
  EXPECT_EQ(described.global_tables[0].topic, "names");
  EXPECT_EQ(described.stages(), 3u);
}

TEST(Description, says_what_windows_an_operator_has) {
  const TopologyDescription described = counting().description();
  for (const auto& node : described.nodes) {
    if (node.name != "letters.count") continue;
    EXPECT_EQ(node.kind, "count");
    EXPECT_EQ(node.windows,
              (WindowSpec{"hopping", {{"size_ms", 60'000}, {"advance_ms", 10'000}, {"grace_ms", 5'000}}}));
    return;
  }
  FAIL() << counting().describe();
}

TEST(Description, json_is_read_as_it_was_written) {
  const TopologyDescription described = counting().description();
  auto read = TopologyDescription::from_json(described.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, described);
  EXPECT_EQ(read->to_text(), counting().describe());
  EXPECT_EQ(read->to_mermaid(), counting().mermaid());
  EXPECT_EQ(counting().to_json(), counting().to_json()) << "the order is always the same";
}

// The example of docs/formats.md.
TEST(Description, json_is_a_line_for_each_thing) {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "counts"});
  EXPECT_EQ(builder.build().to_json(), R"({
  "weir_topology": 1,
  "nodes": [
    {"name":"in","kind":"source","pinned":false,"stage":0,"parents":[],"stores":[],"global_tables":[],"reads":"in","writes":null,"windows":null},
    {"name":"counts.count","kind":"count","pinned":true,"stage":0,"parents":["in"],"stores":["counts"],"global_tables":[],"reads":null,"writes":null,"windows":null}
  ],
  "stores": [
    {"name":"counts","kind":"key_value","pinned":true,"depends_on_order":false,"in_memory":false,"stage":0,"key":"std::string","value":"std::int64_t","retention_ms":null,"changelog":"counts-changelog","restored_from_source":false}
  ],
  "internal_topics": [],
  "global_tables": []
}
)");
}

TEST(Description, what_is_no_description_is_refused_with_the_place) {
  auto message = [](const Text& text) {
    auto read = TopologyDescription::from_json(text);
    return read ? Text("it was taken") : read.error().to_string();
  };
  EXPECT_NE(message("{}").find("no described topology"), Text::npos) << message("{}");
  EXPECT_NE(message("{").find("described topology"), Text::npos);
  EXPECT_NE(message(R"({"weir_topology":2})").find("version 2"), Text::npos);
  EXPECT_NE(message(R"({"weir_topology":1,"nodes":[]})").find("'stores' is missing"), Text::npos);
  Text json = counting().to_json();
  json.replace(json.find("\"kind\":\"window\""), 15, "\"kind\":17      ");
  EXPECT_NE(message(json).find("stores[0]: 'kind'"), Text::npos) << message(json);
}

}  // namespace
}  // namespace weir::streams
