// Global tables: every task sees every row, whatever partition it or the record is in.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Change = std::optional<Text>;

Topology with_names(bool is_left_join) {
  Builder builder;
  auto names = builder.global_table<Text, Text>("names");
  auto orders = builder.stream<Text, Text>("orders");
  auto customer = [](const Text& order) {
    return order.substr(0, 1);
  };
  if (is_left_join) {
    orders.left_join(names, customer, [](const Text& o, const Text* name) { return o + (name ? *name : "?"); })
        .to("out");
  } else {
    orders.join(names, customer, [](const Text& o, const Text& name) { return o + name; }).to("out");
  }
  return builder.build();
}

TEST(GlobalTables, a_record_finds_rows_of_all_partitions_by_a_key_of_its_own_making) {
  TestDriver driver(with_names(false), {.partitions = 5});
  auto names = driver.input<Text, Change>("names");
  for (char c = 'a'; c <= 'j'; ++c) names.pipe(Text(1, c), "-" + Text(3, c));
  auto orders = driver.input<Text, Text>("orders");
  for (int i = 0; i < 10; ++i) orders.pipe("order" + std::to_string(i), Text(1, static_cast<char>('a' + i)), i);
  auto out = driver.output<Text, Text>("out").read_map();
  ASSERT_EQ(out.size(), 10u);
  EXPECT_EQ(out.at("order3"), "d-ddd");
}

TEST(GlobalTables, changes_and_deletions_are_seen_by_records_that_come_after_them) {
  TestDriver driver(with_names(true));
  auto names = driver.input<Text, Change>("names");
  auto orders = driver.input<Text, Text>("orders");
  orders.pipe("1", "a");
  names.pipe("a", "A");
  orders.pipe("2", "a");
  names.pipe("a", "B");
  orders.pipe("3", "a");
  names.pipe("a", std::nullopt);
  orders.pipe("4", "a");
  EXPECT_EQ((driver.output<Text, Text>("out").read_map()),
            (std::map<Text, Text>{{"1", "a?"}, {"2", "aA"}, {"3", "aB"}, {"4", "a?"}}));
}

TEST(GlobalTables, stages_that_share_one_stay_stages_of_their_own) {
  Builder builder;
  auto names = builder.global_table<Text, Text>("names", {.name = "all-names"});
  auto same = [](const Text& value) {
    return value;
  };
  auto join = [](const Text& l, const Text& r) {
    return l + r;
  };
  builder.stream<Text, Text>("one").join(names, same, join).to("out");
  builder.stream<Text, Text>("two").join(names, same, join).to("out");
  Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 2u);
  EXPECT_TRUE(topology.stores().empty());
  EXPECT_NE(topology.describe().find("for global store (will not generate tasks)"), std::string::npos);
  EXPECT_NE(topology.describe().find("all-names (topics: [names])"), std::string::npos);
  EXPECT_NE(topology.mermaid().find("all-names"), std::string::npos);
}

TEST(GlobalTables, a_topic_read_as_two_types_is_refused) {
  Builder builder;
  builder.global_table<Text, Text>("names");
  EXPECT_EQ((builder.global_table<Text, Text>("names").name()), "names.global_table");
  EXPECT_THROW((builder.global_table<Text, std::int64_t>("names")), TopologyError);
}

TEST(GlobalTables, what_cannot_be_decoded_stops_the_run_with_its_place_or_is_counted) {
  auto topology = [] {
    Builder builder;
    auto numbers = builder.global_table<Text, std::int64_t>("numbers");
    builder.stream<Text, Text>("in")
        .join(
            numbers, [](const Text& value) { return value; }, [](const Text&, std::int64_t n) { return n; })
        .to("out");
    return builder.build();
  };
  TestDriver strict(topology());
  try {
    strict.input<Text, Text>("numbers").pipe("a", "no number", 1);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("numbers-0, offset 0"), std::string::npos) << error.what();
  }
  TestDriver lenient(topology(), {.errors = {.decoding = skip()}});
  lenient.input<Text, Text>("numbers").pipe("a", "no number", 1);
  EXPECT_EQ(lenient.statistics().skipped_undecodable, 1u);
}

}  // namespace
}  // namespace weir::streams
