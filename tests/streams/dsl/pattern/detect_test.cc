// detect: a pattern among the events of each key, in the order of their times. What each word of the language means is
// shown in words_test.cc; here is what the operator does with events, time and state.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "streams/topology/topology_diff.h"
#include "tests/streams/dsl/pattern/letters.h"

namespace weir::streams::pattern_test {
namespace {

using namespace std::chrono_literals;
using namespace pattern_letters;

TEST(Detect, finds_a_break_in) {
  Builder builder;
  const auto break_in = pattern<std::string>("failed")
                            .where([](const std::string& e) { return e == "wrong"; })
                            .times_or_more(3)
                            .followed_by("success")
                            .where([](const std::string& e) { return e == "right"; })
                            .within(10min);
  builder.stream<std::string, std::string>("logins")
      .detect(break_in, {.store = "break-ins"})
      .map_values([](const Match<std::string>& match) {
        return std::to_string(match.all("failed").size()) + " failures, then " + match.first("success");
      })
      .to("alerts");
  TestDriver driver(builder.build());
  auto logins = driver.input<std::string, std::string>("logins");
  for (std::int64_t time : {1, 2, 3, 4}) logins.pipe("mallory", "wrong", time);
  logins.pipe("bob", "wrong", 4);
  logins.pipe("bob", "right", 5);
  EXPECT_TRUE((driver.output<std::string, std::string>("alerts").is_empty()));
  logins.pipe("mallory", "right", 6);
  EXPECT_EQ((driver.output<std::string, std::string>("alerts").read_all()),
            (std::vector<TestRecord<std::string, std::string>>{{"mallory", "4 failures, then right", 6}}));
}

TEST(Detect, by_default_a_match_drops_what_began_before_its_end) {
  EXPECT_EQ(matches(a().followed_by(b()), "a1 a2 b3 b4 a5 b6"), (Texts{"a1 b3", "a5 b6"}));
  EXPECT_EQ(matches(a().followed_by(b()).after_match(no_skip()), "a1 a2 b3 b4 a5 b6"),
            (Texts{"a1 b3", "a2 b3", "a5 b6"}));
}

TEST(Detect, knows_nothing_of_other_keys) {
  EXPECT_EQ(matches(a().followed_by(b()), "x:a1 y:b2 x:b3"), (Texts{"a1 b3"}));
}

TEST(Detect, puts_events_in_the_order_of_their_times_within_the_grace) {
  const DetectOptions options{.grace = 5ms};
  // b@4 comes behind c@6, and is matched before it
  EXPECT_EQ(matches(a().next(b()).next(c()), "a1 c6 b4 x20", options), (Texts{"a1 b4 c6"}));
  EXPECT_EQ(matches(a().next(b()).next(c()), "a1 c6 b4 x20"), (Texts{}));
}

TEST(Detect, keeps_the_order_of_arrival_of_equal_times) {
  for (const Millis grace : {0ms, 3ms}) {
    EXPECT_EQ(matches(a().next(b()).next(c()), "a1 b1 c1 x20", {.grace = grace}), (Texts{"a1 b1 c1"}));
    EXPECT_EQ(matches(a().next(b()).next(c()), "a1 c1 b1 x20", {.grace = grace}), (Texts{}));
  }
}

TEST(Detect, leaves_out_and_counts_what_comes_later_than_the_grace) {
  Fed run(a().followed_by(b()), {.store = "p", .grace = 5ms});
  run.feed("a10 b20 b14 b15 x100");
  EXPECT_EQ(run.matches(), (Texts{"a10 b15"}));
  EXPECT_EQ(run.statistics().dropped_late, 1u);
  EXPECT_EQ(run.pattern_statistics().late, 1u);
}

TEST(Detect, tells_of_partial_matches_whose_time_is_over_when_time_passes_for_whatever_key) {
  Fed run(a().followed_by(b()).within(10ms), {.store = "p"});
  run.feed("x:a1 y:a3 x:b4");
  EXPECT_EQ(run.timeouts(), (Texts{}));
  run.feed("z:c13");
  EXPECT_EQ(run.matches(), (Texts{"a1 b4"}));
  EXPECT_EQ(run.timeouts(), (Texts{"a3 @13"}));
}

TEST(Detect, takes_nothing_at_the_bound_and_everything_before_it) {
  EXPECT_EQ(matches(a().followed_by(b()).within(10ms), "a1 b10"), (Texts{"a1 b10"}));
  EXPECT_EQ(matches(a().followed_by(b()).within(10ms), "a1 b11"), (Texts{}));
}

TEST(Detect, finds_what_does_not_come) {
  const auto unpaid = a().not_followed_by(b()).within(5ms);
  Fed run(unpaid, {.store = "p"});
  run.feed("x:a1 y:a2 x:b5 z:c6");
  EXPECT_EQ(run.matches(), (Texts{}));
  run.feed("z:c7");
  EXPECT_EQ(run.matches(), (Texts{"a2 @7"}));
}

TEST(Detect, goes_on_by_the_wall_clock_where_nothing_comes) {
  Fed run(a().not_followed_by(b()).within(1s), {.store = "p", .idle_timeout = 500ms});
  run.feed("x:a1000");
  run.driver().advance_wall_clock(400ms);
  EXPECT_EQ(run.matches(), (Texts{}));
  run.driver().advance_wall_clock(700ms);
  EXPECT_EQ(run.matches(), (Texts{"a1000 @2000"}));
  // Its time is 1000 ms + 1100 ms by now.
  run.feed("x:a2099 x:a2100");
  EXPECT_EQ(run.statistics().dropped_late, 1u);
}

TEST(Detect, without_an_idle_time_out_only_events_move_the_time) {
  Fed run(a().not_followed_by(b()).within(1s), {.store = "p"});
  run.feed("x:a1000");
  run.driver().advance_wall_clock(100s);
  EXPECT_EQ(run.matches(), (Texts{}));
}

TEST(Detect, gives_what_is_open_at_the_end_of_a_bounded_run) {
  Fed run(a().not_followed_by(b()).within(1s), {.store = "p", .grace = 10ms});
  run.feed("x:a1000 x:a900 y:a1000 y:b1005");
  EXPECT_EQ(run.matches(), (Texts{}));
  run.driver().close_windows();
  EXPECT_EQ(run.matches(), (Texts{"a1000 @2000"}));
}

TEST(Detect, keeps_rows_only_of_keys_of_which_something_matters) {
  Fed run(a().followed_by(b()).within(10ms), {.store = "p"});
  run.feed("x:c1 y:a2 z:a2 z:b3");
  EXPECT_EQ(run.keys(), (Texts{"y"}));
  run.feed("q:c50");
  EXPECT_EQ(run.keys(), (Texts{}));
}

TEST(Detect, counts_for_each_pattern) {
  Fed run(a().followed_by(b()).within(10ms), {.store = "p"});
  run.feed("x:a1 y:a1 x:b2 z:a3");
  const PatternStatistics now = run.pattern_statistics();
  EXPECT_EQ(now.matches, 1u);
  EXPECT_EQ(now.partial_matches, 2u);
  EXPECT_EQ(now.pruned, 1u);
  run.feed("q:c50");
  EXPECT_EQ(run.pattern_statistics().timed_out, 2u);
  EXPECT_EQ(run.pattern_statistics().partial_matches, 0u);
}

TEST(Detect, ends_the_run_where_a_key_has_too_many_partial_matches) {
  Fed run(a().followed_by(b()).after_match(no_skip()), {.store = "p", .max_partial_matches = 2});
  run.feed("a1 a2");
  try {
    run.feed("a3");
    FAIL();
  } catch (const std::runtime_error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("p.detect"), std::string::npos) << text;
    EXPECT_NE(text.find("3 partial matches"), std::string::npos) << text;
  }
}

TEST(Detect, lets_the_oldest_go_where_that_is_wanted) {
  Fed run(a().followed_by(b()).after_match(no_skip()),
          {.store = "p", .max_partial_matches = 2, .when_too_many = WhenTooMany::drop_oldest});
  run.feed("a1 a2 a3 b4");
  EXPECT_EQ(run.matches(), (Texts{"a2 b4", "a3 b4"}));
  EXPECT_EQ(run.pattern_statistics().dropped, 1u);
}

// --- errors ---

Pattern<Letter> touchy() {
  return pattern<Letter>("a")
      .where([](const Letter& letter) { return letter.name == "a"; })
      .followed_by("b")
      .where([](const Letter& letter, const SoFar<Letter>&) {
        if (letter.name == "!") throw std::runtime_error("not this one");
        return letter.name == "b";
      });
}

TEST(Detect, an_event_at_which_a_condition_throws_is_left_out_where_the_policy_says_so) {
  for (const Millis grace : {0ms, 3ms}) {
    Fed run(touchy(), {.store = "p", .grace = grace, .on_error = skip()});
    run.feed("a1 !2 b3 x20");
    EXPECT_EQ(run.matches(), (Texts{"a1 b3"}));
    EXPECT_EQ(run.statistics().skipped_errors, 1u);
  }
}

TEST(Detect, a_condition_that_throws_ends_the_run_with_the_name_of_the_operator) {
  Fed run(touchy(), {.store = "p"});
  try {
    run.feed("a1 !2");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("operator p.detect: not this one"), std::string::npos) << error.what();
  }
}

