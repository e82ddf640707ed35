// Patterns as text: what they find, what they say of what is wrong.
#include "streams/dsl/text_pattern.h"

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace weir::streams::text_pattern_test {
namespace {

using Texts = std::vector<std::string>;

struct Card {
  std::string what;
  double amount = 0;
  std::optional<std::string> country = {};
  bool is_online = false;
  std::vector<std::string> tags = {};  // no field: what is no scalar cannot be named
};
WEIR_JSON(Card, what, amount, country, is_online, tags)

// Events are named by their places: "0 1 2".
Texts found(const std::string& text, const std::vector<Card>& cards) {
  Builder builder;
  builder.stream<std::string, Card>("cards").detect(text_pattern<Card>(text), {.store = "p"}).to("matches");
  TestDriver driver(builder.build());
  auto in = driver.input<std::string, Card>("cards");
  for (std::size_t i = 0; i < cards.size(); ++i) in.pipe("k", cards[i], static_cast<std::int64_t>(i) * 1000);
  Texts texts;
  for (const auto& record : driver.output<std::string, Match<Card>>("matches").read_all()) {
    std::string one;
    for (const auto& event : record.value.events) {
      one += (one.empty() ? "" : " ") + event.step + std::to_string(event.timestamp_ms / 1000);
    }
    texts.push_back(one);
  }
  return texts;
}

std::vector<Card> amounts(const std::vector<double>& all) {
  std::vector<Card> cards;
  for (double amount : all) cards.push_back({.what = "pay", .amount = amount});
  return cards;
}

std::string shape(const std::string& text) {
  return shape_of(text_pattern<Card>(text).spec());
}

std::string why(const std::string& text) {
  try {
    (void)text_pattern<Card>(text);
    return "it was taken";
  } catch (const TopologyError& error) {
    return error.what();
  }
}

TEST(TextPattern, finds_small_amounts_and_then_a_large_one) {
  const std::string spree =
      "PATTERN (small{3,} -> large)"
      " DEFINE small AS amount < 10, large AS amount > 50 * AVG(small.amount)"
      " WITHIN 10 MINUTES";
  EXPECT_EQ(found(spree, amounts({1, 2, 3, 20, 500})), (Texts{"small0 small1 small2 large4"}));
  EXPECT_EQ(found(spree, amounts({1, 2, 20, 500})), (Texts{}));
}

TEST(TextPattern, says_the_same_as_the_language) {
  EXPECT_EQ(shape("PATTERN (a b c)"), "a > b > c, after a match past its last event");
  EXPECT_EQ(shape("pattern (a -> b ->> c) after match no skip"), "a ~ b ~~ c");
  EXPECT_EQ(shape("PATTERN (a !b c) AFTER MATCH SKIP TO NEXT ROW"), "a > !b > c, after a match to the next event");
  EXPECT_EQ(shape("PATTERN (a -> !b) WITHIN 2 H AFTER MATCH SKIP TO LAST a"),
            "a ~ !b within 7200000 ms, after a match to its last a");
  EXPECT_EQ(shape("PATTERN (a* b+? c?) AFTER MATCH NO SKIP"), "a*[greedy, consecutive] > b+[consecutive] > c?");
  EXPECT_EQ(shape("PATTERN (a -> b{2} -> c{2,} -> d{0,3}?) AFTER MATCH NO SKIP"),
            "a ~ b{2}[greedy] ~ c{2,}[greedy] ~ d{1,3}?");
  EXPECT_EQ(shape("PATTERN ((a b){2} | c) AFTER MATCH NO SKIP"), "((a > b){2}[consecutive] | c)");
  EXPECT_EQ(shape("PATTERN (PERMUTE(a, b) -> c) AFTER MATCH NO SKIP"), "(a & b) ~ c");
}

TEST(TextPattern, by_default_the_next_match_begins_past_the_last_event) {
  EXPECT_EQ(found("PATTERN (a b) DEFINE a AS amount > 0, b AS amount > a.amount", amounts({1, 2, 3, 4})),
            (Texts{"a0 b1", "a2 b3"}));
}

TEST(TextPattern, conditions_look_at_the_event_and_back) {
  const auto pairs = [](const std::string& condition) {
    const std::vector<Card> cards{{.what = "pay", .amount = 4, .country = "DE"},
                                  {.what = "it''s", .amount = 6, .is_online = true},
                                  {.what = "pay", .amount = 5, .country = "FR"}};
    return found("PATTERN (a ->> b) DEFINE a AS amount = 4, b AS " + condition + " AFTER MATCH NO SKIP", cards);
  };
  const Texts both{"a0 b1", "a0 b2"};
  const Texts first{"a0 b1"};
  const Texts second{"a0 b2"};
  EXPECT_EQ(pairs("TRUE"), both);
  EXPECT_EQ(pairs("amount >= 6"), first);
  EXPECT_EQ(pairs("NOT amount >= 6 OR FALSE"), second);
  EXPECT_EQ(pairs("country != a.country"), second) << "null is compared as false";
  EXPECT_EQ(pairs("country IN ('IT', 'FR')"), second);
  EXPECT_EQ(pairs("is_online"), first);
  EXPECT_EQ(pairs("what = 'it''''s'"), first);
  EXPECT_EQ(pairs("amount - FIRST(a.amount) = 3 - COUNT(a) * 2"), second);
  EXPECT_EQ(pairs("(amount > 5 OR country = 'FR') AND SUM(a.amount) + -4 = 0"), both);
  EXPECT_EQ(pairs("PREV(amount) * 1.5 = amount"), first);
  EXPECT_EQ(pairs("amount / 0 = 1"), Texts{});
  EXPECT_EQ(pairs("MAX(a.amount) = MIN(a.amount) AND LAST(a.country) = 'DE' AND amount < 6"), second);
  EXPECT_EQ(pairs("AVG(b.amount) = 1"), Texts{}) << "nothing was taken for b";
}

TEST(TextPattern, says_where_it_is_wrong) {
  EXPECT_EQ(why("PATERN (a)"), "text pattern: line 1, column 1: PATTERN was expected, not 'PATERN'");
  EXPECT_EQ(why("PATTERN (a b"), "text pattern: line 1, column 13: ')' was expected, not the end");
  EXPECT_EQ(why("PATTERN (a a)"), "text pattern: line 1, column 12: step 'a' is there twice");
  EXPECT_EQ(why("PATTERN (a)\nDEFINE a AS amout > 3"),
            "text pattern: line 2, column 13: there is no field 'amout'; there are: what, amount, country, is_online");
  EXPECT_EQ(why("PATTERN (a) DEFINE a AS amount > 'x'"),
            "text pattern: line 1, column 34: a number is compared with a text");
  EXPECT_EQ(why("PATTERN (a) DEFINE a AS what + 1 > 2"),
            "text pattern: line 1, column 30: this is a text, and a number was expected");
  EXPECT_EQ(why("PATTERN (a) DEFINE b AS TRUE"), "text pattern: line 1, column 20: 'b' is no step of the pattern");
  EXPECT_EQ(why("PATTERN (a !b c) DEFINE c AS amount > b.amount"),
            "text pattern: line 1, column 39: 'b' is no step that is taken; there are: a, c");
  EXPECT_EQ(
      why("PATTERN (a) DEFINE a AS MEDIAN(a.amount) > 2"),
      "text pattern: line 1, column 25: there is no function MEDIAN; there are COUNT, FIRST, LAST, PREV, SUM, AVG, "
      "MIN and MAX");
  EXPECT_EQ(why("PATTERN (a) DEFINE a AS SUM(a.what) > 2"),
            "text pattern: line 1, column 31: SUM takes a number, and 'what' is a text");
  EXPECT_EQ(why("PATTERN (a) DEFINE a AS what = 'x"),
            "text pattern: line 1, column 32: a text that does not end: there is no second quote");
  EXPECT_EQ(why("PATTERN (a) WITHIN 3 FORTNIGHTS"),
            "text pattern: line 1, column 22: MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS was expected, not "
            "'FORTNIGHTS'");
  EXPECT_EQ(why("PATTERN (a{3,2})"),
            "text pattern: line 1, column 15: the greater number comes last, and is at least 1");
  EXPECT_EQ(why("PATTERN (a -> !b)"),
            "text pattern: pattern: step 'b' is the last, and must not come: within which time?");
  EXPECT_EQ(why("PATTERN (a) WHENEVER"),
            "text pattern: line 1, column 13: DEFINE, WITHIN or AFTER MATCH was expected, not 'WHENEVER'");
  EXPECT_EQ(why("PATTERN (a # b)"), "text pattern: line 1, column 12: '#' has no meaning here");
  EXPECT_EQ(why("PATTERN (a) WITHIN 1 S WITHIN 2 S"), "text pattern: line 1, column 24: WITHIN is there twice");
  EXPECT_EQ(why("PATTERN ()"), "text pattern: line 1, column 10: a step was expected, not ')'");
}

// Whatever is cut off or put in is refused or understood, and nothing else.
TEST(TextPattern, survives_what_is_nearly_right) {
  const std::string text =
      "PATTERN ((a -> b{2,3}? | PERMUTE(c, d)) ->> !e f*) DEFINE b AS amount > 3 * (1 + COUNT(a)) AND what IN ('x', "
      "'y'),"
      " f AS NOT is_online OR PREV(amount) < 2 WITHIN 3 DAYS AFTER MATCH SKIP TO FIRST a";
  EXPECT_NE(why(text), "");
  for (std::size_t at = 0; at < text.size(); ++at) {
    EXPECT_NE(why(text.substr(0, at)), "") << at;
    std::string without = text;
    without.erase(at, 1);
    EXPECT_NE(why(without), "") << at;
    for (const char* more : {"(", ")", "'", "9", ".", "!", "x"}) EXPECT_NE(why(std::string(text).insert(at, more)), "");
  }
}

}  // namespace
}  // namespace weir::streams::text_pattern_test
