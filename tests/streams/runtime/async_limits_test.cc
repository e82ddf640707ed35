// Calls that might take longer than a transaction may are refused before anything runs.
#include "streams/runtime/async_limits.h"

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;

Stream<Text, Text> asked(const Stream<Text, Text>& from, const Text& name, Millis timeout,
                         std::optional<ErrorPolicy> on_error = {}) {
  return from.map_async([](const Text& value) { return value; },
                        {.name = name, .on_error = std::move(on_error), .timeout = timeout});
}

Topology asking(Millis timeout, std::optional<ErrorPolicy> on_error = {}) {
  Builder builder;
  asked(builder.stream<Text, Text>("in"), "ask", timeout, std::move(on_error)).to("out");
  return builder.build();
}

// What is wrong with it where a transaction may take 1000 ms, and commits are 100 ms apart; empty: nothing.
Text wrong_with(const Topology& topology, AppOptions options = {}) {
  options.commit_interval = Millis(100);
  try {
    check_async_waits(topology, options, Millis(1'000));
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(AsyncLimits, a_time_out_and_the_commit_interval_must_lie_within_a_transaction) {
  EXPECT_EQ(wrong_with(asking(Millis(899))), "");
  EXPECT_NE(
      wrong_with(asking(Millis(900))).find("operator ask: a commit may have to wait for its calls for 1 times 900"),
      Text::npos)
      << wrong_with(asking(Millis(900)));
  EXPECT_NE(wrong_with(asking(Millis::max())), "");
}

TEST(AsyncLimits, attempts_that_are_made_at_once_count_and_those_made_later_do_not) {
  EXPECT_EQ(wrong_with(asking(Millis(299), retry(2))), "");
  EXPECT_NE(wrong_with(asking(Millis(300), retry(2))).find("3 times 300 ms"), Text::npos);
  EXPECT_EQ(wrong_with(asking(Millis(299), retry(2).then(retry_later({.attempts = 9}).then(retry(9))))), "");
  EXPECT_NE(wrong_with(asking(Millis(299), retry(2).then(retry(1)))), "");
}

TEST(AsyncLimits, the_application_s_policy_counts_where_there_is_no_other) {
  EXPECT_NE(wrong_with(asking(Millis(500)), {.errors = {.processing = retry(1)}}), "");
  EXPECT_EQ(wrong_with(asking(Millis(500), skip()), {.errors = {.processing = retry(1)}}), "");
}

TEST(AsyncLimits, operators_below_each_other_are_waited_for_in_turn_and_those_beside_each_other_together) {
  Builder beside;
  auto in = beside.stream<Text, Text>("in");
  asked(in, "a", Millis(500)).to("out");
  asked(in, "b", Millis(500)).to("out");
  EXPECT_EQ(wrong_with(beside.build()), "");
  Builder below;
  asked(asked(below.stream<Text, Text>("in"), "a", Millis(500)), "b", Millis(500)).to("out");
  EXPECT_NE(wrong_with(below.build()).find("operator b"), Text::npos);
  EXPECT_NE(wrong_with(below.build()).find("behind 500 ms for those above"), Text::npos);
}

TEST(AsyncLimits, without_transactions_there_is_no_limit) {
  EXPECT_EQ(wrong_with(asking(Millis(5'000)), {.guarantee = at_least_once}), "");
}

class AsyncLimitsOfAppTest : public testing_log::LogFixture {};

TEST_F(AsyncLimitsOfAppTest, an_application_that_could_not_commit_is_not_made) {
  EXPECT_THROW(App(asking(Millis(10'000), retry(5)), log(), options("asking")), std::invalid_argument);
  App fits(asking(Millis(10'000), retry(4)), log(), options("asking"));
}

TEST_F(AsyncLimitsOfAppTest, nor_one_whose_transactions_would_be_aborted_before_they_are_committed) {
  Builder builder;
  builder.stream<Text, Text>("in").to("out");
  AppOptions chosen = options("rarely");
  for (const Millis interval : {Millis(60'000), Millis::max()}) {
    chosen.commit_interval = interval;
    chosen.guarantee = exactly_once;
    EXPECT_THROW(App(builder.build(), log(), chosen), std::invalid_argument);
    chosen.guarantee = at_least_once;
    App fits(builder.build(), log(), chosen);
  }
  chosen.guarantee = exactly_once;
  chosen.commit_interval = Millis(59'999);
  App fits(builder.build(), log(), chosen);
}

}  // namespace
}  // namespace weir::streams