TEST(Detect, says_what_makes_no_sense_where_it_is_written) {
  const auto why = [](const Pattern<Letter>& pattern, const DetectOptions& options) {
    try {
      Fed run(pattern, options);
      return std::string();
    } catch (const TopologyError& error) {
      return std::string(error.what());
    }
  };
  EXPECT_EQ(why(a().followed_by("a"), {}), "pattern: step 'a' is there twice");
  EXPECT_EQ(why(a().not_followed_by(b()), {}), "pattern: step 'b' is the last, and must not come: within which time?");
  EXPECT_EQ(why(a(), {.grace = Millis(-1)}), "detect: the grace must not be negative");
  EXPECT_EQ(why(a(), {.idle_timeout = 0ms}), "detect: the idle time-out must be at least 1 ms");
  EXPECT_EQ(why(a(), {.max_partial_matches = 0}), "detect: at least one partial match must be allowed");
  EXPECT_THROW(a().followed_by(group(b().within(3ms))), TopologyError);
}

TEST(Detect, a_step_that_is_not_there_is_an_error_of_the_condition) {
  Fed run(pattern<Letter>("a").followed_by("b").where(
              [](const Letter&, const SoFar<Letter>& so_far) { return so_far.count("c") == 0; }),
          {.store = "p"});
  EXPECT_THROW(run.feed("a1 b2"), std::runtime_error);
}

