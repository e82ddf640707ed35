// Repartitions whose partitions the user chooses.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

Topology divided(std::function<std::int32_t(const std::string&, const std::string&, std::int32_t)> partition) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .repartition({.name = "divided", .partition = std::move(partition)})
      .process_values<std::string>(
          [](FixedKeyContext<std::string>& context, const ProcessorRecord<std::string, std::string>&) {
            context.forward(std::to_string(context.metadata()->partition.value()));
          })
      .to("out");
  return builder.build();
}

TEST(Repartition, records_go_to_the_partition_that_is_chosen_of_key_and_value) {
  TestDriver driver(
      divided([](const std::string& key, const std::string& value, std::int32_t partitions) {
        return static_cast<std::int32_t>((key.size() + value.size()) % static_cast<std::size_t>(partitions));
      }),
      {.partitions = 3});
  auto in = driver.input<std::string, std::string>("in");
  in.pipe("a", "");
  in.pipe("b", "x");
  in.pipe("c", "xx");
  in.pipe("d", "xxx");
  EXPECT_EQ((driver.output<std::string, std::string>("out").read_map()),
            (std::map<std::string, std::string>{{"a", "1"}, {"b", "2"}, {"c", "0"}, {"d", "1"}}));
}

TEST(Repartition, a_partition_that_is_not_there_ends_the_run_and_is_named) {
  TestDriver driver(
      divided([](const std::string&, const std::string&, std::int32_t partitions) { return partitions; }));
  try {
    driver.input<std::string, std::string>("in").pipe("a", "");
    FAIL() << "it went through";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("partition 1 was chosen of 1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace weir::streams
