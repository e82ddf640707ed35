// What each operation of the language does to records, through the test driver.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Texts = std::vector<TestRecord<std::string, std::string>>;

// A topology of one operation between topics "in" and "out".
template <class Describe>
TestDriver driver_of(Describe describe) {
  Builder builder;
  describe(builder.stream<std::string, std::string>("in")).to("out");
  return TestDriver(builder.build());
}

Texts run(TestDriver driver, const Texts& records) {
  auto in = driver.input<std::string, std::string>("in");
  for (const auto& record : records) in.pipe(record.key, record.value, record.timestamp_ms);
  return driver.output<std::string, std::string>("out").read_all();
}

const Texts kThree{{"a", "one", 1}, {"b", "two", 2}, {"a", "three", 3}};

TEST(Language, filter_keeps_what_passes_and_filter_not_the_rest) {
  auto has_e = [](const std::string& value) {
    return value.find('e') != std::string::npos;
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.filter(has_e); }), kThree), (Texts{kThree[0], kThree[2]}));
  EXPECT_EQ(run(driver_of([&](auto s) { return s.filter_not(has_e); }), kThree), (Texts{kThree[1]}));
}

TEST(Language, a_callable_may_take_the_key_too) {
  auto is_a = [](const std::string& key, const std::string&) {
    return key == "a";
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.filter(is_a); }), kThree), (Texts{kThree[0], kThree[2]}));
}

TEST(Language, map_changes_key_and_value) {
  auto swap = [](const std::string& key, const std::string& value) {
    return std::pair(value, key);
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.map(swap); }), {{"k", "v", 7}}), (Texts{{"v", "k", 7}}));
}

TEST(Language, map_values_and_select_key_change_one_of_them) {
  auto longer = [](const std::string& value) {
    return value + "!";
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.map_values(longer); }), {{"k", "v", 7}}), (Texts{{"k", "v!", 7}}));
  EXPECT_EQ(run(driver_of([&](auto s) { return s.select_key(longer); }), {{"k", "v", 7}}), (Texts{{"v!", "v", 7}}));
}

TEST(Language, flat_map_values_takes_a_range_or_emits) {
  auto twice = [](const std::string& value) {
    return std::vector<std::string>{value, value + value};
  };
  auto emits = [](const std::string& value, auto& emit) {
    emit(value);
    emit(value + value);
  };
  Texts expected{{"k", "v", 7}, {"k", "vv", 7}};
  EXPECT_EQ(run(driver_of([&](auto s) { return s.flat_map_values(twice); }), {{"k", "v", 7}}), expected);
  EXPECT_EQ(run(driver_of([&](auto s) { return s.template flat_map_values<std::string>(emits); }), {{"k", "v", 7}}),
            expected);
}

TEST(Language, flat_map_gives_any_number_of_pairs) {
  auto both = [](const std::string& key, const std::string& value) {
    return std::vector<std::pair<std::string, std::string>>{{key, value}, {value, key}};
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.flat_map(both); }), {{"k", "v", 7}}),
            (Texts{{"k", "v", 7}, {"v", "k", 7}}));
}

TEST(Language, peek_sees_every_record_and_changes_none) {
  auto seen = std::make_shared<std::vector<std::string>>();
  auto note = [seen](const std::string& value) {
    seen->push_back(value);
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.peek(note); }), kThree), kThree);
  EXPECT_EQ(*seen, (std::vector<std::string>{"one", "two", "three"}));
}

TEST(Language, split_sends_a_record_to_the_first_branch_that_wants_it) {
  Builder builder;
  auto longer_than = [](std::size_t n) {
    return [n](const std::string& value) {
      return value.size() > n;
    };
  };
  auto [long_ones, middling, rest] =
      builder.stream<std::string, std::string>("in").split(longer_than(4), longer_than(2));
  long_ones.to("long");
  middling.to("middling");
  rest.to("rest");
  TestDriver driver(builder.build());
  for (const char* value : {"a", "three", "two"}) driver.input<std::string, std::string>("in").pipe("k", value);
  EXPECT_EQ((driver.output<std::string, std::string>("long").read_all()), (Texts{{"k", "three", 0}}));
  EXPECT_EQ((driver.output<std::string, std::string>("middling").read_all()), (Texts{{"k", "two", 0}}));
  EXPECT_EQ((driver.output<std::string, std::string>("rest").read_all()), (Texts{{"k", "a", 0}}));
}

TEST(Language, merge_brings_records_of_both_and_widens_to_null) {
  Builder builder;
  auto plain = builder.stream<std::string, std::string>("plain");
  auto nullable = builder.stream<std::string, std::optional<std::string>>("nullable");
  auto merged = plain.merge(nullable);
  static_assert(std::same_as<decltype(merged)::Value, std::optional<std::string>>);
  merged.to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("plain").pipe("a", "1");
  driver.input<std::string, std::optional<std::string>>("nullable").pipe("b", std::nullopt);
  auto out = driver.output<std::string, std::optional<std::string>>("out");
  EXPECT_EQ(out.read()->value, "1");
  EXPECT_EQ(out.read()->value, std::nullopt);
}

