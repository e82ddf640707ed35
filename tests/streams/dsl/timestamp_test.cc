// Which time a record counts with: rules by name, callables over what is known of a record.
#include <gtest/gtest.h>

#include "log/base/cursor.h"
#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Texts = std::vector<TestRecord<Text, Text>>;

class TimestampTest : public ::testing::Test {
 protected:
  using Options = SourceOptions<Text, Text>;

  TestDriver& driver(Timestamp<Text, Text> timestamp) {
    Builder builder;
    builder.stream<Text, Text>("in", Options{.name = "source", .timestamp = std::move(timestamp)}).to("out");
    return driver_.emplace(builder.build());
  }
  void pipe(const Text& value, std::int64_t timestamp_ms) {
    driver_->input<Text, Text>("in").pipe("k", value, timestamp_ms);
  }
  Texts out() { return driver_->output<Text, Text>("out").read_all(); }
  Text error_of(const Text& value, std::int64_t timestamp_ms) {
    try {
      pipe(value, timestamp_ms);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  }

  std::optional<TestDriver> driver_;
};

TEST_F(TimestampTest, without_a_rule_a_record_without_a_time_is_left_out_and_counted) {
  driver({});
  pipe("a", -1);
  pipe("b", 5);
  EXPECT_EQ(out(), (Texts{{"k", "b", 5}}));
  EXPECT_EQ(driver_->statistics().skipped_timestamp, 1u);
}

TEST_F(TimestampTest, fail_on_invalid_timestamp_ends_the_run_with_the_place) {
  driver(fail_on_invalid_timestamp);
  pipe("a", 5);
  const Text error = error_of("b", -1);
  for (const char* part : {"in-0", "offset 1", "timestamp is -1"}) EXPECT_NE(error.find(part), Text::npos) << error;
}

TEST_F(TimestampTest, log_and_skip_leaves_an_invalid_record_out_and_counts_it) {
  driver(log_and_skip_on_invalid_timestamp);
  pipe("a", -1);
  pipe("b", 5);
  EXPECT_EQ(out(), (Texts{{"k", "b", 5}}));
  EXPECT_EQ(driver_->statistics().skipped_timestamp, 1u);
}

TEST_F(TimestampTest, use_partition_time_gives_an_invalid_record_the_highest_time_before_it) {
  driver(use_partition_time_on_invalid_timestamp);
  pipe("a", 7);
  pipe("b", 5);
  pipe("c", -1);
  EXPECT_EQ(out(), (Texts{{"k", "a", 7}, {"k", "b", 5}, {"k", "c", 7}}));
}

TEST_F(TimestampTest, use_partition_time_fails_before_the_partition_has_a_time) {
  driver(use_partition_time_on_invalid_timestamp);
  const Text error = error_of("a", -1);
  EXPECT_NE(error.find("no record before it gave its partition a time"), Text::npos) << error;
}

TEST_F(TimestampTest, wall_clock_does_not_ask_the_record) {
  driver(wall_clock_timestamp).advance_wall_clock(Millis(42));
  pipe("a", 7);
  pipe("b", -1);
  EXPECT_EQ(out(), (Texts{{"k", "a", 42}, {"k", "b", 42}}));
}

TEST_F(TimestampTest, a_callable_may_take_key_and_value) {
  driver([](const Text& key, const Text& value) { return static_cast<std::int64_t>(key.size() * 100 + value.size()); });
  pipe("abc", 7);
  EXPECT_EQ(out(), (Texts{{"k", "abc", 103}}));
}

TEST_F(TimestampTest, a_callable_may_take_all_that_is_known_of_a_record) {
  std::vector<Text> seen;
  driver([&](const InputRecord<Text, Text>& record) {
    seen.push_back(record.topic() + "-" + std::to_string(record.partition().value()) + "@" +
                   std::to_string(record.offset().value()) + " " + record.key() + "=" + record.value() + " at " +
                   std::to_string(record.timestamp_ms()) + " after " + std::to_string(record.partition_time_ms()) +
                   ", clock " + std::to_string(record.wall_time_ms()) + ", headers " +
                   std::to_string(record.headers().size()));
    return record.timestamp_ms() + 1'000;
  });
  pipe("a", 7);
  driver_->advance_wall_clock(Millis(9));
  driver_->input<Text, Text>("in").pipe("k", "b", -4, {{"when", OwnedBytes("now")}});
  EXPECT_EQ(seen, (std::vector<Text>{"in-0@0 k=a at 7 after -1, clock 0, headers 0",
                                     "in-0@1 k=b at -4 after 1007, clock 9, headers 1"}));
  EXPECT_EQ(out(), (Texts{{"k", "a", 1'007}, {"k", "b", 996, {{"when", OwnedBytes("now")}}}}));
}

TEST_F(TimestampTest, what_a_callable_throws_ends_the_run_with_source_and_place) {
  driver([](const Text& value) { return std::stoll(value); });
  pipe("5", 0);
  const Text error = error_of("five", 0);
  for (const char* part : {"source", "in-0", "offset 1", "stoll"}) EXPECT_NE(error.find(part), Text::npos) << error;
}

TEST(Timestamp, a_deletion_of_a_table_is_asked_about_by_those_only_who_know_null) {
  auto times_with = [](Timestamp<Text, std::optional<Text>> timestamp) {
    Builder builder;
    builder.table<Text, Text>("in", {}, {.timestamp = std::move(timestamp)}).to_stream().to("out");
    TestDriver driver(builder.build());
    auto in = driver.input<Text, std::optional<Text>>("in");
    in.pipe("k", "value", 1);
    in.pipe("k", std::nullopt, 2);
    std::vector<std::int64_t> times;
    for (const auto& record : driver.output<Text, std::optional<Text>>("out").read_all()) {
      times.push_back(record.timestamp_ms);
    }
    return times;
  };
  using Times = std::vector<std::int64_t>;
  EXPECT_EQ(times_with([](const Text&) { return 100; }), (Times{100, 2}));
  EXPECT_EQ(times_with([](const Text&, const Text&) { return 100; }), (Times{100, 2}));
  EXPECT_EQ(times_with([](const Text*) { return 100; }), (Times{100, 100}));
  EXPECT_EQ(times_with([](const Text&, const std::optional<Text>& value) { return value ? 100 : 200; }),
            (Times{100, 200}));
  EXPECT_EQ(times_with([](const InputRecord<Text, std::optional<Text>>& record) { return record.value() ? 100 : 200; }),
            (Times{100, 200}));
}

// The second record has no key, and is left out where it is decoded.
TEST(Timestamp, a_record_that_is_left_out_moves_time_by_the_rule_and_without_asking_a_callable) {
  auto last_time = [](Timestamp<Text, Text> timestamp) {
    std::int64_t stream_time_ms = 0;
    Builder builder;
    builder.stream<Text, Text>("in", SourceOptions<Text, Text>{.timestamp = std::move(timestamp)})
        .process<Text, Text>([&](ProcessorContext<Text, Text>& context, const ProcessorRecord<Text, Text>&) {
          stream_time_ms = context.stream_time_ms();
        });
    TestDriver driver(builder.build());
    auto in = driver.input<std::optional<Text>, Text>("in");
    in.pipe(std::nullopt, "value", 500);
    in.pipe("k", "value", 100);
    return stream_time_ms;
  };
  EXPECT_EQ(last_time({}), 500);
  EXPECT_EQ(last_time([](const Text& key, const Text&) { return static_cast<std::int64_t>(key.size()); }), 500);
  EXPECT_EQ(last_time(wall_clock_timestamp), 0);
}

TEST(Timestamp, topics_between_stages_keep_the_time_that_was_found) {
  Builder builder;
  builder
      .stream<Text, Text>("in", {.timestamp =
                                     [](const Text& value) {
                                       return std::stoll(value);
                                     }})
      .select_key([](const Text& value) { return value; })
      .repartition({.name = "by-value"})
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("in").pipe("k", "77", 1);
  EXPECT_EQ((driver.output<Text, Text>("out").read_all()), (Texts{{"77", "77", 77}}));
}

}  // namespace
}  // namespace weir::streams
