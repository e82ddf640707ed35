// PatternSpec: a pattern of events as data: steps, how often each is taken, what may lie between them, what must not
// come, how long it all may take, and what follows a match. What each word means is docs/patterns.md; the automaton
// that is made of it is in automaton.h. The types of events are erased: a condition is handed a pointer to one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"

namespace weir::streams::cep {

class SoFar;
struct Equality;

// A step of a pattern, by its place among those with a name, in the order in which they stand.
using StepIndex = std::uint16_t;

// What an event must be. Both parts must hold; an empty one always does. Conditions are asked when they are needed, in
// no order that can be relied upon, so they must depend on nothing but their arguments.
struct Condition {
  std::function<bool(const void* event)> of_event = {};                       // asked once an event
  std::function<bool(const void* event, const SoFar& so_far)> of_match = {};  // asked for each run
  std::string text = {};                                                      // for whoever reads the pattern
  // What `of_event` demands among other things, where it is known; shared with copies, it never changes.
  std::shared_ptr<const Equality> needs = {};
};

// One of PatternSpec::conditions.
using ConditionIndex = std::int32_t;
inline constexpr ConditionIndex kNoCondition = -1;  // of `where`: any event; of `until`: none

// How a step stands to the one before it.
enum class Contiguity : std::uint8_t { next, followed_by, followed_by_any, not_next, not_followed_by };
constexpr bool is_not(Contiguity contiguity) {
  return contiguity == Contiguity::not_next || contiguity == Contiguity::not_followed_by;
}

// What may lie between two takes of a run.
enum class Gap : std::uint8_t {
  strict,   // nothing
  relaxed,  // what does not meet the condition of the step that is taken
  any,      // everything: an event that could be taken may be left, too
};
constexpr Gap gap_of(Contiguity contiguity) {
  if (contiguity == Contiguity::next) return Gap::strict;
  return contiguity == Contiguity::followed_by_any ? Gap::any : Gap::relaxed;
}

struct Times {
  int from = 1;
  std::optional<int> to = 1;  // nothing: no limit

  bool is_once() const { return from == 1 && to == 1; }
  bool operator==(const Times&) const = default;
};

// A step, or steps that are one element: a sequence that is repeated, one of several, all of several in any order.
struct Element {
  enum class Kind : std::uint8_t { step, sequence, any_of, all_of };

  Kind kind = Kind::step;
  std::string name = {};                            // of a step
  Contiguity contiguity = Contiguity::followed_by;  // of the first element of a sequence it has no meaning
  ConditionIndex where = kNoCondition;
  Times times = {};
  bool is_optional = false;
  bool is_greedy = false;
  Gap inner = Gap::relaxed;              // between the takes of a step, or the rounds of a sequence
  ConditionIndex until = kNoCondition;   // what ends a repetition
  std::optional<std::int64_t> gap_ms{};  // since the take before; of an absence at the end: how long it must last
  std::vector<Element> parts = {};
};

enum class SkipTo : std::uint8_t { none, next, past_last_event, first, last };

// What is dropped when a match comes out.
struct Skip {
  SkipTo to = SkipTo::past_last_event;
  std::string step = {};      // of first and last
  bool must_advance = false;  // a match without such an event, or that begins with it, is an error
};

struct PatternSpec {
  std::vector<Element> elements;  // one after the other
  std::vector<Condition> conditions;
  std::optional<std::int64_t> within_ms{};  // from the first event to the last: less than this
  Skip skip = {};
};

// How many partial matches a key may have, and what follows when there are more.
enum class WhenTooMany : std::uint8_t { fail, drop_oldest };

struct RunLimit {
  std::size_t max_runs = SIZE_MAX;  // of one key
  WhenTooMany when_too_many = WhenTooMany::fail;
};

// A pattern that makes no sense has an error that says what and where.
Result<> check(const PatternSpec& pattern);

}  // namespace weir::streams::cep
