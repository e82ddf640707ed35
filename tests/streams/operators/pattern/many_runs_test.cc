// Keys with hundreds of partial matches, which the random patterns do not have: what comes out, times out and is
// dropped is what a few lines by hand say, for one pattern: a, then b, each of a number.
#include <deque>
#include <random>

#include <gtest/gtest.h>

#include "streams/operators/pattern/matcher.h"
#include "tests/streams/operators/pattern/letters.h"

namespace weir::streams::many_runs {
namespace {

using letters::Letter;
using Texts = std::vector<std::string>;

constexpr std::int64_t kWithinMs = 300;

struct Told final : cep::MatchSink {
  Texts all;

  void say(const char* what, std::span<const cep::TakenEvent> events) {
    std::string text = what;
    for (const auto& event : events) text += " " + std::to_string(event.position);
    all.push_back(text);
  }
  void matched(std::span<const cep::TakenEvent> events, std::int64_t) override { say("match", events); }
  void timed_out(std::span<const cep::TakenEvent> events, std::int64_t) override { say("over", events); }
};

cep::PatternSpec pattern_of(cep::SkipTo skip) {
  const auto is = [](char name) {
    return [name](const void* event) {
      return static_cast<const Letter*>(event)->name == name;
    };
  };
  cep::PatternSpec pattern;
  pattern.elements = {{.name = "a", .where = 0}, {.name = "b", .where = 1}};
  // Only a's of the same size: a b ends some of many.
  pattern.conditions = {{.of_event = is('a')},
                        {.of_event = is('b'), .of_match = [](const void* event, const cep::SoFar& so_far) {
                           const auto* first = static_cast<const Letter*>(so_far.first(0)->value.get());
                           return first->size == static_cast<const Letter*>(event)->size;
                         }}};
  pattern.within_ms = kWithinMs;
  pattern.skip.to = skip;
  return pattern;
}

class ByHand {
 public:
  explicit ByHand(std::size_t most) : most_(most) {}

  void take(const Letter& letter) {
    while (!open_.empty() && open_.front().time_ms + kWithinMs <= letter.time_ms) {
      told.push_back("over " + std::to_string(open_.front().position));
      open_.pop_front();
    }
    if (letter.name == 'b') end(letter.size);
    if (letter.name == 'a') open_.push_back({position_, letter.size, letter.time_ms});
    ++position_;
    while (open_.size() > most_) open_.pop_front();
  }

  Texts told;

 private:
  struct Open {
    std::int64_t position;
    std::int32_t size;
    std::int64_t time_ms;
  };

  void end(std::int32_t size) {
    std::deque<Open> left;
    for (const Open& one : open_) {
      if (one.size != size) {
        left.push_back(one);
        continue;
      }
      told.push_back("match " + std::to_string(one.position) + " " + std::to_string(position_));
    }
    open_ = std::move(left);
  }

  const std::size_t most_;
  std::deque<Open> open_;
  std::int64_t position_ = 0;
};

// One event each one to three milliseconds; a of two sizes, few b.
std::vector<Letter> letters_of(std::uint64_t seed, std::int32_t sizes) {
  std::mt19937_64 random(seed);
  std::vector<Letter> all;
  std::int64_t time_ms = 0;
  for (int i = 0; i < 5'000; ++i) {
    time_ms += static_cast<std::int64_t>(random() % 3);
    const char name = random() % 40 == 0 ? 'b' : random() % 5 == 0 ? 'c' : 'a';
    all.push_back({name, static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(sizes)), time_ms});
  }
  return all;
}

// Every now and then what is kept goes through its bytes.
Texts by_engine(const std::vector<Letter>& events, cep::SkipTo skip, cep::RunLimit limit) {
  const cep::PatternSpec pattern = pattern_of(skip);
  const cep::Automaton automaton = compile(pattern).value();
  cep::Matcher matcher(automaton, pattern.conditions, type_ops<Letter>(), limit);
  cep::KeyMatches key;
  Told told;
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_TRUE(matcher.process(key, &events[i], events[i].time_ms, told));
    if (i % 97 != 0) continue;
    OwnedBytes bytes;
    Writer out(bytes);
    key.encode(out);
    key = cep::KeyMatches();
    Reader in(bytes);
    EXPECT_TRUE(key.decode(type_ops<Letter>(), in));
    EXPECT_TRUE(in.at_end());
  }
  return told.all;
}

TEST(ManyRuns, end_one_by_one_and_leave_the_others_as_they_are) {
  const auto events = letters_of(1, 2);
  ByHand by_hand(SIZE_MAX);
  for (const Letter& letter : events) by_hand.take(letter);
  ASSERT_GT(by_hand.told.size(), 1'000u);
  EXPECT_EQ(by_engine(events, cep::SkipTo::none, {}), by_hand.told);
}

TEST(ManyRuns, that_are_too_many_go_from_the_first_on) {
  const auto events = letters_of(2, 2);
  ByHand by_hand(50);
  for (const Letter& letter : events) by_hand.take(letter);
  EXPECT_EQ(by_engine(events, cep::SkipTo::none, {50, cep::WhenTooMany::drop_oldest}), by_hand.told);
}

// With one size every b ends all that is open: past its end nothing is left.
TEST(ManyRuns, are_dropped_behind_a_match) {
  const auto events = letters_of(3, 1);
  Texts expected;
  std::deque<std::pair<std::int64_t, std::int64_t>> open;  // position and time
  for (std::size_t i = 0; i < events.size(); ++i) {
    while (!open.empty() && open.front().second + kWithinMs <= events[i].time_ms) {
      expected.push_back("over " + std::to_string(open.front().first));
      open.pop_front();
    }
    if (events[i].name == 'b' && !open.empty()) {
      expected.push_back("match " + std::to_string(open.front().first) + " " + std::to_string(i));
      open.clear();
    }
    if (events[i].name == 'a') open.emplace_back(i, events[i].time_ms);
  }
  ASSERT_GT(expected.size(), 100u);
  EXPECT_EQ(by_engine(events, cep::SkipTo::past_last_event, {}), expected);
}

}  // namespace
}  // namespace weir::streams::many_runs
