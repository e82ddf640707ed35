// Automaton: what a pattern comes to. A run is at a *place*: it has taken a step so and so often, in such a round of
// the groups around it. From there it has *ways* on, each its own: a take that leads to another place, or an end. An
// event may close some of them; a run without an open way is over.
//
//   place    = step, takes of it, rounds of the groups around it (counted as far as it matters)
//   way      = what it waits for, what may lie in between
//   kill     = a condition that ends ways (not steps), guard = one that ends them for greed, stop = until
//   masks have bit i for ways[i]
//
// Made once of a PatternSpec, then never changed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "streams/operators/pattern/pattern_spec.h"

namespace weir::streams::cep {

using PlaceIndex = std::uint32_t;
using WayMask = std::uint64_t;

struct Way {
  enum class Kind : std::uint8_t {
    take,     // an event of `step`
    next,     // any event: the match is complete before it
    absence,  // the end of its time: the match is complete
  };
  static constexpr std::int64_t kNoGap = -1;

  Kind kind = Kind::take;
  Gap gap = Gap::relaxed;
  StepIndex step = 0;
  ConditionIndex where = kNoCondition;
  ConditionIndex until = kNoCondition;  // of a first take: what meets it is not taken
  std::int64_t gap_ms = kNoGap;         // since the run's last take
  PlaceIndex target = 0;
};

struct Kill {
  ConditionIndex where = kNoCondition;
  bool only_next = false;  // it looks at the event behind the last take only
  std::int64_t gap_ms = Way::kNoGap;
  WayMask ways = 0;
};

struct Guard {
  ConditionIndex where = kNoCondition;
  ConditionIndex until = kNoCondition;  // what meets it directly behind a take ends the guard
  WayMask ways = 0;
};

struct Stop {
  ConditionIndex until = kNoCondition;
  WayMask ways = 0;
};

struct Place {
  StepIndex step = 0;     // that was taken last; of the start none
  bool is_match = false;  // who arrives has taken all that it must
  std::vector<Way> ways;  // at most 64
  std::vector<Kill> kills;
  std::vector<Guard> guards;  // at most 16
  std::vector<Stop> stops;
  WayMask all_ways = 0;
  bool has_gaps = false;  // some way has a time of its own
};

struct Automaton {
  static constexpr PlaceIndex kStart = 0;

  std::vector<std::string> steps;  // by StepIndex
  std::vector<Place> places;       // the first one is where nothing is taken yet
  std::optional<std::int64_t> within_ms;
  Skip skip;
  StepIndex skip_step = 0;  // of SkipTo::first and last
  // Of everything but the conditions: runs that were kept by another automaton are none of this one.
  std::uint32_t fingerprint = 0;
};

// `check` comes first. An error if it makes no sense, or has more than 10,000 places or 64 ways from one.
Result<Automaton> compile(const PatternSpec& pattern);

// The pattern as it is written in text: "a ~ b+ ~ !c ~ d within 10000 ms".
std::string shape_of(const PatternSpec& pattern);
// The automaton for readers: a place a line; a flow chart in Mermaid's language.
std::string to_text(const Automaton& automaton, const PatternSpec& pattern);
std::string to_mermaid(const Automaton& automaton, const PatternSpec& pattern);

}  // namespace weir::streams::cep
