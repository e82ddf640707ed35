// Rules that come as data: what they find, how they change while records come, what is said of what is none.
#include <gtest/gtest.h>
#include <weir/pattern_rules.h>
#include <weir/testing.h>

#include "streams/streams.h"

namespace weir::streams::rules_test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

struct Payment {
  std::string shop;
  double amount = 0;
  std::optional<std::string> country = {};
  std::int64_t at = 0;
};
WEIR_JSON(Payment, shop, amount, country, at)

std::string spelled(const RuleMatch<Payment>& match) {
  std::string text = match.rule + " v" + std::to_string(match.version) + ":";
  for (const auto& one : match.events) text += " " + one.step + std::to_string(one.event.at);
  return text;
}

Topology topology(const DetectRulesOptions& options = {.store = "fraud"}) {
  Builder builder;
  auto found =
      builder.stream<std::string, Payment>("payments").detect(builder.pattern_rules<Payment>("rules"), options);
  found.map_values(spelled).to("alerts");
  found.timed_out().map_values(spelled).to("timeouts");
  return builder.build();
}

std::string rule(const std::string& id, int version, const std::string& pattern, const std::string& more = "") {
  return R"({"id":")" + id + R"(","version":)" + std::to_string(version) + R"(,"pattern":")" + pattern + '"' +
         (more.empty() ? "" : "," + more) + "}";
}

const std::string kTwo = "PATTERN (a -> b) DEFINE a AS amount < 10, b AS amount > 100";

class Rules : public ::testing::Test {
 protected:
  explicit Rules(const DetectRulesOptions& options = {.store = "fraud"}) : driver_(topology(options)) {}

  void put(const std::string& id, const std::string& json) {
    driver_.input<std::string, std::string>("rules").pipe(id, json, 0);
  }
  void withdraw(const std::string& id) {
    driver_.input<std::string, std::optional<std::string>>("rules").pipe(id, std::nullopt, 0);
  }
  void pay(double amount, std::int64_t at, const std::string& shop = "s", const std::string& card = "c") {
    driver_.input<std::string, Payment>("payments").pipe(card, {.shop = shop, .amount = amount, .at = at}, at);
  }
  Texts alerts(const std::string& topic = "alerts") {
    Texts texts;
    for (const auto& record : driver_.output<std::string, std::string>(topic).read_all()) texts.push_back(record.value);
    return texts;
  }
  PatternStatistics of(const std::string& id) { return driver_.statistics().patterns.at("fraud.detect/" + id); }

  TestDriver driver_;
};

TEST_F(Rules, a_rule_finds_its_pattern_and_its_match_names_its_version) {
  put("two", rule("two", 3, kTwo));
  pay(5, 1);
  pay(50, 2);
  pay(500, 3);
  EXPECT_EQ(alerts(), (Texts{"two v3: a1 b3"}));
}

TEST_F(Rules, without_rules_nothing_is_found_or_kept) {
  pay(5, 1);
  pay(500, 2);
  EXPECT_EQ(alerts(), Texts{});
  EXPECT_EQ(driver_.statistics().dropped_null_value, 0u);
}

TEST_F(Rules, a_rule_that_comes_later_leaves_partial_matches_of_others_alone) {
  put("two", rule("two", 1, kTwo));
  pay(5, 1);
  put("large", rule("large", 1, "PATTERN (x) DEFINE x AS amount > 100"));
  pay(500, 2);
  EXPECT_EQ(alerts(), (Texts{"large v1: x2", "two v1: a1 b2"}));
}

TEST_F(Rules, a_rule_that_looks_for_something_else_begins_anew_and_others_go_on) {
  put("one", rule("one", 1, kTwo));
  put("two", rule("two", 1, kTwo));
  pay(5, 1);
  EXPECT_EQ(of("one").partial_matches, 1u);
  put("one", rule("one", 2, "PATTERN (a -> b) DEFINE a AS amount < 10, b AS amount > 200"));
  EXPECT_EQ(of("one").partial_matches, 0u);
  EXPECT_EQ(of("one").pruned, 1u);
  pay(500, 2);
  pay(5, 3);
  pay(500, 4);
  EXPECT_EQ(alerts(), (Texts{"two v1: a1 b2", "one v2: a3 b4", "two v1: a3 b4"}));
}

