// What the random patterns do not say of the engine: its limits, what it keeps, what it does with bytes that are not
// its own, and how it explains itself.
#include "streams/operators/pattern/matcher.h"

#include <gtest/gtest.h>

#include "tests/streams/operators/pattern/letters.h"

namespace weir::streams::matcher {
namespace {

using cep::Contiguity;
using cep::Element;
using letters::Ask;
using letters::Letter;

Element step(const std::string& name, int condition, Contiguity contiguity = Contiguity::followed_by) {
  return {.name = name, .contiguity = contiguity, .where = condition};
}

// Conditions 0, 1, 2: the letter is a, b, c.
cep::PatternSpec pattern_of(std::vector<Element> elements, cep::SkipTo skip = cep::SkipTo::none) {
  cep::PatternSpec pattern{.elements = std::move(elements), .conditions = {}};
  for (char name : {'a', 'b', 'c'}) {
    Ask ask;
    ask.name = name;
    pattern.conditions.push_back(ask.condition());
    pattern.conditions.back().text = std::string("is ") + name;
  }
  pattern.skip.to = skip;
  return pattern;
}

struct Sink final : cep::MatchSink {
  std::vector<std::string> matches;
  std::vector<std::string> timeouts;

  static std::string spelled(std::span<const cep::TakenEvent> events) {
    std::string text;
    for (const auto& event : events) text += static_cast<const Letter*>(event.event)->name;
    return text;
  }
  void matched(std::span<const cep::TakenEvent> events, std::int64_t) override { matches.push_back(spelled(events)); }
  void timed_out(std::span<const cep::TakenEvent> events, std::int64_t) override {
    timeouts.push_back(spelled(events));
  }
};

class Walk {
 public:
  explicit Walk(cep::PatternSpec pattern, cep::RunLimit limit = {})
      : pattern_(std::move(pattern)),
        automaton_(compile(pattern_).value()),
        matcher_(automaton_, pattern_.conditions, type_ops<Letter>(), limit) {}

  // One letter each millisecond.
  Result<> feed(const std::string& letters) {
    for (char name : letters) {
      const Letter letter{name, 0, time_ms_++};
      WEIR_TRY(matcher_.process(key, &letter, letter.time_ms, sink));
    }
    return {};
  }
  cep::MatchTally tally() {
    const cep::MatchTally more = matcher_.take_tally();
    tally_.runs += more.runs;
    tally_.matches += more.matches;
    tally_.timed_out += more.timed_out;
    tally_.pruned += more.pruned;
    tally_.dropped += more.dropped;
    return tally_;
  }
  const cep::Automaton& automaton() const { return automaton_; }
  const cep::PatternSpec& pattern() const { return pattern_; }
  OwnedBytes kept() const {
    OwnedBytes bytes;
    Writer out(bytes);
    key.encode(out);
    return bytes;
  }

  cep::KeyMatches key;
  Sink sink;

 private:
  cep::PatternSpec pattern_;
  cep::Automaton automaton_;
  cep::Matcher matcher_;
  cep::MatchTally tally_;
  std::int64_t time_ms_ = 0;
};

TEST(Matcher, fails_when_a_key_has_more_partial_matches_than_it_may) {
  Walk walk(pattern_of({step("a", 0), step("b", 1)}), {.max_runs = 2});
  EXPECT_TRUE(walk.feed("aa"));
  const auto third = walk.feed("a");
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().detail.find("one key has 3 partial matches, and may have 2"), std::string::npos);
}

TEST(Matcher, lets_the_oldest_go_where_that_is_wanted) {
  Walk walk(pattern_of({step("a", 0), step("c", 2), step("b", 1)}),
            {.max_runs = 2, .when_too_many = cep::WhenTooMany::drop_oldest});
  ASSERT_TRUE(walk.feed("aaaacb"));
  EXPECT_EQ(walk.sink.matches, (std::vector<std::string>{"acb", "acb"}));
  EXPECT_EQ(walk.tally().dropped, 2U);
  EXPECT_EQ(walk.key.buffer.events(), 0U);
}

TEST(Matcher, keeps_an_event_once_however_many_runs_took_it) {
  Walk walk(pattern_of({step("a", 0), step("b", 1), step("c", 2)}));
  ASSERT_TRUE(walk.feed("aaaaab"));
  EXPECT_EQ(walk.key.run_count(), 5U);
  EXPECT_EQ(walk.key.buffer.events(), 6U);
  EXPECT_EQ(walk.key.buffer.takes(), 10U);
}

TEST(Matcher, keeps_nothing_of_what_cannot_match_any_more) {
  Walk walk(pattern_of({step("a", 0), step("b", 1, Contiguity::next)}));
  ASSERT_TRUE(walk.feed("a"));
  EXPECT_EQ(walk.key.buffer.events(), 1U);
  ASSERT_TRUE(walk.feed("c"));
  EXPECT_TRUE(walk.key.empty());
  EXPECT_TRUE(walk.key.buffer.empty());
  EXPECT_EQ(walk.tally().pruned, 1U);
}

TEST(Matcher, counts_what_happened) {
  auto pattern = pattern_of({step("a", 0), step("b", 1)});
  pattern.within_ms = 3;
  Walk walk(pattern);
  ASSERT_TRUE(walk.feed("abaccc"));
  EXPECT_EQ(walk.tally().runs, 2U);
  EXPECT_EQ(walk.tally().matches, 1U);
  EXPECT_EQ(walk.tally().timed_out, 1U);
  EXPECT_EQ(walk.sink.timeouts, (std::vector<std::string>{"a"}));
}

// Bytes that are nearly right are refused or read as some state, and never more.
TEST(Matcher, reads_back_what_it_wrote_and_refuses_what_is_damaged) {
  auto pattern = pattern_of({step("a", 0), step("b", 1), step("c", 2)}, cep::SkipTo::next);
  Walk walk(pattern);
  ASSERT_TRUE(walk.feed("aabab"));
  const OwnedBytes bytes = walk.kept();
  int refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      OwnedBytes damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      Reader in(damaged);
      cep::KeyMatches read;
      refused += !read.decode(type_ops<Letter>(), in) || !read.fits(walk.automaton());
    }
    Reader cut(Bytes(bytes).substr(0, at));
    cep::KeyMatches read;
    EXPECT_FALSE(read.decode(type_ops<Letter>(), cut)) << at;
  }
  EXPECT_GT(refused, 0);
  Reader in(bytes);
  cep::KeyMatches read;
  ASSERT_TRUE(read.decode(type_ops<Letter>(), in));
  walk.key = read;
  EXPECT_EQ(walk.kept(), bytes);
}