TEST(Language, a_null_for_a_type_without_null_is_dropped_and_counted) {
  Builder builder;
  builder.stream<std::string, std::string>("in").to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<std::optional<std::string>, std::optional<std::string>>("in");
  in.pipe(std::nullopt, "v");
  in.pipe("k", std::nullopt);
  in.pipe("k", "v");
  EXPECT_EQ((driver.output<std::string, std::string>("out").read_all()), (Texts{{"k", "v", 0}}));
  EXPECT_EQ(driver.statistics().dropped_null_key, 1u);
  EXPECT_EQ(driver.statistics().dropped_null_value, 1u);
}

TEST(Language, words_are_counted_through_a_repartition_topic) {
  Builder builder;
  builder.stream<NoKey, std::string>("lines")
      .flat_map_values<std::string>([](const std::string& line, auto& emit) {
        for (std::size_t i = 0; i < line.size(); i += 2) emit(line.substr(i, 1));
      })
      .group_by([](const std::string& word) { return word; })
      .count({.store = "word-counts"})
      .to_stream()
      .to("counts");
  Topology topology = builder.build();
  EXPECT_EQ(topology.stages().size(), 2u);
  TestDriver driver(topology);
  driver.input<NoKey, std::string>("lines").pipe("a b a");
  EXPECT_EQ((driver.output<std::string, std::int64_t>("counts").read_map()),
            (std::map<std::string, std::int64_t>{{"a", 2}, {"b", 1}}));
  EXPECT_EQ((driver.find<std::int64_t, std::string>("word-counts", "a")), 2);
}

TEST(Language, reduce_takes_the_first_value_as_it_is) {
  auto concatenate = [](const std::string& aggregate, const std::string& value) {
    return aggregate + "+" + value;
  };
  auto in_place = [](std::string& aggregate, const std::string& value) {
    aggregate += "+" + value;
  };
  Texts expected{{"a", "one", 1}, {"b", "two", 2}, {"a", "one+three", 3}};
  EXPECT_EQ(run(driver_of([&](auto s) { return s.group_by_key().reduce(concatenate).to_stream(); }), kThree), expected);
  EXPECT_EQ(run(driver_of([&](auto s) { return s.group_by_key().reduce(in_place).to_stream(); }), kThree), expected);
}

TEST(Language, an_aggregator_that_gives_nothing_deletes_and_the_next_record_begins_anew) {
  Builder builder;
  auto until_x = [](const std::string& value, const std::string& aggregate) -> std::optional<std::string> {
    if (value == "x") return std::nullopt;
    return aggregate + value;
  };
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .aggregate([] { return std::string("-"); }, until_x)
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, std::string>("in");
  std::int64_t time = 0;
  for (const char* value : {"a", "b", "x", "c"}) in.pipe("k", value, time += 10);
  std::vector<TestRecord<std::string, std::optional<std::string>>> expected{
      {"k", "-a", 10}, {"k", "-ab", 20}, {"k", std::nullopt, 30}, {"k", "-c", 40}};
  EXPECT_EQ((driver.output<std::string, std::optional<std::string>>("out").read_all()), expected);
}

TEST(Language, a_result_has_the_highest_time_of_its_records) {
  Texts late{{"a", "1", 100}, {"a", "2", 50}};
  auto sum = [](std::string& aggregate, const std::string& value) {
    aggregate += value;
  };
  EXPECT_EQ(run(driver_of([&](auto s) { return s.group_by_key().reduce(sum).to_stream(); }), late),
            (Texts{{"a", "1", 100}, {"a", "12", 100}}));
}

using Window = weir::streams::Window;
using Counted = std::vector<TestRecord<Windowed<std::string>, std::int64_t>>;

Counted windowed_counts(const TimeWindows& windows, Emit emit, const std::vector<std::int64_t>& times) {
  Builder builder;
  builder.stream<std::string, std::string>("in").group_by_key().windowed_by(windows).emit(emit).count().to_stream().to(
      "out");
  TestDriver driver(builder.build());
  for (std::int64_t time : times) driver.input<std::string, std::string>("in").pipe("k", "v", time);
  return driver.output<Windowed<std::string>, std::int64_t>("out").read_all();
}

TEST(Language, tumbling_windows_take_late_records_within_their_grace) {
  auto windows = tumbling(Millis(10)).grace(Millis(5));
  EXPECT_EQ(
      windowed_counts(windows, Emit::on_update, {1, 12, 9, 15, 8}),
      (Counted{{{"k", {0, 10}}, 1, 1}, {{"k", {10, 20}}, 1, 12}, {{"k", {0, 10}}, 2, 9}, {{"k", {10, 20}}, 2, 15}}));
}

TEST(Language, hopping_windows_overlap) {
  EXPECT_EQ(windowed_counts(hopping(Millis(10), Millis(5)), Emit::on_update, {7}),
            (Counted{{{"k", {0, 10}}, 1, 7}, {{"k", {5, 15}}, 1, 7}}));
}

TEST(Language, windows_that_emit_on_close_come_out_once) {
  auto windows = tumbling(Millis(10)).grace(Millis(5));
  EXPECT_EQ(windowed_counts(windows, Emit::on_close, {1, 2, 12, 3, 15, 40}),
            (Counted{{{"k", {0, 10}}, 3, 3}, {{"k", {10, 20}}, 2, 15}}));
}

