// What a new program means for the data of an old one.
#include "streams/topology/topology_diff.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "streams/streams.h"

namespace weir::streams::topology_diff_test {
namespace {

using Text = std::string;
using Describe = std::function<void(Builder&)>;

std::vector<TopologyChange> diff(const Describe& before, const Describe& after, const Optimizations& optimized = {}) {
  Builder old_builder;
  before(old_builder);
  Builder new_builder({.optimizations = optimized});
  after(new_builder);
  return topology_diff(old_builder.build().description(), new_builder.build().description());
}

// The effect on one thing, if it changed.
std::optional<Effect> on(const std::vector<TopologyChange>& changes, const Text& what) {
  std::optional<Effect> most;
  for (const auto& change : changes) {
    if (change.what == what) most = std::max(most.value_or(change.effect), change.effect);
  }
  return most;
}

Text meaning(const std::vector<TopologyChange>& changes, const Text& what) {
  Text text;
  for (const auto& change : changes) {
    if (change.what == what) text += change.meaning + "\n";
  }
  return text;
}

auto grouped(Builder& builder) {
  return builder.stream<Text, Text>("in").group_by([](const Text& value) { return value; });
}

void counting(Builder& builder) {
  grouped(builder).count({.store = "counts"}).to_stream().to("out");
}

TEST(TopologyDiff, the_same_program_has_no_changes) {
  EXPECT_TRUE(diff(counting, counting).empty());
}

TEST(TopologyDiff, stateless_operators_come_and_go_without_loss) {
  auto changes = diff(counting, [](Builder& builder) {
    counting(builder);
    builder.stream<Text, Text>("in").filter([](const Text&) { return true; }).to("too");
  });
  EXPECT_EQ(on(changes, "operator in.filter"), Effect::none);
  EXPECT_NE(meaning(changes, "operator in.filter.to").find("topic too is written"), Text::npos);
  EXPECT_TRUE(is_compatible(changes));
}

TEST(TopologyDiff, a_store_that_gives_up_its_changelog_goes_on_with_its_disk_and_nothing_else) {
  auto without = [](Builder& b) {
    grouped(b).count({.store = "counts", .without_changelog = true}).to_stream().to("out");
  };
  auto without_and_in_memory = [](Builder& b) {
    grouped(b).count({.store = "counts", .in_memory = true, .without_changelog = true}).to_stream().to("out");
  };
  EXPECT_EQ(on(diff(counting, without), "store counts"), Effect::none);
  EXPECT_EQ(on(diff(counting, without_and_in_memory), "store counts"), Effect::loses);
  EXPECT_EQ(on(diff(without, without_and_in_memory), "store counts"), Effect::loses);
  EXPECT_EQ(on(diff(without, counting), "store counts"), Effect::loses) << "its new changelog is empty";
  EXPECT_TRUE(diff(without, without).empty());
}

TEST(TopologyDiff, a_global_table_is_read_again_of_another_topic_and_cannot_read_rows_of_another_type) {
  auto looking = [](const Text& topic, auto value) {
    return [=](Builder& b) {
      (void)b.global_table<Text, decltype(value)>(topic, {.name = "names"});
      b.stream<Text, Text>("in").to("out");
    };
  };
  EXPECT_EQ(on(diff(looking("one", Text()), looking("other", Text())), "global table names"), Effect::rebuilt);
  EXPECT_EQ(on(diff(looking("one", Text()), looking("one", 1.5)), "global table names"), Effect::loses);
}

TEST(TopologyDiff, a_store_with_another_name_is_lost_and_its_likely_successor_named) {
  auto changes = diff(counting, [](Builder& b) { grouped(b).count({.store = "numbers"}).to_stream().to("out"); });
  EXPECT_EQ(on(changes, "store counts"), Effect::loses);
  EXPECT_NE(meaning(changes, "store counts").find("If it is now called numbers"), Text::npos);
  EXPECT_EQ(on(changes, "store numbers"), Effect::begins_empty);
  EXPECT_EQ(on(changes, "topic counts-repartition"), Effect::loses) << "records on their way";
  EXPECT_FALSE(is_compatible(changes));
}

TEST(TopologyDiff, a_new_store_begins_empty_and_nothing_is_lost) {
  auto changes = diff(counting, [](Builder& b) {
    counting(b);
    b.stream<Text, Text>("in").group_by_key().count({.store = "more"});
  });
  EXPECT_EQ(on(changes, "store more"), Effect::begins_empty);
  EXPECT_EQ(on(changes, "store counts"), std::nullopt);
  EXPECT_TRUE(is_compatible(changes));
}

TEST(TopologyDiff, a_store_of_another_kind_or_type_cannot_be_taken_over) {
  auto other_type = diff(counting, [](Builder& b) {
    grouped(b).reduce([](Text&, const Text&) {}, {.store = "counts"}).to_stream().to("out");
  });
  EXPECT_EQ(on(other_type, "store counts"), Effect::loses);
  EXPECT_NE(meaning(other_type, "store counts").find("was std::int64_t, is std::string"), Text::npos);
  auto other_kind =
      diff(counting, [](Builder& b) { grouped(b).windowed_by(tumbling(Millis(5))).count({.store = "counts"}); });
  EXPECT_NE(meaning(other_kind, "store counts").find("was key_value, is window"), Text::npos);
  EXPECT_FALSE(is_compatible(other_kind));
}

TEST(TopologyDiff, windows_of_another_size_do_not_fit_but_another_grace_does) {
  auto windows = [](Millis size, Millis grace) {
    return [=](Builder& b) {
      grouped(b).windowed_by(tumbling(size).grace(grace)).count({.store = "counts"});
    };
  };
  auto size = diff(windows(Millis(10), Millis(0)), windows(Millis(20), Millis(0)));
  EXPECT_EQ(on(size, "store counts"), Effect::loses);
  EXPECT_NE(meaning(size, "store counts").find("size_ms=20"), Text::npos) << meaning(size, "store counts");
  auto grace = diff(windows(Millis(10), Millis(0)), windows(Millis(10), Millis(5)));
  EXPECT_EQ(on(grace, "store counts"), Effect::none);
  EXPECT_NE(meaning(grace, "store counts").find("retention"), Text::npos);
  EXPECT_TRUE(is_compatible(grace));
}

TEST(TopologyDiff, a_repartition_topic_with_another_number_of_partitions_is_incompatible) {
  auto with = [](int partitions) {
    return [=](Builder& b) {
      b.stream<Text, Text>("in").repartition({.name = "through", .partitions = partitions}).to("out");
    };
  };
  auto changes = diff(with(2), with(3));
  EXPECT_EQ(on(changes, "topic through-repartition"), Effect::loses);
  EXPECT_NE(meaning(changes, "topic through-repartition").find("was 2, is 3"), Text::npos);
}

TEST(TopologyDiff, a_store_that_moves_is_read_again) {
  auto changes = diff(
      counting, [](Builder& b) { grouped(b).count({.store = "counts", .in_memory = true}).to_stream().to("out"); });
  EXPECT_EQ(on(changes, "store counts"), Effect::rebuilt);
  EXPECT_TRUE(is_compatible(changes));
}

void table_join(Builder& b) {
  auto table = b.table<Text, Text>("rows", {.store = "rows"});
  b.stream<Text, Text>("in").join(table, [](const Text& left, const Text&) { return left; }).to("out");
}

TEST(TopologyDiff, a_source_topic_becomes_a_changelog_by_reading_it_but_not_the_other_way_round) {
  auto switched_on = diff(table_join, table_join, all_optimizations);
  EXPECT_EQ(on(switched_on, "store rows"), Effect::rebuilt);
  EXPECT_TRUE(is_compatible(switched_on));
  Builder optimized({.optimizations = all_optimizations});
  table_join(optimized);
  Builder plain;
  table_join(plain);
  auto switched_off = topology_diff(optimized.build().description(), plain.build().description());
  EXPECT_EQ(on(switched_off, "store rows"), Effect::loses);
}

TEST(TopologyDiff, a_name_that_depends_on_the_order_is_no_name) {
  auto changes = diff([](Builder& b) { b.stream<Text, Text>("in").group_by_key().count(); },
                      [](Builder& b) {
                        auto by_key = b.stream<Text, Text>("in").group_by_key();
                        by_key.count();
                        by_key.count();
                      });
  EXPECT_EQ(on(changes, "store in.count"), Effect::loses);
  EXPECT_FALSE(is_compatible(changes));
}

TEST(TopologyDiff, says_when_policies_beginnings_calls_or_partitioners_change) {
  auto changes = diff(
      [](Builder& b) {
        b.stream<Text, Text>("in", {.name = "in"})
            .map_async([](const Text& value) { return value; },
                       {.name = "ask", .on_error = retry_later({.attempts = 1, .backoff = Millis(5)})})
            .to("out", {.name = "out"});
      },
      [](Builder& b) {
        b.stream<Text, Text>("in", {.name = "in", .on_error = dead_letter("unreadable"), .start = Start::end})
            .map_async([](const Text& value) { return value; },
                       {.name = "ask", .on_error = retry(2).then(skip()), .timeout = Millis(200)})
            .to("out", {.name = "out", .partition = [](const Text&, const Text&, std::int32_t) {
                          return 0;
                        }});
      });
  EXPECT_EQ(meaning(changes, "operator in"),
            "begins at the end of partitions of which no position is committed\n"
            "errors: was that of the application, is dead_letter to unreadable: counts from now on; topic unreadable "
            "must be there\n");
  const Text ask = meaning(changes, "operator ask");
  EXPECT_NE(ask.find("async: was 100 in flight, of_records, 10000 ms, 4 threads, is 100 in flight, of_records, 200 ms"),
            Text::npos)
      << ask;
  EXPECT_NE(ask.find("errors: was retry_later 1 times after 5 ms, times 2, then fail, is retry 2 times, then skip"),
            Text::npos)
      << ask;
  EXPECT_NE(meaning(changes, "operator out").find("partitions are chosen by a callable from now on"), Text::npos);
  EXPECT_EQ(on(changes, "topic ask-1-retry"), Effect::loses) << "records that wait there";
}

TEST(TopologyDiff, a_repartition_topic_with_another_partitioner_is_incompatible) {
  auto with = [](RepartitionPartitioner<Text, Text> partitioner) {
    return [=](Builder& b) {
      b.stream<Text, Text>("in").repartition({.name = "through", .partition = partitioner}).to("out");
    };
  };
  auto changes = diff(with({}), with([](const Text&, const Text&, std::int32_t) { return 0; }));
  EXPECT_EQ(on(changes, "topic through-repartition"), Effect::loses);
  EXPECT_NE(meaning(changes, "topic through-repartition").find("chosen by a callable"), Text::npos);
}

TEST(TopologyDiff, every_change_of_an_operator_says_what_it_was) {
  auto changes = diff([](Builder& b) { b.stream<Text, Text>("in").to("a", {.name = "out"}); },
                      [](Builder& b) { b.stream<Text, Text>("in").to("b", {.name = "out"}); });
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0], (TopologyChange{"operator out", "writes: was a, is b", Effect::none}));
}

}  // namespace
}  // namespace weir::streams::topology_diff_test
