// The test driver tells what a test got wrong.
#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams {
namespace {

using Text = std::string;

TEST(TestDriver, an_output_topic_that_nothing_writes_is_an_error_that_names_those_that_are_written) {
  Builder builder;
  builder.stream<NoKey, Text>("in").to("out", {.on_error = dead_letter("letters")});
  TestDriver driver(builder.build());
  try {
    (void)driver.output<NoKey, Text>("otu");
    FAIL() << "nothing writes it";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(Text(error.what()).find("'otu'"), Text::npos) << error.what();
    EXPECT_NE(Text(error.what()).find("letters, out"), Text::npos) << error.what();
  }
  EXPECT_TRUE((driver.output<NoKey, Text>("letters").is_empty()));
}

TEST(TestDriver, topics_that_records_choose_are_not_known_before) {
  Builder builder;
  builder.stream<NoKey, Text>("in").to([](const Text& value) { return "of-" + value; });
  TestDriver driver(builder.build());
  auto out = driver.output<NoKey, Text>("of-a");
  driver.input<NoKey, Text>("in").pipe("a");
  EXPECT_EQ(out.read()->value, "a");
}

TEST(TestDriver, a_record_that_is_read_has_its_headers) {
  Builder builder;
  builder.stream<Text, Text>("in").to("out");
  TestDriver driver(builder.build());
  driver.input<Text, Text>("in").pipe("k", "v", 5, {{"trace", "7"}});
  const auto record = driver.output<Text, Text>("out").read();
  ASSERT_TRUE(record);
  ASSERT_EQ(record->headers.size(), 1u);
  EXPECT_EQ(record->headers[0].key, "trace");
  EXPECT_EQ(record->headers[0].value, "7");
}

}  // namespace
}  // namespace weir::streams
