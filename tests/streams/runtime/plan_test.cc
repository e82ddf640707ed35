// Plans: which topics there are, how many partitions they have, and what does not fit together.
#include "streams/runtime/plan.h"

#include <gtest/gtest.h>

#include "streams/streams.h"

namespace weir::streams {
namespace {

using Text = std::string;

Text concat(const Text& left, const Text& right) {
  return left + right;
}

// Topics have as many partitions as their names say: "left-3".
Result<Plan> plan_of(const Topology& topology) {
  auto partitions_of = [](const std::string& topic) -> Result<std::int32_t> {
    return std::stoi(topic.substr(topic.find('-') + 1));
  };
  return make_plan(topology, "app", {partitions_of});
}

TEST(Plan, inputs_of_a_join_with_different_numbers_of_partitions_are_told_with_both) {
  auto expect_told = [](const Topology& topology) {
    auto plan = plan_of(topology);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, ErrorCode::invalid_config);
    const Text text = plan.error().to_string();
    for (const char* part : {"left-3", "3 partitions", "right-2", "2"}) {
      EXPECT_NE(text.find(part), Text::npos) << text;
    }
  };
  Builder streams;
  streams.stream<Text, Text>("left-3")
      .join(streams.stream<Text, Text>("right-2"), concat, within(Millis(5)))
      .to("out-1");
  expect_told(streams.build());

  Builder tables;
  tables.table<Text, Text>("left-3").join(tables.table<Text, Text>("right-2"), concat).to_stream().to("out-1");
  expect_told(tables.build());

  Builder grouped;
  auto add = [](const Text& value, Text& all) {
    all += value;
  };
  grouped.stream<Text, Text>("left-3")
      .group_by_key()
      .cogroup<Text>(add)
      .cogroup(grouped.stream<Text, Text>("right-2").group_by_key(), add)
      .aggregate([] { return Text(); });
  expect_told(grouped.build());
}

TEST(Plan, a_topic_of_its_own_whose_name_would_be_too_long_is_told_before_one_is_made) {
  auto plan_for = [](const Topology& topology, const Text& application_id) {
    return make_plan(topology, application_id, {[](const Text&) -> Result<std::int32_t> {
                       return 1;
                     }});
  };
  auto refused = [](const Result<Plan>& plan, std::size_t length) {
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code, ErrorCode::invalid_config);
    for (const Text& part : {std::to_string(length), Text("249"), Text("application_id")}) {
      EXPECT_NE(plan.error().to_string().find(part), Text::npos) << plan.error().to_string();
    }
  };
  Builder store;
  store.stream<Text, Text>("in").group_by_key().count({.store = Text(236, 's')});
  const Topology counting = store.build();
  refused(plan_for(counting, "app"), 250);  // app-...-changelog
  EXPECT_TRUE(plan_for(counting, "ap"));
  Builder repartition;
  repartition.stream<Text, Text>("in").repartition({.name = "by-key"}).to("out");
  const Topology dividing = repartition.build();
  refused(plan_for(dividing, Text(231, 'a')), 250);  // ...-by-key-repartition
  EXPECT_TRUE(plan_for(dividing, Text(230, 'a')));
}

TEST(Plan, a_side_that_goes_through_a_topic_has_as_many_partitions_as_the_other) {
  Builder builder;
  auto left = builder.stream<Text, Text>("left-3");
  auto right = builder.stream<Text, Text>("right-2").select_key([](const Text& value) { return value; });
  left.join(right, concat, within(Millis(5)), {.store = "pairs"}).to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->partitions.at("app-pairs-right-repartition"), 3);
}

TEST(Plan, stages_of_a_foreign_key_join_keep_the_partitions_of_their_tables) {
  Builder builder;
  builder.table<Text, Text>("left-3")
      .join(builder.table<Text, Text>("right-2"), [](const Text& value) { return value; }, concat, {.store = "joined"})
      .to_stream()
      .to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->partitions.at("app-joined-subscriptions-repartition"), 2);
  EXPECT_EQ(plan->partitions.at("app-joined-answers-repartition"), 3);
}

TEST(Plan, a_global_table_may_have_any_number_of_partitions_and_no_changelog) {
  Builder builder;
  builder.stream<Text, Text>("in-3")
      .join(
          builder.global_table<Text, Text>("table-7"), [](const Text& value) { return value; }, concat)
      .to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->tasks().size(), 3u);
  EXPECT_TRUE(plan->own_topics.empty());
}

TEST(Plan, topics_of_one_stream_are_one_stage_with_as_many_tasks_as_the_largest_has_partitions) {
  Builder builder;
  builder.stream<Text, Text>({"few-1", "many-3"}).filter([](const Text&) { return true; }).to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->tasks_of_stage, std::vector<std::int32_t>{3});
  std::vector<std::vector<Text>> inputs;
  for (const TaskId& task : plan->tasks()) {
    inputs.emplace_back();
    for (const auto& input : plan->inputs_of(task)) inputs.back().push_back(input.partition.topic);
  }
  EXPECT_EQ(inputs, (std::vector<std::vector<Text>>{{"few-1", "many-3"}, {"many-3"}, {"many-3"}}));
}

TEST(Plan, topics_of_one_stream_above_a_store_must_have_the_same_number_of_partitions) {
  Builder builder;
  builder.stream<Text, Text>({"few-1", "many-3"}).group_by_key().count({.store = "counts"}).to_stream().to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code, ErrorCode::invalid_config);
  for (const char* part : {"few-1", "many-3", "counts"}) {
    EXPECT_NE(plan.error().to_string().find(part), Text::npos) << plan.error().to_string();
  }
}

TEST(Plan, a_repartition_below_several_topics_has_as_many_partitions_as_the_largest) {
  Builder builder;
  builder.stream<Text, Text>({"few-1", "many-3"})
      .group_by([](const Text& value) { return value; })
      .count({.store = "counts"});
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  EXPECT_EQ(plan->partitions.at("app-counts-repartition"), 3);
}

TEST(Plan, buffers_of_joins_are_cleaned_up_when_their_records_are_over) {
  Builder builder;
  builder.stream<Text, Text>("left-1")
      .join(builder.stream<Text, Text>("right-1"), concat, within(Millis(1'000)).grace(Millis(500)), {.store = "pairs"})
      .to("out-1");
  auto topology = builder.build();
  auto plan = plan_of(topology);
  ASSERT_TRUE(plan) << plan.error().to_string();
  ASSERT_EQ(plan->own_topics.size(), 2u);
  constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;
  for (const auto& topic : plan->own_topics) {
    EXPECT_EQ(topic.configs.at("cleanup.policy"), "compact,delete");
    EXPECT_EQ(topic.configs.at("retention.ms"), std::to_string(2'500 + kDayMs));
  }
}

}  // namespace
}  // namespace weir::streams