// Which patterns are refused, and in which words.
TEST(Matcher, refuses_patterns_that_make_no_sense) {
  const auto why = [](std::vector<Element> elements) {
    const auto checked = check(pattern_of(std::move(elements)));
    return checked ? std::string() : checked.error().detail;
  };
  const auto with = [](Element element, auto change) {
    change(element);
    return element;
  };
  EXPECT_EQ(why({}), "pattern: a pattern needs a step");
  EXPECT_EQ(why({step("a", 0), step("a", 1)}), "pattern: step 'a' is there twice");
  EXPECT_EQ(why({step("a", 0), step("b", 1, Contiguity::not_followed_by)}),
            "pattern: step 'b' is the last, and must not come: within which time?");
  EXPECT_EQ(why({step("a", 0, Contiguity::not_next)}), "pattern: step 'a' must not come, but nothing comes before it");
  EXPECT_NE(why({with(step("a", 0), [](Element& e) { e.times = {0, 2}; })}), "");
  EXPECT_NE(why({with(step("a", 0), [](Element& e) { e.until = 1; })}), "");
  EXPECT_NE(why({with(step("a", 0), [](Element& e) { e.is_greedy = true; })}), "");
  EXPECT_NE(why({step("x", 0), with(step("a", 0), [](Element& e) { e.is_optional = true; }),
                 step("b", 1, Contiguity::not_next), step("c", 2)}),
            "");
  EXPECT_EQ(why({step("a", 0), step("b", 1, Contiguity::not_next)}), "");
}

TEST(Matcher, says_when_a_pattern_is_too_large) {
  Element many = step("a", 0);
  many.times = {20'000, 20'000};
  const auto compiled = compile(pattern_of({many}));
  ASSERT_FALSE(compiled);
  EXPECT_NE(compiled.error().detail.find("too large"), std::string::npos);
}

TEST(Matcher, explains_itself) {
  Element some = step("b", 1);
  some.times = {1, std::nullopt};
  some.is_greedy = true;
  Walk walk(pattern_of({step("a", 0), some, step("c", 2, Contiguity::not_followed_by), step("d", 0)},
                       cep::SkipTo::past_last_event));
  EXPECT_EQ(shape_of(walk.pattern()), "a ~ b+[greedy] ~ !c ~ d, after a match past its last event");
  EXPECT_EQ(to_text(walk.automaton(), walk.pattern()),
            "a ~ b+[greedy] ~ !c ~ d, after a match past its last event\n"
            "start\n"
            "  1. a (is a) -> a#1\n"
            "a#1\n"
            "  1. first b (is b) -> b#2\n"
            "b#2\n"
            "  1. first b (is b) -> b#2\n"
            "  2. first d (is a) -> d#3\n"
            "  not meanwhile: is c ends 2\n"
            "  greedy: is b ends 2\n"
            "d#3 (match)\n");
  EXPECT_EQ(to_mermaid(walk.automaton(), walk.pattern()),
            "flowchart LR\n"
            "  p0([\"start\"])\n"
            "  p1([\"a#1\"])\n"
            "  p2([\"b#2\"])\n"
            "  p3(((\"d#3\")))\n"
            "  p0 -- \"a: is a\" --> p1\n"
            "  p1 -- \"first b: is b\" --> p2\n"
            "  p2 -- \"first b: is b\" --> p2\n"
            "  p2 -- \"first d: is a\" --> p3\n");
}

}  // namespace
}  // namespace weir::streams::matcher
