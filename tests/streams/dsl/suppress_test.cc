// What suppress holds back, and when it lets it go.
#include <string>

#include <gtest/gtest.h>

#include "streams/streams.h"

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
