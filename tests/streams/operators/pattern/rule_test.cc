// Rules as JSON, and how those are found that an event may begin.
#include "streams/operators/pattern/rules/rule.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "streams/dsl/event_fields.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/pattern/rules/rule_index.h"
#include "streams/operators/pattern/rules/rules_row.h"

namespace weir::streams::rule_test {
namespace {

struct Event {
  std::string kind;
  double amount = 0;
  bool is_online = false;
};
WEIR_JSON(Event, kind, amount, is_online)

std::string why(const std::string& json) {
  auto rule = cep::read_rule(json);
  if (!rule) return rule.error().detail;
  const auto compiled = cep::compile_rule(*std::move(rule), fields_of<Event>());
  return compiled ? "it was taken" : compiled.error().detail;
}

TEST(Rule, is_read_with_all_that_it_may_say) {
  const auto rule = cep::read_rule(R"j({
    "id": "r", "version": 2, "pattern": "PATTERN (a)", "key": ["kind", "amount"], "within": "5 SECONDS",
    "grace": "1 S", "skip": "TO NEXT ROW", "severity": "high", "labels": {"a": "b"}, "description": "what",
    "max_partial_matches": 5, "shadow": true, "enabled": false})j");
  ASSERT_TRUE(rule) << rule.error().detail;
  EXPECT_EQ(rule->id, "r");
  EXPECT_EQ(rule->version, 2);
  EXPECT_EQ(rule->key, (std::vector<std::string>{"kind", "amount"}));
  EXPECT_EQ(rule->severity, "high");
  EXPECT_EQ(rule->labels.at("a"), "b");
  EXPECT_EQ(rule->max_partial_matches, 5);
  EXPECT_TRUE(rule->is_shadow);
  EXPECT_FALSE(rule->is_enabled);
  const auto compiled = cep::compile_rule(*rule, fields_of<Event>());
  ASSERT_TRUE(compiled) << compiled.error().detail;
  EXPECT_EQ(compiled->grace_ms, 1'000);
  EXPECT_EQ(compiled->automaton->within_ms, 5'000);
  EXPECT_EQ(compiled->automaton->skip.to, cep::SkipTo::next);
}

// A rule with that pattern, and with more fields.
std::string with(const std::string& pattern, const std::string& more = "") {
  return R"j({"id": "r", "version": 1, "pattern": ")j" + pattern + "\"" + (more.empty() ? "" : ", " + more) + "}";
}

TEST(Rule, says_what_is_wrong_and_where) {
  EXPECT_EQ(why("{").substr(0, 8), "not JSON");
  EXPECT_EQ(why("[]"), "an object was expected, not an array");
  EXPECT_EQ(why(R"j({"id": "r", "version": 1})j"), "field 'pattern' is missing");
  EXPECT_EQ(why(R"j({"version": 1})j"), "field 'id': a text of 1 to 200 bytes was expected");
  EXPECT_EQ(why(R"j({"id": "r"})j"), "field 'version': a whole number from 1 on was expected");
  EXPECT_EQ(why(R"j({"id": "r", "version": "1"})j"), "field 'version': a whole number was expected, not a text");
  EXPECT_EQ(why(with("PATTERN (a)", R"j("shadwo": true)j")),
            "there is no field 'shadwo'; there are: id, version, pattern, key, within, grace, skip, severity, labels, "
            "description, max_partial_matches, shadow, enabled");
  EXPECT_EQ(why(with("PATTERN (a ->\\n) DEFINE a AS amount > 1")),
            "field 'pattern': line 2, column 1: a step was expected, not ')'");
  EXPECT_EQ(why(with("PATTERN (a)", R"j("within": "5 PARSECS")j")),
            "field 'within': line 1, column 3: MILLISECONDS, SECONDS, MINUTES, HOURS or DAYS was expected, not "
            "'PARSECS'");
  EXPECT_EQ(why(with("PATTERN (a) WITHIN 1 S", R"j("within": "5 S")j")),
            "field 'pattern': the pattern has a WITHIN of its own, and is given another one");
  EXPECT_EQ(why(with("PATTERN (a)", R"j("skip": "TO FIRST b")j")),
            "field 'skip': line 1, column 10: 'b' is no step of the pattern");
  EXPECT_EQ(why(with("PATTERN (a)", R"j("key": "what")j")),
            "field 'key': events have no field 'what'; there are: kind, amount, is_online");
  EXPECT_EQ(why(with("PATTERN (a -> !b)")),
            "field 'pattern': pattern: step 'b' is the last, and must not come: within which time?");
  EXPECT_EQ(why(with("PATTERN (a)", R"j("max_partial_matches": 0)j")),
            "field 'max_partial_matches': at least one must be allowed");
}

// Of rules over Event, those that an event may begin.
std::vector<cep::RuleIndex::Slot> found(const std::vector<std::string>& patterns, const Event& event,
                                        std::size_t* unindexed = nullptr,
                                        cep::RuleIndex::Of of = cep::RuleIndex::Of::first_step) {
  const auto fields = fields_of<Event>();
  cep::RuleIndex index(of);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    auto compiled = cep::compile_rule({.id = "r", .version = 1, .pattern = patterns[i]}, fields);
    EXPECT_TRUE(compiled) << compiled.error().detail;
    if (compiled) index.add(static_cast<cep::RuleIndex::Slot>(i), *compiled, *fields);
  }
  if (unindexed != nullptr) *unindexed = index.always().size();
  std::vector<cep::RuleIndex::Slot> slots = index.always();
  index.find(&event, slots);
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return slots;
}

TEST(RuleIndexTest, finds_rules_by_what_their_first_steps_demand) {
  using Slots = std::vector<cep::RuleIndex::Slot>;
  const std::vector<std::string> patterns{
      "PATTERN (a) DEFINE a AS kind = 'x' AND amount > 3",
      "PATTERN (a -> b) DEFINE a AS amount > 3 AND 'y' = kind, b AS kind = 'x'",
      "PATTERN (a | b) DEFINE a AS kind = 'x', b AS amount = 7",
      "PATTERN (a? -> b) DEFINE a AS kind IN ('y', 'z'), b AS kind = 'w' OR kind = 'x'",
      "PATTERN (a) DEFINE a AS is_online = TRUE",
      "PATTERN (a) DEFINE a AS amount > 3",
      "PATTERN (a | b) DEFINE a AS kind = 'x'",
      "PATTERN (a) DEFINE a AS kind = 'x' OR amount = 7",
      "PATTERN (a) DEFINE a AS NOT kind = 'x'",
  };
  std::size_t unindexed = 0;
  EXPECT_EQ(found(patterns, {.kind = "x"}, &unindexed), (Slots{0, 2, 3, 5, 6, 7, 8}));
  EXPECT_EQ(unindexed, 4u);
  EXPECT_EQ(found(patterns, {.kind = "y"}), (Slots{1, 3, 5, 6, 7, 8}));
  EXPECT_EQ(found(patterns, {.kind = "w", .amount = 7}), (Slots{2, 3, 5, 6, 7, 8}));
  EXPECT_EQ(found(patterns, {.kind = "", .is_online = true}), (Slots{4, 5, 6, 7, 8}));
}

TEST(RuleIndexTest, finds_rules_by_what_any_of_their_steps_demands) {
  using Slots = std::vector<cep::RuleIndex::Slot>;
  const std::vector<std::string> patterns{
      "PATTERN (a -> b) DEFINE a AS kind = 'x', b AS kind = 'y' AND amount > a.amount",
      "PATTERN (a -> b) DEFINE a AS kind = 'x', b AS amount > 3",
      "PATTERN (a b) DEFINE a AS kind = 'x', b AS kind = 'y'",
      "PATTERN (a -> !b -> c) DEFINE a AS kind = 'x', b AS kind = 'z', c AS kind = 'y'",
      "PATTERN (a -> !b WITHIN 3 S) DEFINE a AS kind = 'x', b AS kind = 'z'",
      "PATTERN (a+ -> b) DEFINE a AS kind = 'x', b AS kind = 'w'",
  };
  std::size_t unindexed = 0;
  const auto any = cep::RuleIndex::Of::any_step;
  EXPECT_EQ(found(patterns, {.kind = "y"}, &unindexed, any), (Slots{0, 1, 2, 3, 4}));
  EXPECT_EQ(unindexed, 4u);  // whatever comes behind a strict step ends it; an absence minds what comes first
  EXPECT_EQ(found(patterns, {.kind = "z"}, nullptr, any), (Slots{1, 2, 3, 4}));
  EXPECT_EQ(found(patterns, {.kind = "w"}, nullptr, any), (Slots{1, 2, 3, 4, 5}));
  EXPECT_EQ(found(patterns, {.kind = "v"}, nullptr, any), (Slots{1, 2, 3, 4}));
}

TEST(RulesRowTest, is_as_the_page_says) {
  cep::RulesRow row;
  cep::RuleMatches& entry = row.entry(7, "s");
  entry.grace_ms = 5;
  entry.row.fingerprint = 0x01020304;
  const std::string waiting = "a";
  entry.row.hold(cep::OwnedEvent(type_ops<std::string>(), &waiting), 9);
  OwnedBytes scratch;
  EXPECT_EQ(to_hex(row.encode(scratch)), "0101070a01731901010203040112016100000000feffffffffffffffff010000");
}

// What copies share is copied before it is changed.
TEST(RulesRowTest, a_change_leaves_copies_as_they_are) {
  cep::RulesRow row;
  const std::int64_t event = 42;
  row.entry(1, "").row.hold(cep::OwnedEvent(type_ops<std::int64_t>(), &event), 1);
  row.entry(2, "").row.hold(cep::OwnedEvent(type_ops<std::int64_t>(), &event), 2);
  const cep::RulesRow before = row;
  OwnedBytes scratch;
  const OwnedBytes bytes(before.encode(scratch));
  row.entry(2, "").row.hold(cep::OwnedEvent(type_ops<std::int64_t>(), &event), 3);
  EXPECT_EQ(before.entries[0], row.entries[0]);
  EXPECT_EQ(OwnedBytes(before.encode(scratch)), bytes);
  EXPECT_NE(OwnedBytes(row.encode(scratch)), bytes);
}

TEST(RulesRowTest, is_written_and_read_back) {
  cep::RulesRow row;
  for (const auto& [rule, key] : std::vector<std::pair<cep::RuleNumber, std::string>>{{7, ""}, {3, "b"}, {3, "a"}}) {
    cep::RuleMatches& entry = row.entry(rule, key);
    entry.grace_ms = 5;
    const std::int64_t event = 42;
    entry.row.hold(cep::OwnedEvent(type_ops<std::int64_t>(), &event), static_cast<std::int64_t>(rule));
  }
  ASSERT_EQ(row.entries.size(), 3u);
  EXPECT_EQ(row.entries.front()->key, "a");
  EXPECT_EQ(row.due_ms(), 8);
  OwnedBytes scratch;
  const OwnedBytes bytes(row.encode(scratch));
  cep::RulesRow read;
  ASSERT_TRUE(read.decode(type_ops<std::int64_t>(), bytes));
  ASSERT_EQ(read.entries.size(), 3u);
  ASSERT_NE(read.find(3, "b"), nullptr);
  EXPECT_EQ(read.find(3, "c"), nullptr);
  EXPECT_EQ(read.find(7, "")->row.held.size(), 1u);
  EXPECT_EQ(OwnedBytes(read.encode(scratch)), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read.decode(type_ops<std::int64_t>(), Bytes(bytes).substr(0, size))) << size;
  }
}

}  // namespace
}  // namespace weir::streams::rule_test
