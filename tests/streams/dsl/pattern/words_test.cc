// What each word of the pattern language means, on small streams that a reader can follow: docs/patterns.md draws them
// (tests/docs_test.py holds the page to this file).
#include <gtest/gtest.h>

#include "tests/streams/dsl/pattern/letters.h"

namespace weir::streams::pattern_words_test {
namespace {

using namespace std::chrono_literals;
using namespace pattern_letters;

// Without skipping, unless the pattern says otherwise.
void shows(const Pattern<Letter>& pattern, const std::string& stream, const Texts& expected) {
  EXPECT_EQ(matches(pattern.after_match(no_skip()), stream), expected) << explain(pattern);
}
void with_skip(const Pattern<Letter>& pattern, const cep::Skip& skip, const std::string& stream,
               const Texts& expected) {
  EXPECT_EQ(matches(pattern.after_match(skip), stream), expected) << explain(pattern);
}

TEST(PatternWords, what_may_lie_between) {
  shows(a().next(b()), "a1 b2 x3 b4", {"a1 b2"});
  shows(a().next(b()), "a1 x2 b3", {});
  shows(a().followed_by(b()), "a1 x2 b3 b4", {"a1 b3"});
  shows(a().followed_by_any(b()), "a1 x2 b3 b4", {"a1 b3", "a1 b4"});
}

TEST(PatternWords, what_must_not_come) {
  shows(a().not_next(b()).followed_by(c()), "a1 b2 c3", {});
  shows(a().not_next(b()).followed_by(c()), "a1 x2 b3 c4", {"a1 c4"});
  shows(a().not_followed_by(b()).followed_by(c()), "a1 x2 b3 c4", {});
  shows(a().not_followed_by(b()).followed_by(c()), "a1 x2 c3 b4", {"a1 c3"});
}

TEST(PatternWords, how_often) {
  shows(a().followed_by(b().times(2)), "a1 b2 b3 b4", {"a1 b2 b3"});
  shows(a().followed_by(b().times(1, 2)), "a1 b2 b3 b4", {"a1 b2", "a1 b2 b3"});
  shows(a().followed_by(b().one_or_more()).followed_by(c()), "a1 b2 b3 c4", {"a1 b2 b3 c4", "a1 b2 c4"});
  shows(a().followed_by(b().times_or_more(2)).followed_by(c()), "a1 b2 b3 c4", {"a1 b2 b3 c4"});
  shows(a().followed_by(b().optional()).followed_by(c()), "a1 b2 c3", {"a1 b2 c3", "a1 c3"});
}

TEST(PatternWords, between_repetitions) {
  shows(a().followed_by(b().times(2)), "a1 b2 x3 b4 b5", {"a1 b2 b4"});
  shows(a().followed_by(b().times(2).consecutive()), "a1 b2 x3 b4 b5", {});
  shows(a().followed_by_any(b().times(2).consecutive()), "a1 b2 x3 b4 b5", {"a1 b4 b5"});
  shows(a().followed_by(b().times(2).combinations()), "a1 b2 x3 b4 b5", {"a1 b2 b4", "a1 b2 b5"});
}

TEST(PatternWords, greedy_takes_what_there_is) {
  const auto any = pattern<Letter>("any").where([](const Letter& letter) { return letter.name != "a"; });
  shows(a().followed_by(b().one_or_more()).followed_by(any), "a1 b2 b3 c4", {"a1 b2 b3", "a1 b2 b3 c4"});
  shows(a().followed_by(b().one_or_more().greedy()).followed_by(any), "a1 b2 b3 c4", {"a1 b2 b3 c4"});
}

TEST(PatternWords, until_ends_a_repetition) {
  const auto is_c = [](const Letter& letter) {
    return letter.name == "c";
  };
  shows(a().followed_by(b().one_or_more()), "a1 b2 b3 c4 b5", {"a1 b2", "a1 b2 b3", "a1 b2 b3 b5"});
  shows(a().followed_by(b().one_or_more().until(is_c)), "a1 b2 b3 c4 b5", {"a1 b2", "a1 b2 b3"});
}

TEST(PatternWords, several_steps_as_one) {
  shows(group(a().followed_by(b())).times(2), "a1 b2 a3 b4", {"a1 b2 a3 b4"});
  shows(a().followed_by(any_of(b(), c())), "a1 x2 c3 b4", {"a1 c3", "a1 b4"});
  shows(all_of(a(), b(), c()), "b1 x2 a3 c4", {"b1 a3 c4"});
}

TEST(PatternWords, within_a_time) {
  shows(a().followed_by(b()).followed_by(c()).within(5ms), "a1 b3 c5", {"a1 b3 c5"});
  shows(a().followed_by(b()).followed_by(c()).within(5ms), "a1 b3 c6", {});
  shows(a().followed_by(b()).followed_by(c()).step_within(3ms), "a1 b8 c10", {"a1 b8 c10"});
  shows(a().followed_by(b()).followed_by(c()).step_within(3ms), "a1 b8 c11", {});
  shows(a().not_followed_by(b()).within(5ms), "a1 x5 x6", {"a1 @6"});
  shows(a().not_followed_by(b()).step_within(5ms), "a1 b5 x6", {});
}

TEST(PatternWords, after_a_match) {
  const auto twice = a().one_or_more().followed_by(b());
  with_skip(twice, no_skip(), "a1 a2 b3 b4", {"a1 a2 b3", "a1 b3", "a2 b3"});
  with_skip(twice, skip_to_next(), "a1 a2 b3 b4", {"a1 a2 b3", "a2 b3"});
  with_skip(twice, skip_past_last_event(), "a1 a2 b3 b4", {"a1 a2 b3"});
  with_skip(twice, skip_to_first("b"), "a1 a2 b3 b4", {"a1 a2 b3"});
  with_skip(twice, skip_to_last("a"), "a1 a2 b3 b4", {"a1 a2 b3", "a2 b3"});
}

TEST(PatternWords, conditions_see_what_was_taken) {
  const auto more = pattern<Letter>("more").where([](const Letter& letter, const SoFar<Letter>& so_far) {
    return letter.name == "b" && letter.number >= 2 * so_far.first("a")->number;
  });
  shows(a().followed_by(more), "a2 b3 b4", {"a2 b4"});
}

TEST(PatternWords, conditions_see_when_the_event_before_was) {
  const auto soon = pattern<Letter>("soon")
                        .where([](const Letter& letter, const SoFar<Letter>& so_far) {
                          return letter.name == so_far.last()->name && so_far.time_ms() - *so_far.last_time_ms() < 3;
                        })
                        .said("the same letter within 3 ms");
  const auto twice = pattern<Letter>("first").followed_by(soon).after_match(no_skip());
  EXPECT_EQ(matches(twice, "a1 b2 a4 b4"), (Texts{"b2 b4"}));
}

TEST(PatternWords, a_match_that_does_not_go_on_where_it_must_ends_the_run) {
  EXPECT_THROW(with_skip(a(), skip_to_first("a", true), "a1", {}), std::runtime_error);
  with_skip(a(), skip_to_first("a"), "a1 a2", {"a1", "a2"});
}

TEST(PatternWords, or_where_is_another_way_to_fit) {
  const auto either = pattern<Letter>("either")
                          .where([](const Letter& letter) { return letter.name == "b"; })
                          .or_where([](const Letter& letter, const SoFar<Letter>& so_far) {
                            return letter.name == "c" && so_far.count("a") == 1;
                          });
  shows(a().next(either), "a1 b2 a3 c4 a5 x6 c7", {"a1 b2", "a3 c4"});
}

}  // namespace
}  // namespace weir::streams::pattern_words_test
