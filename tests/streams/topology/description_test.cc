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

Topology with_policies() {
  Builder builder;
  auto in =
      builder.stream<Text, Text>("in", {.name = "in", .on_error = dead_letter("unreadable"), .start = Start::end});
  auto asked = in.map_async(
      [](const Text& value) { return value; },
      {.name = "ask",
       .on_error = retry(2).then(retry_later({.attempts = 2, .backoff = Millis(500)}).then(dead_letter("unanswered"))),
       .order = ResultOrder::per_key,
       .max_in_flight = 7,
       .timeout = Millis(900),
       .threads = 3});
  asked.to("out", {.name = "out", .on_error = skip(), .partition = [](const Text&, const Text&, std::int32_t) {
                     return 0;
                   }});
  asked
      .repartition({.name = "by-hand",
                    .partition =
                        [](const Text&, const Text&, std::int32_t) {
                          return 0;
                        }})
      .filter([](const Text&) { return true; }, {.name = "rest"});
  return builder.build();
}

const TopologyDescription::Node& node(const TopologyDescription& topology, const Text& name) {
  for (const auto& node : topology.nodes) {
    if (node.name == name) return node;
  }
  throw std::runtime_error("no node " + name);
}

TEST(Description, says_what_happens_to_records_that_cannot_be_dealt_with) {
  const TopologyDescription described = with_policies().description();
  EXPECT_EQ(node(described, "in").on_error, (std::vector<PolicyStep>{{"dead_letter", "unreadable", {}, {}, {}}}));
  const auto& ask = node(described, "ask");
  EXPECT_EQ(ask.on_error, (std::vector<PolicyStep>{{"retry", {}, 2, {}, {}},
                                                   {"retry_later", {}, 2, 500, 2.0},
                                                   {"dead_letter", "unanswered", {}, {}, {}}}));
  EXPECT_EQ(ask.retry_topics, (std::vector<Text>{"ask-1-retry", "ask-2-retry"}));
  EXPECT_EQ(node(described, "out").on_error, (std::vector<PolicyStep>{{"skip", {}, {}, {}, {}}}));
  EXPECT_EQ(node(described, "rest").on_error, std::nullopt);
  const Text chart = with_policies().mermaid();
  EXPECT_NE(chart.find("-. on error .->"), Text::npos) << chart;
  EXPECT_NE(chart.find("-. later .->"), Text::npos) << chart;
}

TEST(Description, says_where_a_source_begins_how_calls_are_made_and_who_chooses_partitions) {
  const TopologyDescription described = with_policies().description();
  EXPECT_TRUE(node(described, "in").starts_at_end);
  EXPECT_EQ(node(described, "ask").async, (AsyncSpec{"per_key", 7, 900, 3}));
  EXPECT_TRUE(node(described, "out").has_partitioner);
  for (const auto& topic : described.internal_topics) {
    EXPECT_EQ(topic.has_partitioner, topic.name == "by-hand-repartition") << topic.name;
  }
  auto read = TopologyDescription::from_json(described.to_json());
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(*read, described);
}

TEST(Description, of_the_first_version_is_read_as_what_it_could_say) {
  auto read = TopologyDescription::from_json(R"({"weir_topology":1,"nodes":[{"name":"in","kind":"source",)"
                                             R"("pinned":false,"stage":0,"parents":[],"stores":[],)"
                                             R"("global_tables":[],"reads":"in","writes":null,"windows":null}],)"
                                             R"("stores":[],"internal_topics":[],"global_tables":[]})");
  ASSERT_TRUE(read) << read.error().to_string();
  Builder builder;
  builder.stream<Text, Text>("in");
  EXPECT_EQ(*read, builder.build().description());
}

// The example of docs/formats.md.
TEST(Description, json_is_a_line_for_each_thing) {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "counts"});
  EXPECT_EQ(builder.build().to_json(), R"({
  "weir_topology": 3,
  "nodes": [
    {"name":"in","kind":"source","pinned":false,"stage":0,"parents":[],"stores":[],"global_tables":[],"reads":"in","starts_at_end":false,"writes":null,"partitioner":false,"windows":null,"async":null,"pattern":null,"on_error":null,"retry_topics":[]},
    {"name":"counts.count","kind":"count","pinned":true,"stage":0,"parents":["in"],"stores":["counts"],"global_tables":[],"reads":null,"starts_at_end":false,"writes":null,"partitioner":false,"windows":null,"async":null,"pattern":null,"on_error":null,"retry_topics":[]}
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
  EXPECT_NE(message(R"({"weir_topology":4})").find("version 4"), Text::npos);
  EXPECT_NE(message(R"({"weir_topology":1,"nodes":[]})").find("'stores' is missing"), Text::npos);
  Text json = counting().to_json();
  json.replace(json.find("\"kind\":\"window\""), 15, "\"kind\":17      ");
  EXPECT_NE(message(json).find("stores[0]: 'kind'"), Text::npos) << message(json);
}

}  // namespace
}  // namespace weir::streams
