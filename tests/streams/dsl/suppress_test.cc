// What suppress holds back, and when it lets it go.
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Change = std::optional<std::string>;
using Counts = std::vector<TestRecord<Windowed<Text>, std::int64_t>>;

TEST(Suppress, until_the_window_closes_there_is_one_result_a_window) {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by_key()
      .windowed_by(tumbling(Millis(10)).grace(Millis(5)))
      .count()
      .suppress(UntilWindowCloses{})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Text>("in");
  for (std::int64_t time : {1, 2, 12, 3}) in.pipe("k", "v", time);
  EXPECT_TRUE((driver.output<Windowed<Text>, std::int64_t>("out").is_empty()));
  in.pipe("k", "v", 15);
  EXPECT_EQ((driver.output<Windowed<Text>, std::int64_t>("out").read_all()), (Counts{{{"k", {0, 10}}, 3, 3}}));
  driver.close_windows();
  EXPECT_EQ((driver.output<Windowed<Text>, std::int64_t>("out").read_all()), (Counts{{{"k", {10, 20}}, 2, 15}}));
}

TEST(Suppress, until_a_time_limit_a_key_keeps_the_place_of_its_first_change) {
  Builder builder;
  builder.table<Text, Text>("rows").suppress(UntilTimeLimit{Millis(10)}).to_stream().to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("rows");
  in.pipe("a", "1", 0);
  in.pipe("a", "2", 9);
  in.pipe("b", "1", 10);
  EXPECT_EQ((driver.output<Text, Change>("out").read_all()), (std::vector<TestRecord<Text, Change>>{{"a", "2", 9}}));
}

TEST(Suppress, the_oldest_goes_early_when_there_are_too_many_keys) {
  Builder builder;
  builder.table<Text, Text>("rows").suppress(UntilTimeLimit{Millis(1000), 1}).to_stream().to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Change>("rows").pipe("a", "1", 0);
  driver.input<Text, Change>("rows").pipe("b", "1", 1);
  EXPECT_EQ((driver.output<Text, Change>("out").read_all()), (std::vector<TestRecord<Text, Change>>{{"a", "1", 0}}));
}

TEST(Suppress, the_oldest_go_early_when_there_are_too_many_bytes) {
  Builder builder;
  // A row of one letter: a key of 1, a place of 8, and sizes of 4 with what they are of.
  constexpr std::size_t kRow = 1 + 8 + 4 + 1 + 4 + 4;
  builder.table<Text, Text>("rows")
      .suppress(UntilTimeLimit{.limit = Millis(1000), .max_bytes = 2 * kRow})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<Text, Change>("rows");
  auto sent = [&] {
    return driver.output<Text, Change>("out").read_all();
  };
  in.pipe("a", "1", 0);
  in.pipe("b", "1", 1);
  EXPECT_TRUE(sent().empty());
  in.pipe("b", "longer", 2);  // a row may grow, too; it keeps its place
  EXPECT_EQ(sent(), (std::vector<TestRecord<Text, Change>>{{"a", "1", 0}}));
  in.pipe("c", "much longer than two rows of one letter", 3);
  EXPECT_EQ(sent(), (std::vector<TestRecord<Text, Change>>{{"b", "longer", 2},
                                                           {"c", "much longer than two rows of one letter", 3}}));
}

