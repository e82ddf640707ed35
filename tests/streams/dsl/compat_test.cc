// Compat::kafka: what it changes, and that it changes nothing where records come in order. What Kafka Streams gave for
// the cases that it follows is in tests/vectors/data/streams/quirk.jsonl.
#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using namespace std::chrono_literals;
using Text = std::string;
using Results = std::vector<TestRecord<Text, Text>>;

Topology outer_join(Compat compat, const JoinWindows& windows) {
  auto text = [](const Text* value) {
    return value != nullptr ? *value : Text("-");
  };
  Builder builder({.compat = compat});
  auto left = builder.stream<Text, Text>("left");
  auto right = builder.stream<Text, Text>("right");
  left.outer_join(
          right, [text](const Text* l, const Text* r) { return text(l) + text(r); }, windows)
      .to("out");
  return builder.build();
}

TEST(Compat, a_late_record_still_finds_the_partners_that_the_buffer_holds) {
  auto results = [](Compat compat) {
    TestDriver driver(outer_join(compat, within(10ms)));
    driver.input<Text, Text>("left").pipe("a", "l", 10);
    driver.input<Text, Text>("right").pipe("a", "r", 15);
    driver.input<Text, Text>("left").pipe("a", "m", 4);
    driver.input<Text, Text>("left").pipe("b", "late", 2);
    driver.input<Text, Text>("left").pipe("a", "n", 26);
    driver.input<Text, Text>("left").pipe("a", "late", 6);
    return driver.output<Text, Text>("out").read_all();
  };
  EXPECT_EQ(results(Compat::documented), (Results{{"a", "lr", 15}}));
  EXPECT_EQ(results(Compat::kafka), (Results{{"a", "lr", 15}, {"a", "m-", 4}, {"b", "late-", 2}, {"a", "later", 15}}));
}

TEST(Compat, records_that_come_in_order_are_joined_alike) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](unsigned n) {
      return static_cast<std::int64_t>(random() % n);
    };
    const auto windows = within(Millis(1 + below(9))).grace(Millis(1 + below(5)));
    TestDriver documented(outer_join(Compat::documented, windows));
    TestDriver kafka(outer_join(Compat::kafka, windows));
    std::int64_t time = 0;
    auto pipe = [&](const Text& topic, const Text& key, const Text& value) {
      documented.input<Text, Text>(topic).pipe(key, value, time);
      kafka.input<Text, Text>(topic).pipe(key, value, time);
    };
    for (int i = 0; i < 60; ++i) {
      time += below(3) == 0 ? below(12) : below(3);
      pipe(below(2) == 0 ? "left" : "right", Text(1, static_cast<char>('a' + below(3))), std::to_string(i));
    }
    documented.close_windows();
    kafka.close_windows();
    auto sorted = [](TestDriver& driver) {  // those without a partner may go at other times
      Results all = driver.output<Text, Text>("out").read_all();
      std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
        return std::tie(a.key, a.value, a.timestamp_ms) < std::tie(b.key, b.value, b.timestamp_ms);
      });
      return all;
    };
    ASSERT_EQ(sorted(kafka), sorted(documented)) << "seed " << seed;
  }
}

TEST(Compat, the_first_update_of_an_aggregate_has_the_initial_value_as_its_old_value) {
  auto total = [](Compat compat) {
    Builder builder({.compat = compat});
    auto all = [](const Text&, const Text& sum) {
      return std::pair(Text("all"), sum);
    };
    auto followed = [](const char* how) {
      return [how](const Text& sum, const Text& seen) {
        return seen + how + sum;
      };
    };
    builder.stream<Text, Text>("in")
        .group_by_key()
        .aggregate([] { return Text("0"); }, [](const Text& value, Text& sum) { sum += value; })
        .group_by(all)
        .aggregate([] { return Text(); }, followed("+"), followed("-"))
        .to_stream()
        .to("out");
    TestDriver driver(builder.build());
    auto in = driver.input<Text, Text>("in");
    in.pipe("a", "1", 1);
    in.pipe("b", "2", 2);
    return driver.output<Text, Text>("out").read_map().at("all");
  };
  EXPECT_EQ(total(Compat::documented), "+01+02");
  EXPECT_EQ(total(Compat::kafka), "+01-0+02");  // nothing is subtracted from a row that is not there
}

}  // namespace
}  // namespace weir::streams
