// Where an application begins to read a topic of which it has committed no position.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class SourceStartTest : public testing_log::LogFixture {
 protected:
  std::vector<std::string> run(Start start) {
    Builder builder;
    builder.stream<NoKey, std::string>("in", {.start = start}).to("out");
    App app(builder.build(), log(), options("reading"));
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    std::vector<std::string> values;
    for (const auto& record : read_all("out")) values.push_back(*record.value);
    return values;
  }
};

TEST_F(SourceStartTest, at_the_end_what_is_there_is_left_out_and_what_comes_after_the_first_run_is_not) {
  create("in", 1);
  create("out", 1);
  send("in", "before");
  EXPECT_TRUE(run(Start::end).empty());
  send("in", "after");  // while nobody runs
  EXPECT_EQ(run(Start::end), (std::vector<std::string>{"after"}));
  EXPECT_EQ(run(Start::beginning), (std::vector<std::string>{"after"}));  // what is committed counts
}

TEST_F(SourceStartTest, a_topic_is_read_from_its_beginning_if_nothing_else_is_said) {
  create("in", 1);
  create("out", 1);
  send("in", "before");
  EXPECT_EQ(run({}), (std::vector<std::string>{"before"}));
}

TEST(SourceStart, a_table_has_no_other_beginning_and_a_topic_has_one_only) {
  Builder builder;
  EXPECT_THROW((builder.table<std::string, std::string>("rows", {}, {.start = Start::end})), TopologyError);
  (void)builder.stream<NoKey, std::string>("in", {.start = Start::end});
  EXPECT_THROW((builder.stream<NoKey, std::string>("in")), TopologyError);
}

}  // namespace
}  // namespace weir::streams