TEST(Language, windows_that_are_open_can_be_closed_at_the_end) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .windowed_by(tumbling(Millis(10)))
      .emit(Emit::on_close)
      .count()
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("in").pipe("k", "v", 3);
  auto out = driver.output<Windowed<std::string>, std::int64_t>("out");
  EXPECT_TRUE(out.is_empty());
  driver.close_windows();
  EXPECT_EQ(out.read_all(), (Counted{{{"k", {0, 10}}, 1, 3}}));
  driver.close_windows();
  EXPECT_TRUE(out.is_empty());
}

TEST(Language, a_stream_is_joined_with_the_row_that_is_there_now) {
  Builder builder;
  auto prices = builder.table<std::string, std::int64_t>("prices", {.store = "prices"});
  auto orders = builder.stream<std::string, std::string>("orders");
  orders.join(prices, [](const std::string& order, std::int64_t price) { return order + "@" + std::to_string(price); })
      .to("inner");
  orders
      .left_join(prices, [](const std::string& order,
                            const std::int64_t* price) { return order + (price != nullptr ? "@known" : "@unknown"); })
      .to("left");
  TestDriver driver(builder.build());
  auto price = driver.input<std::string, std::optional<std::int64_t>>("prices");
  auto order = driver.input<std::string, std::string>("orders");
  order.pipe("tea", "o1", 1);
  price.pipe("tea", 3, 9);
  order.pipe("tea", "o2", 2);
  price.pipe("tea", std::nullopt, 10);
  order.pipe("tea", "o3", 3);
  EXPECT_EQ((driver.output<std::string, std::string>("inner").read_all()), (Texts{{"tea", "o2@3", 2}}));
  EXPECT_EQ((driver.output<std::string, std::string>("left").read_all()),
            (Texts{{"tea", "o1@unknown", 1}, {"tea", "o2@known", 2}, {"tea", "o3@unknown", 3}}));
}

TEST(Language, to_table_keeps_the_last_value_of_a_changed_key) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .select_key([](const std::string& value) { return value.substr(0, 1); })
      .to_table({.store = "by-first-letter"})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("in").pipe("k", "xa");
  driver.input<std::string, std::string>("in").pipe("k", "xb");
  EXPECT_EQ((driver.find<std::string, std::string>("by-first-letter", "x")), "xb");
}

struct Login {
  std::string ip;
  bool ok = false;
  std::optional<double> score;
  std::vector<std::int32_t> ports;
  bool operator==(const Login&) const = default;
};
WEIR_JSON(Login, ip, ok, score, ports)

TEST(Language, a_struct_named_to_weir_json_is_a_value) {
  EXPECT_EQ(json::to_json(Login{"1.2.3.4", true, 0.5, {22, 80}}),
            R"({"ip":"1.2.3.4","ok":true,"score":0.5,"ports":[22,80]})");
  Login read;
  EXPECT_TRUE(Serde<Login>::decode(R"({"ip":"\u00e4\"","unknown":[1],"ports":[]})", read));
  EXPECT_EQ(read, (Login{"ä\"", false, std::nullopt, {}}));
  EXPECT_FALSE(Serde<Login>::decode(R"({"ip":7})", read));
  EXPECT_FALSE(Serde<Login>::decode("{", read));
}

TEST(Language, a_record_s_time_may_come_from_its_value) {
  Builder builder;
  builder
      .stream<std::string, std::string>("in", {.timestamp =
                                                   [](const std::string& value) {
                                                     return std::stoll(value);
                                                   }})
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("in").pipe("k", "77", 1);
  driver.input<std::string, std::string>("in").pipe("k", "-5", 2);
  EXPECT_EQ((driver.output<std::string, std::string>("out").read_all()), (Texts{{"k", "77", 77}}));
  EXPECT_EQ(driver.statistics().skipped_timestamp, 1u);
}

TEST(Language, what_a_callable_throws_names_operator_partition_and_offset) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_values([](const std::string& value) { return std::stoi(value); }, {.name = "parse"})
      .to("out");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("in").pipe("k", "1");
  try {
    driver.input<std::string, std::string>("in").pipe("k", "x");
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    std::string text = error.what();
    EXPECT_NE(text.find("operator parse"), std::string::npos) << text;
    EXPECT_NE(text.find("in-0 at offset 1"), std::string::npos) << text;
  }
}

TEST(Language, bytes_that_do_not_decode_name_the_record) {
  Builder builder;
  builder.stream<std::string, std::int64_t>("in").to("out");
  Topology topology = builder.build();
  TestDriver driver(topology);
  EXPECT_THROW((driver.input<std::string, std::string>("in").pipe("k", "abc")), std::runtime_error);
  TestDriver lenient(topology, {.errors = {.decoding = skip()}});
  lenient.input<std::string, std::string>("in").pipe("k", "abc");
  EXPECT_EQ(lenient.statistics().skipped_undecodable, 1u);
}

}  // namespace
}  // namespace weir::streams