std::string stopped_by(TestDriver& driver, const Text& key, std::int64_t time) {
  try {
    driver.input<Text, Text>("in").pipe(key, "v", time);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "it went through";
}

TEST(Suppress, a_limit_that_stops_ends_the_run_and_names_the_operator_and_the_place) {
  Builder builder;
  builder.table<Text, Text>("in")
      .suppress(UntilTimeLimit{.limit = Millis(1000), .max_keys = 1, .when_full = WhenFull::stop},
                {.store = "held", .on_error = skip()})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("in").pipe("a", "1", 0);
  driver.input<Text, Text>("in").pipe("a", "2", 1);
  const std::string error = stopped_by(driver, "b", 2);
  for (const char* part : {"operator held.suppress", "2 keys", "in-0", "offset 2"}) {
    EXPECT_NE(error.find(part), std::string::npos) << error;
  }
}

TEST(Suppress, windows_that_wait_for_their_end_may_have_a_limit_and_it_stops) {
  auto topology = [](const UntilWindowCloses& until) {
    Builder builder;
    builder.stream<Text, Text>("in")
        .group_by_key()
        .windowed_by(tumbling(Millis(10)))
        .count()
        .suppress(until)
        .to_stream()
        .to("out");
    return builder.build();
  };
  TestDriver by_keys(topology({.max_keys = 2}));
  for (std::int64_t time : {1, 11, 21}) by_keys.input<Text, Text>("in").pipe("k", "v", time);  // one at a time is open
  by_keys.input<Text, Text>("in").pipe("l", "v", 22);
  EXPECT_NE(stopped_by(by_keys, "m", 23).find("3 keys"), std::string::npos);
  TestDriver by_bytes(topology({.max_bytes = 60}));
  by_bytes.input<Text, Text>("in").pipe("k", "v", 1);
  EXPECT_NE(stopped_by(by_bytes, std::string(60, 'l'), 2).find(" bytes"), std::string::npos);
}

TEST(Suppress, a_limit_holds_for_what_an_attempt_took_back_as_if_it_had_never_been) {
  Builder builder;
  int calls = 0;
  builder.table<Text, Text>("in")
      .suppress(UntilTimeLimit{.limit = Millis(1000), .max_keys = 2})
      .map_values(
          [&calls](const Text& value) {
            if (++calls == 1) throw std::runtime_error("not yet");
            return value;
          },
          {.on_error = retry(1)})
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  for (const char* key : {"a", "b", "c", "d"}) driver.input<Text, Text>("in").pipe(key, "v", 0);
  EXPECT_EQ((driver.output<Text, Text>("out").read_all()),
            (std::vector<TestRecord<Text, Text>>{{"a", "v", 0}, {"b", "v", 0}}));
}

TEST(Suppress, a_look_up_sees_what_was_let_go) {
  Builder builder;
  auto held = builder.table<Text, Text>("rows").suppress(UntilTimeLimit{Millis(10)});
  builder.stream<Text, Text>("in")
      .left_join(held, [](const Text&, const Text* row) { return row ? *row : Text("none"); })
      .to("out");
  TestDriver driver(builder.build());
  auto rows = driver.input<Text, Change>("rows");
  auto look = [&] {
    driver.input<Text, Text>("in").pipe("a", "?");
    return driver.output<Text, Text>("out").read()->value;
  };
  rows.pipe("a", "1", 0);
  EXPECT_EQ(look(), "none");
  rows.pipe("b", "1", 10);
  EXPECT_EQ(look(), "1");
  rows.pipe("a", "2", 11);
  EXPECT_EQ(look(), "1");
}

TEST(Suppress, windows_that_never_close_are_an_error) {
  Builder builder;
  auto counts = builder.stream<Text, Text>("in").group_by_key().windowed_by(unlimited(Millis(0))).count();
  EXPECT_THROW(counts.suppress(UntilWindowCloses{}), TopologyError);
}

TEST(Suppress, what_is_held_back_comes_back_from_its_store_as_it_was) {
  HeldChange<Text> change{7, "fresh", std::nullopt, ""};
  OwnedBytes scratch;
  HeldChange<Text> back;
  const Bytes bytes = Serde<HeldChange<Text>>::encode(change, scratch);
  ASSERT_TRUE(Serde<HeldChange<Text>>::decode(bytes, back));
  EXPECT_EQ(back.place_ms, 7);
  EXPECT_EQ(back.fresh, "fresh");
  EXPECT_EQ(back.old, std::nullopt);
  EXPECT_EQ(back.seen, "");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Serde<HeldChange<Text>>::decode(bytes.substr(0, size), back)) << size;
  }
}

}  // namespace
}  // namespace weir::streams
