// Tables: views, regrouping and joins, through the test driver.
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Change = std::optional<std::string>;
using Changes = std::vector<TestRecord<Text, Change>>;

Changes changes(TestDriver& driver) {
  return driver.output<Text, Change>("out").read_all();
}

bool is_long(const Text& value) {
  return value.size() > 2;
}

TEST(Tables, a_table_without_a_name_keeps_rows_only_where_something_looks_them_up) {
  Builder alone;
  alone.table<Text, Text>("rows").to_stream().to("out");
  EXPECT_TRUE(alone.build().stores().empty());

  Builder joined;
  auto rows = joined.table<Text, Text>("rows");
  joined.stream<Text, Text>("in").join(rows, [](const Text& a, const Text& b) { return a + b; }).to("out");
  EXPECT_EQ(joined.build().stores().size(), 1u);
}

TEST(Tables, a_filter_deletes_what_no_longer_passes) {
  Builder builder;
  builder.table<Text, Text>("rows", {.store = "rows"}).filter(is_long).to_stream().to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("rows");
  in.pipe("a", "x", 1);     // was not there, does not pass: nothing
  in.pipe("a", "long", 2);  // passes
  in.pipe("a", "x", 3);     // passed before
  EXPECT_EQ(changes(driver), (Changes{{"a", "long", 2}, {"a", std::nullopt, 3}}));
}

TEST(Tables, a_view_that_keeps_nothing_answers_look_ups_from_the_table_above) {
  Builder builder;
  auto view = builder.table<Text, Text>("rows").map_values([](const Text& value) { return value + "!"; });
  auto longer = view.filter([](const Text& value) { return value.size() > 2; });
  builder.stream<Text, Text>("in")
      .left_join(longer, [](const Text& left, const Text* row) { return left + ":" + (row ? *row : "none"); })
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("rows").pipe("a", "xy");
  driver.input<Text, Text>("rows").pipe("b", "x");
  driver.input<Text, Text>("in").pipe("a", "l");
  driver.input<Text, Text>("in").pipe("b", "l");
  EXPECT_EQ(changes(driver), (Changes{{"a", "l:xy!", 0}, {"b", "l:none", 0}}));
}

TEST(Tables, a_row_that_changes_its_group_is_taken_out_of_the_old_one) {
  Builder builder;
  builder.table<Text, Text>("rows")
      .group_by([](const Text& key, const Text& group) { return std::pair(group, key); })
      .aggregate([] { return Text(); }, [](const Text& key, const Text& all) { return all + key; },
                 [](const Text& key, const Text& all) {
                   Text rest = all;
                   rest.erase(rest.find(key), key.size());
                   return rest;
                 })
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("rows");
  in.pipe("a", "g", 1);
  in.pipe("b", "g", 2);
  in.pipe("a", "h", 3);
  in.pipe("b", std::nullopt, 4);
  EXPECT_EQ(changes(driver), (Changes{{"g", "a", 1}, {"g", "ab", 2}, {"g", "b", 3}, {"h", "a", 3}, {"g", "", 4}}));
}

TEST(Tables, a_count_of_a_regrouped_table_follows_its_rows) {
  Builder builder;
  builder.table<Text, Text>("rows")
      .group_by([](const Text&, const Text& group) { return std::pair(group, group); })
      .count({.store = "sizes"});
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("rows");
  in.pipe("a", "g");
  in.pipe("b", "g");
  in.pipe("a", "h");
  EXPECT_EQ((driver.find<std::int64_t>("sizes", Text("g"))), 1);
  EXPECT_EQ((driver.find<std::int64_t>("sizes", Text("h"))), 1);
}

TEST(Tables, joins_of_tables_are_triggered_by_both_sides) {
  Builder builder;
  auto left = builder.table<Text, Text>("left");
  auto right = builder.table<Text, Text>("right");
  left.join(right, [](const Text& l, const Text& r) { return l + r; }).to_stream().to("out");
  TestDriver driver(builder.build());
  auto l = driver.input<Text, Change>("left");
  auto r = driver.input<Text, Change>("right");
  l.pipe("a", "l", 5);
  r.pipe("a", "r", 3);
  l.pipe("a", std::nullopt, 6);
  EXPECT_EQ(changes(driver), (Changes{{"a", "lr", 5}, {"a", std::nullopt, 6}}));
}

TEST(Tables, an_outer_join_keeps_rows_of_both_sides_without_a_partner) {
  Builder builder;
  auto left = builder.table<Text, Text>("left");
  auto right = builder.table<Text, Text>("right");
  left.outer_join(right, [](const Text* l, const Text* r) { return (l ? *l : "-") + (r ? *r : "-"); })
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Change>("right").pipe("a", "r", 1);
  driver.input<Text, Change>("left").pipe("a", "l", 2);
  driver.input<Text, Change>("right").pipe("a", std::nullopt, 3);
  driver.input<Text, Change>("left").pipe("a", std::nullopt, 4);
  EXPECT_EQ(changes(driver), (Changes{{"a", "-r", 1}, {"a", "lr", 2}, {"a", "l-", 3}, {"a", std::nullopt, 4}}));
}

TEST(Tables, what_travels_to_a_regrouping_comes_back_as_it_was) {
  for (const GroupChange<Text>& change : {GroupChange<Text>{"a", std::nullopt}, GroupChange<Text>{std::nullopt, "b"},
                                          GroupChange<Text>{"a", "b"}, GroupChange<Text>{"", ""}}) {
    OwnedBytes scratch;
    GroupChange<Text> back;
    ASSERT_TRUE(Serde<GroupChange<Text>>::decode(Serde<GroupChange<Text>>::encode(change, scratch), back));
    EXPECT_EQ(back.old, change.old);
    EXPECT_EQ(back.fresh, change.fresh);
  }
  GroupChange<Text> back;
  for (const char* garbage : {"", "\x04x", "\x03\x01"}) {
    EXPECT_FALSE(Serde<GroupChange<Text>>::decode(garbage, back)) << garbage;
  }
}

}  // namespace
}  // namespace weir::streams