TEST_F(Rules, what_a_rule_says_of_its_matches_may_change_in_the_middle_of_them) {
  put("two", rule("two", 1, kTwo, R"("severity":"low")"));
  pay(5, 1);
  put("two", rule("two", 2, kTwo, R"("severity":"high")"));
  pay(500, 2);
  EXPECT_EQ(alerts(), (Texts{"two v2: a1 b2"}));
}

TEST_F(Rules, a_rule_that_is_withdrawn_finds_nothing_more) {
  put("one", rule("one", 1, kTwo));
  put("two", rule("two", 1, kTwo));
  pay(5, 1);
  withdraw("one");
  pay(500, 2);
  EXPECT_EQ(alerts(), (Texts{"two v1: a1 b2"}));
  EXPECT_EQ(of("one").partial_matches, 0u);
  put("one", rule("one", 1, kTwo));  // what is withdrawn may come again, and begins anew
  pay(500, 3);
  pay(5, 4);
  pay(500, 5);
  EXPECT_EQ(alerts(), (Texts{"one v1: a4 b5", "two v1: a4 b5"}));
}

TEST_F(Rules, a_rule_that_is_not_enabled_is_not_looked_for) {
  put("two", rule("two", 1, kTwo));
  pay(5, 1);
  put("two", rule("two", 2, kTwo, R"("enabled":false)"));
  pay(500, 2);
  put("two", rule("two", 3, kTwo));
  pay(500, 3);
  EXPECT_EQ(alerts(), Texts{});
}

TEST_F(Rules, a_rule_in_shadow_mode_counts_and_does_not_alert) {
  put("two", rule("two", 1, kTwo, R"("shadow":true,"within":"10 MS")"));
  pay(5, 1);
  pay(500, 2);
  pay(5, 3);
  pay(50, 100);
  EXPECT_EQ(alerts(), Texts{});
  EXPECT_EQ(alerts("timeouts"), Texts{});
  EXPECT_EQ(of("two").matches, 1u);
  EXPECT_EQ(of("two").timed_out, 1u);
  put("two", rule("two", 2, kTwo, R"("within":"10 MS")"));
  pay(5, 101);
  pay(500, 102);
  EXPECT_EQ(alerts(), (Texts{"two v2: a101 b102"}));
}

TEST_F(Rules, what_is_no_rule_is_refused_and_the_version_before_it_stays) {
  put("two", rule("two", 2, kTwo));
  pay(5, 1);
  for (const std::string& wrong : {
           std::string("{"),
           rule("two", 3, "PATTERN (a"),
           rule("two", 3, kTwo, R"("severety":"high")"),
           rule("two", 3, "PATTERN (a) DEFINE a AS amout > 3"),
           rule("other", 3, kTwo),
           rule("two", 1, "PATTERN (a)"),
           rule("two", 2, "PATTERN (a)"),
           std::string(R"j({"version":3,"pattern":"PATTERN (a)"})j"),
       }) {
    put("two", wrong);
  }
  pay(500, 2);
  EXPECT_EQ(alerts(), (Texts{"two v2: a1 b2"}));
  EXPECT_EQ(driver_.statistics().refused_rules, 8u);
  put("two", rule("two", 2, kTwo));  // as it is there already
  EXPECT_EQ(driver_.statistics().refused_rules, 8u);
}

TEST_F(Rules, a_rule_may_tell_events_of_a_key_apart) {
  put("two", rule("two", 1, kTwo, R"("key":"shop")"));
  pay(5, 1, "x");
  pay(500, 2, "y");
  pay(5, 3, "y");
  pay(500, 4, "x");
  EXPECT_EQ(alerts(), (Texts{"two v1: a1 b4"}));
  pay(500, 5, "y");
  EXPECT_EQ(alerts(), (Texts{"two v1: a3 b5"}));
}

