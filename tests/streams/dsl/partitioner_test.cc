// Partitioners: records go to the partitions that they name: one, several, all, none, or where the key's hash says.
#include <set>

#include <gtest/gtest.h>

#include "log/model/placement.h"
#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Places = std::map<Text, std::multiset<std::int32_t>>;  // of a value: the partitions in which it was seen

constexpr std::int32_t kPartitions = 4;

// Writes to "middle" and says in which partitions what arrived there.
Topology through_middle(const SinkOptions<Text, Text>& options, bool is_dynamic = false) {
  Builder builder;
  auto in = builder.stream<Text, Text>("in");
  if (is_dynamic) {
    in.to([](const Text&, const Text&) { return "middle"; }, options);
  } else {
    in.to("middle", options);
  }
  builder.stream<Text, Text>("middle")
      .process<Text, std::int32_t>(
          [](ProcessorContext<Text, std::int32_t>& context, const ProcessorRecord<Text, Text>& record) {
            context.forward(record.value(), context.metadata()->partition.value());
          })
      .to("out");
  return builder.build();
}

Places places(TestDriver& driver, const std::vector<std::pair<Text, Text>>& records) {
  for (const auto& [key, value] : records) driver.input<Text, Text>("in").pipe(key, value);
  Places found;
  for (const auto& record : driver.output<Text, std::int32_t>("out").read_all()) found[record.key].insert(record.value);
  return found;
}

// A value says where it wants to go.
Partitions as_it_says(const Text&, const Text& value, std::int32_t) {
  if (value == "everywhere") return Partitions::all();
  if (value == "nowhere") return Partitions::none();
  if (value == "home") return Partitions::by_key();
  if (value == "ends") return {3, 0, 3};
  if (value == "outside") return {0, kPartitions};
  return value.back() - '0';
}

TEST(Partitioner, of_a_sink_sends_to_one_partition_to_several_to_all_or_where_the_key_says) {
  for (bool is_dynamic : {false, true}) {
    TestDriver driver(through_middle({.partition = as_it_says}, is_dynamic), {.partitions = kPartitions});
    const std::int32_t home = log::partition_of_key("k", kPartitions).value();
    EXPECT_EQ(places(driver, {{"k", "to 2"}, {"k", "ends"}, {"k", "everywhere"}, {"k", "home"}}),
              (Places{{"to 2", {2}}, {"ends", {0, 3}}, {"everywhere", {0, 1, 2, 3}}, {"home", {home}}}));
    EXPECT_EQ(driver.statistics().dropped_no_partition, 0u);
  }
}

TEST(Partitioner, of_a_sink_that_names_no_partition_leaves_the_record_out_and_it_is_counted) {
  TestDriver driver(through_middle({.partition = as_it_says}), {.partitions = kPartitions});
  EXPECT_EQ(places(driver, {{"k", "nowhere"}, {"k", "to 1"}, {"k", "nowhere"}}), (Places{{"to 1", {1}}}));
  EXPECT_EQ(driver.statistics().dropped_no_partition, 2u);
}

TEST(Partitioner, of_a_sink_may_give_an_optional_partition) {
  auto first_of_b = [](const Text&, const Text& value, std::int32_t) {
    return value[0] == 'b' ? std::optional<std::int32_t>(0) : std::nullopt;
  };
  TestDriver driver(through_middle({.partition = first_of_b}), {.partitions = kPartitions});
  const std::int32_t home = log::partition_of_key("key", kPartitions).value();
  ASSERT_NE(home, 0);
  EXPECT_EQ(places(driver, {{"key", "a"}, {"key", "b"}}), (Places{{"a", {home}}, {"b", {0}}}));
}

TEST(Partitioner, sends_to_none_of_several_partitions_when_one_of_them_is_not_there) {
  TestDriver driver(through_middle({.on_error = skip(), .partition = as_it_says}), {.partitions = kPartitions});
  EXPECT_EQ(places(driver, {{"k", "outside"}, {"k", "to 1"}}), (Places{{"to 1", {1}}}));
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(Partitioner, of_a_repartition_may_leave_a_record_to_its_key) {
  Builder builder;
  builder.stream<Text, Text>("in")
      .repartition({.name = "divided",
                    .partition =
                        [](const Text&, const Text& value, std::int32_t) {
                          return value == "home" ? std::optional<std::int32_t>() : value.back() - '0';
                        }})
      .process<Text, std::int32_t>(
          [](ProcessorContext<Text, std::int32_t>& context, const ProcessorRecord<Text, Text>& record) {
            context.forward(record.value(), context.metadata()->partition.value());
          })
      .to("out");
  TestDriver driver(builder.build(), {.partitions = kPartitions});
  const std::int32_t home = log::partition_of_key("k", kPartitions).value();
  EXPECT_EQ(places(driver, {{"k", "to 3"}, {"k", "home"}}), (Places{{"to 3", {3}}, {"home", {home}}}));
}

}  // namespace
}  // namespace weir::streams