// --- as data ---

TEST(Detect, is_described) {
  Fed run(a().followed_by(b()).within(10ms), {.store = "p", .grace = 2ms, .idle_timeout = 1s});
  const auto described = run.topology().description();
  const auto read = TopologyDescription::from_json(described.to_json());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, described);
  const auto node = std::find_if(read->nodes.begin(), read->nodes.end(), [](const auto& one) { return one.pattern; });
  ASSERT_NE(node, read->nodes.end());
  EXPECT_EQ(node->name, "p.detect");
  EXPECT_EQ(node->pattern->shape, "a ~ b within 10 ms, after a match past its last event");
  EXPECT_EQ(node->pattern->grace_ms, 2);
  EXPECT_EQ(node->pattern->idle_timeout_ms, 1000);
}

TEST(Detect, another_pattern_over_the_same_store_is_a_loss_that_is_told) {
  const Fed before(a().followed_by(b()), {.store = "p"});
  const Fed other(a().next(b()), {.store = "p"});
  const Fed later(a().followed_by(b()), {.store = "p", .grace = 2ms});
  const auto is_kept = [&](const Fed& after) {
    return is_compatible(topology_diff(before.topology().description(), after.topology().description()));
  };
  EXPECT_FALSE(is_kept(other));
  EXPECT_TRUE(is_kept(later));
}

TEST(Detect, explains_itself) {
  const auto some = pattern<Letter>("a").where([](const Letter&) { return true; }).said("whatever comes");
  EXPECT_NE(explain(some.followed_by("b")).find("1. a (whatever comes) -> a#1"), std::string::npos);
  EXPECT_EQ(draw(some).substr(0, 13), "flowchart LR\n");
}

// --- events of several types ---

struct Order {
  std::int64_t id = 0;
};
WEIR_JSON(Order, id)
struct Payment {
  std::int64_t of = 0;
  double amount = 0;
};
WEIR_JSON(Payment, of, amount)
using Event = std::variant<Order, Payment>;

TEST(Detect, events_may_be_of_several_types) {
  Builder builder;
  const auto paid = pattern<Event>("order").is<Order>().followed_by("payment").where(
      [](const Payment& payment, const SoFar<Event>& so_far) {
        return std::get<Order>(*so_far.first("order")).id == payment.of;
      });
  auto orders = builder.stream<std::string, Order>("orders").map_values([](const Order& o) { return Event(o); });
  auto payments =
      builder.stream<std::string, Payment>("payments").map_values([](const Payment& p) { return Event(p); });
  orders.merge(payments)
      .detect(paid, {.store = "paid"})
      .map_values([](const Match<Event>& match) { return std::get<Payment>(match.last("payment")).amount; })
      .to("amounts");
  TestDriver driver(builder.build());
  driver.input<std::string, Order>("orders").pipe("k", {7}, 1);
  driver.input<std::string, Payment>("payments").pipe("k", {8, 1.5}, 2);
  driver.input<std::string, Payment>("payments").pipe("k", {7, 2.5}, 3);
  EXPECT_EQ((driver.output<std::string, double>("amounts").read_map()), (std::map<std::string, double>{{"k", 2.5}}));
}

TEST(Detect, a_variant_is_read_back_and_refused_where_it_is_none) {
  OwnedBytes scratch;
  const Bytes bytes = Serde<Event>::encode(Event(Payment{3, 0.5}), scratch);
  Event read;
  ASSERT_TRUE(Serde<Event>::decode(bytes, read));
  EXPECT_EQ(std::get<Payment>(read).amount, 0.5);
  OwnedBytes other(bytes);
  other[0] = 2;
  EXPECT_FALSE(Serde<Event>::decode(other, read));
  EXPECT_FALSE(Serde<Event>::decode("", read));
}

TEST(Detect, a_match_goes_through_a_topic) {
  Builder builder;
  builder.stream<std::string, Letter>("in")
      .detect(a().followed_by(b()), {.store = "p"})
      .group_by([](const std::string&, const Match<Letter>& match) { return match.first("a").name; })
      .count()
      .to_stream()
      .to("out");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, Letter>("in");
  in.pipe("k", {"a", 1}, 1);
  in.pipe("k", {"b", 2}, 2);
  EXPECT_EQ((driver.output<std::string, std::int64_t>("out").read_map()),
            (std::map<std::string, std::int64_t>{{"a", 1}}));
}

}  // namespace
}  // namespace weir::streams::pattern_test