TEST_F(Rules, each_rule_has_its_own_grace) {
  put("now", rule("now", 1, kTwo));
  put("patient", rule("patient", 1, kTwo, R"("grace":"5 MS")"));
  pay(500, 10);
  pay(5, 8);  // too late for the one only
  pay(50, 15);
  EXPECT_EQ(alerts(), (Texts{"patient v1: a8 b10"}));
  EXPECT_EQ(of("now").late, 1u);
  EXPECT_EQ(of("patient").late, 0u);
}

TEST_F(Rules, each_rule_has_its_own_time_and_strategy) {
  put("short", rule("short", 1, kTwo, R"("within":"10 MS")"));
  put("all", rule("all", 1, "PATTERN (a+ -> b) DEFINE a AS amount < 10, b AS amount > 100", R"("skip":"NO SKIP")"));
  pay(5, 1);
  pay(5, 2);
  pay(500, 20);
  EXPECT_EQ(alerts(), (Texts{"all v1: a1 a2 b20", "all v1: a2 b20"}));
  EXPECT_EQ(alerts("timeouts"), (Texts{"short v1: a1", "short v1: a2"}));
}

TEST_F(Rules, an_absence_is_found_when_time_passes) {
  put("unpaid",
      rule("unpaid", 1, "PATTERN (a -> !b) DEFINE a AS amount < 10, b AS amount > 100", R"("within":"10 MS")"));
  pay(5, 1);
  pay(500, 5);
  pay(5, 6);
  pay(50, 16, "s", "another");
  EXPECT_EQ(alerts(), (Texts{"unpaid v1: a6"}));
}

TEST_F(Rules, at_the_end_of_a_bounded_run_what_waits_comes_out) {
  put("unpaid", rule("unpaid", 1, "PATTERN (a -> !b) DEFINE a AS amount < 10, b AS amount > 100",
                     R"("within":"10 MS","grace":"5 MS")"));
  pay(5, 1);
  driver_.close_windows();
  EXPECT_EQ(alerts(), (Texts{"unpaid v1: a1"}));
}

class FewRules : public Rules {
 protected:
  FewRules() : Rules({.store = "fraud", .max_partial_matches = 2}) {}
};

TEST_F(FewRules, a_rule_with_too_many_partial_matches_lets_the_oldest_go) {
  put("two", rule("two", 1, kTwo, R"("skip":"NO SKIP")"));
  put("more", rule("more", 1, kTwo, R"("skip":"NO SKIP","max_partial_matches":3)"));
  for (int i = 1; i <= 4; ++i) pay(5, i);
  pay(500, 5);
  EXPECT_EQ(alerts(), (Texts{"more v1: a2 b5", "more v1: a3 b5", "more v1: a4 b5", "two v1: a3 b5", "two v1: a4 b5"}));
  EXPECT_EQ(of("two").dropped, 2u);
}

TEST(RuleText, time_between_steps_is_said_behind_one) {
  TestDriver driver(topology());
  driver.input<std::string, std::string>("rules").pipe(
      "soon",
      rule("soon", 1, "PATTERN (a -> b WITHIN 3 MS -> c) DEFINE a AS amount = 1, b AS amount = 2, c AS amount = 3"), 0);
  auto in = driver.input<std::string, Payment>("payments");
  const auto pay = [&](double amount, std::int64_t at) {
    in.pipe("c", {.shop = "s", .amount = amount, .at = at}, at);
  };
  pay(1, 1);
  pay(2, 3);
  pay(3, 50);
  pay(1, 51);
  pay(2, 54);
  pay(3, 55);
  Texts texts;
  for (const auto& record : driver.output<std::string, std::string>("alerts").read_all()) texts.push_back(record.value);
  EXPECT_EQ(texts, (Texts{"soon v1: a1 b3 c50"}));
}

// --- events as JSON ---

