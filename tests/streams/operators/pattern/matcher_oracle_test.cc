// What the engine finds is what there is by definition: random patterns of up to six steps over random letters, all
// that a pattern can say mixed, and what is kept of a key written and read back between any two events.
#include <gtest/gtest.h>

#include "streams/operators/pattern/matcher.h"
#include "tests/streams/operators/pattern/by_definition.h"
#include "tests/streams/operators/pattern/random_pattern.h"

namespace weir::streams::matcher_oracle {
namespace {

using by_definition::Enumeration;
using by_definition::Found;
using by_definition::Positions;
using by_definition::Steps;
using letters::Letter;
using random_pattern::Case;

class Collector final : public cep::MatchSink {
 public:
  Collector(const cep::Automaton& automaton, Found& found) : automaton_(automaton), found_(found) {}

  void matched(std::span<const cep::TakenEvent> events, std::int64_t) override {
    Steps steps;
    for (const auto& event : events) steps.push_back(automaton_.steps[event.step]);
    found_.matches.emplace_back(positions(events), steps);
  }
  void timed_out(std::span<const cep::TakenEvent> events, std::int64_t at_ms) override {
    found_.timeouts.emplace(positions(events), at_ms);
  }

 private:
  static Positions positions(std::span<const cep::TakenEvent> events) {
    Positions all;
    for (const auto& event : events) all.push_back(static_cast<int>(event.position));
    return all;
  }

  const cep::Automaton& automaton_;
  Found& found_;
};

Positions positions_of(const cep::KeyMatches& key, cep::TakeIndex take) {
  Positions all;
  for (cep::TakeIndex at = take; at != cep::kNoTake; at = key.buffer.take(at).before) {
    all.push_back(static_cast<int>(key.buffer.event_of(key.buffer.take(at)).position));
  }
  std::reverse(all.begin(), all.end());
  return all;
}

void write_and_read_back(const cep::Automaton& automaton, cep::KeyMatches& key) {
  OwnedBytes bytes;
  Writer out(bytes);
  key.encode(out);
  Reader in(bytes);
  cep::KeyMatches read;
  ASSERT_TRUE(read.decode(type_ops<Letter>(), in) && in.at_end() && read.fits(automaton));
  key = read;
}

Found by_engine(const Case& one, const cep::Automaton& automaton, std::uint64_t restarts) {
  Found found;
  Collector sink(automaton, found);
  cep::Matcher matcher(automaton, one.pattern.conditions, type_ops<Letter>());
  cep::KeyMatches key;
  for (std::size_t i = 0; i < one.events.size() && !found.is_error; ++i) {
    found.is_error = !matcher.process(key, &one.events[i], one.events[i].time_ms, sink).has_value();
    if ((restarts >> i & 1) != 0) write_and_read_back(automaton, key);
  }
  if (!found.is_error) found.is_error = !matcher.advance(key, one.end_ms, sink).has_value();
  key.for_each_run([&](const cep::Run& run) {
    if (!found.is_error) found.open.insert(positions_of(key, run.take));
  });
  // Nothing is kept but what a run or a waiting match refers to.
  if (key.empty()) {
    EXPECT_EQ(key.buffer.events(), 0U);
  }
  std::sort(found.matches.begin(), found.matches.end());
  return found;
}

std::string spelled(const Case& one, const Found& found) {
  std::string text = shape_of(one.pattern) + "\n ";
  for (const auto& ask : one.asks) {
    text += " " + std::to_string(static_cast<int>(ask.kind)) + ask.name + std::to_string(ask.number) + ask.step;
  }
  text += "\n ";
  for (const Letter& letter : one.events) {
    text += std::string(" ") + letter.name + std::to_string(letter.size) + "@" + std::to_string(letter.time_ms);
  }
  text += " end " + std::to_string(one.end_ms) + "\n  matches";
  const auto list = [&](const Positions& positions) {
    text += " [";
    for (int position : positions) text += std::to_string(position) + " ";
    text.back() = ']';
  };
  for (const auto& match : found.matches) list(match.first);
  text += "\n  time-outs";
  for (const auto& timeout : found.timeouts) {
    list(timeout.first);
    text += "@" + std::to_string(timeout.second);
  }
  text += "\n  open";
  for (const auto& open : found.open) list(open);
  return text + (found.is_error ? "\n  an error" : "");
}

struct Seen {
  int cases = 0;
  int senseless = 0;
  std::size_t matches = 0;
  std::size_t timeouts = 0;
};

void compare_many(std::uint64_t seed, int cases, Seen& seen) {
  random_pattern::Generator generator(seed);
  for (int failures = 0; seen.cases < cases && failures < 3;) {
    const Case one = generator.next();
    const auto automaton = compile(one.pattern);
    if (!automaton) {
      ++seen.senseless;
      continue;
    }
    ++seen.cases;
    const Found expected = Enumeration(one.pattern, one.asks, one.events, one.end_ms).run();
    Found got = by_engine(one, *automaton, static_cast<std::uint64_t>(seen.cases) * 2654435761U);
    seen.matches += got.matches.size();
    seen.timeouts += got.timeouts.size();
    // Which time-outs and open runs a match drops at the moment of an error is of no interest.
    if (expected.is_error && got.is_error) continue;
    if (got == expected) continue;
    ++failures;
    ADD_FAILURE() << "case " << seen.cases << " of seed " << seed << ": " << spelled(one, got)
                  << "\nby definition: " << spelled(one, expected);
  }
}

TEST(MatcherOracle, twenty_thousand_random_patterns_find_what_there_is_by_definition) {
  Seen seen;
  compare_many(1, 20'000, seen);
  EXPECT_GE(seen.cases, 20'000);
  EXPECT_LT(seen.senseless, seen.cases);  // the generator makes sense
  EXPECT_GT(seen.matches, 20'000U);
  EXPECT_GT(seen.timeouts, 3'000U);
}

}  // namespace
}  // namespace weir::streams::matcher_oracle
