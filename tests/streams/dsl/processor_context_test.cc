// What a processor is told about where it runs.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Context = FixedKeyContext<Text>;
using Input = ProcessorRecord<Text, Text>;

struct Limits {
  std::size_t longest = 0;
};

template <class Process>
Topology with_processor(Process process) {
  Builder builder;
  builder.stream<Text, Text>("in").process_values<Text>(process, {.name = "look"}).to("out");
  return builder.build();
}

Text error_of(auto run) {
  try {
    run();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return {};
}

TEST(ProcessorContextTest, it_knows_its_task_and_its_application) {
  Builder builder;
  builder.stream<Text, Text>("other").to("out");
  builder.stream<Text, Text>("in")
      .process_values<Text>([](Context& context, const Input&) {
        const TaskId& task = context.task_id();
        EXPECT_EQ(task.partition, context.metadata()->partition);
        context.forward(context.application_id() + " " + std::to_string(task.stage));
      })
      .to("out");
  TestDriver driver(builder.build(), {.partitions = 4});
  for (const char* key : {"a", "b", "c", "d", "e"}) driver.input<Text, Text>("in").pipe(key, "");
  EXPECT_EQ((driver.output<Text, Text>("out").read_map().at("e")), "test 1");
}

TEST(ProcessorContextTest, settings_are_those_of_the_run) {
  auto topology = with_processor([](Context& context, const Input& record) {
    context.forward(record.value().substr(0, context.settings<Limits>().longest));
  });
  TestDriver driver(topology, {.settings = Limits{3}});
  driver.input<Text, Text>("in").pipe("k", "abcdef");
  EXPECT_EQ((driver.output<Text, Text>("out").read_map()), (std::map<Text, Text>{{"k", "abc"}}));
}

TEST(ProcessorContextTest, settings_that_are_not_there_or_of_another_type_are_told) {
  struct Asks {
    void open(Context& context) { (void)context.settings<Limits>(); }
    void process(Context&, const Input&) {}
  };
  const Text none = error_of([] { TestDriver driver(with_processor(Asks{})); });
  EXPECT_NE(none.find("the application has no settings"), Text::npos) << none;
  const Text other = error_of([] { TestDriver driver(with_processor(Asks{}), {.settings = 7}); });
  EXPECT_NE(other.find("Limits>: the application has settings of another type"), Text::npos) << other;
  EXPECT_NE(other.find("operator look"), Text::npos) << other;
}

TEST(ProcessorContextTest, a_partition_of_an_operator_has_a_directory_of_its_own_that_is_there) {
  const auto directory = std::filesystem::temp_directory_path() / ("weir-" + std::to_string(::getpid()) + "-context");
  auto topology = with_processor([](Context& context, const Input& record) {
    std::ofstream(context.state_directory() + "/" + record.key()) << record.value();
    context.forward(context.state_directory());
  });
  {
    TestDriver driver(topology, {.state_directory = directory.string(), .partitions = 2});
    for (const char* key : {"a", "b", "c", "d"}) driver.input<Text, Text>("in").pipe(key, "");
    for (const auto& [key, path] : driver.output<Text, Text>("out").read_map()) {
      EXPECT_TRUE(std::filesystem::exists(path + "/" + key)) << path;
    }
  }
  EXPECT_TRUE(std::filesystem::exists(directory / "processors" / "look-0"));
  EXPECT_TRUE(std::filesystem::exists(directory / "processors" / "look-1"));
  std::filesystem::remove_all(directory);
}

TEST(ProcessorContextTest, without_a_state_directory_there_is_none) {
  TestDriver driver(with_processor([](Context& context, const Input&) { context.forward(context.state_directory()); }));
  const Text error = error_of([&] { driver.input<Text, Text>("in").pipe("k", ""); });
  EXPECT_NE(error.find("no state directory"), Text::npos) << error;
}

}  // namespace
}  // namespace weir::streams