TEST(RulesOverJson, name_fields_as_they_stand_in_the_events) {
  Builder builder;
  builder.stream<std::string, JsonEvent>("payments")
      .detect(builder.pattern_rules<JsonEvent>("rules"), {.store = "fraud"})
      .map_values([](const RuleMatch<JsonEvent>& match) {
        return match.rule + " " + match.severity + " " + match.labels.at("team") + " " + match.last("b").json();
      })
      .to("alerts");
  TestDriver driver(builder.build());
  driver.input<std::string, std::string>("rules").pipe(
      "abroad",
      rule("abroad", 1,
           "PATTERN (a -> b) DEFINE a AS kind = 'login' AND device.is_new, b AS amount > 100 AND card.country != "
           "a.card.country",
           R"("severity":"high","labels":{"team":"cards"})"),
      0);
  auto in = driver.input<std::string, std::string>("payments");
  in.pipe("k", R"({"kind":"login","device":{"is_new":true},"card":{"country":"DE"}})", 1);
  in.pipe("k", R"({"amount":"500","card":{"country":"FR"}})", 2);  // a text is no number
  in.pipe("k", R"({"amount":500,"card":{"country":"DE"}})", 3);
  in.pipe("k", R"([1, 2])", 4);
  in.pipe("k", R"({"amount":500,"card":{"country":"FR"}})", 5);
  const auto all = driver.output<std::string, std::string>("alerts").read_all();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].value, R"(abroad high cards {"amount":500,"card":{"country":"FR"}})");
}

TEST(RuleText, not_in_is_said_as_in_sql) {
  TestDriver driver(topology());
  driver.input<std::string, std::string>("rules").pipe(
      "far", rule("far", 1, "PATTERN (a) DEFINE a AS country NOT IN ('DE', 'FR')"), 0);
  auto in = driver.input<std::string, Payment>("payments");
  in.pipe("c", {.shop = "s", .country = "DE", .at = 1}, 1);
  in.pipe("c", {.shop = "s", .country = "IT", .at = 2}, 2);
  in.pipe("c", {.shop = "s", .at = 3}, 3);  // it is not there
  Texts texts;
  for (const auto& record : driver.output<std::string, std::string>("alerts").read_all()) texts.push_back(record.value);
  EXPECT_EQ(texts, (Texts{"far v1: a2", "far v1: a3"}));
}

TEST(JsonEventTest, gives_its_fields_by_name) {
  JsonEvent event;
  ASSERT_TRUE(event.read(R"({"a":1.5,"b":{"c":"x","d":[1]},"e":false,"a":2})"));
  EXPECT_EQ(event.number("a"), 2);
  EXPECT_EQ(event.text("b.c"), "x");
  EXPECT_EQ(event.truth("e"), false);
  EXPECT_EQ(event.number("b.c"), std::nullopt);
  EXPECT_EQ(event.text("b.d"), std::nullopt);
  EXPECT_EQ(event.text("nothing"), std::nullopt);
  EXPECT_FALSE(event.read("{"));
}

TEST(RuleMatchTest, is_written_and_read_back) {
  RuleMatch<Payment> match;
  match.rule = "r";
  match.version = 7;
  match.severity = "high";
  match.labels = {{"a", "b"}, {"c", ""}};
  match.events.push_back({"step", {.shop = "s", .amount = 2, .at = 3}, 4});
  OwnedBytes scratch;
  RuleMatch<Payment> read;
  const OwnedBytes bytes(Serde<RuleMatch<Payment>>::encode(match, scratch));
  ASSERT_TRUE(Serde<RuleMatch<Payment>>::decode(bytes, read));
  EXPECT_EQ(spelled(read), spelled(match));
  EXPECT_EQ(read.labels, match.labels);
  EXPECT_EQ(read.severity, "high");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(Serde<RuleMatch<Payment>>::decode(Bytes(bytes).substr(0, size), read)) << size;
  }
}

}  // namespace
}  // namespace weir::streams::rules_test
