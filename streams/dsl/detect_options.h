// What `Stream::detect` takes.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "streams/dsl/options.h"
#include "streams/dsl/pattern.h"
#include "streams/operators/pattern/automaton.h"
#include "streams/topology/pattern_outline.h"

namespace weir::streams {

struct Detecting;  // the same for the operator

struct DetectOptions {
  // Names the store of partial matches, and so its changelog, the repartition topic above if there is one, and what the
  // pattern's numbers stand under (Statistics::patterns): store + ".detect".
  std::string store = {};
  // Events are matched in the order of their times: each waits until the operator's time, the highest that it has seen,
  // has passed its own by this much. What comes later is left out and counted (dropped_late).
  Millis grace{0};
  // Where no event comes for so long, by the wall clock, the operator's time goes on as that clock does: absences are
  // found and partial matches time out although the input is quiet. Not given: only events move the time.
  std::optional<Millis> idle_timeout = {};
  // Of one key. With `fail` the run ends with wrong_state when there are more; with drop_oldest those that began first
  // go, and are counted.
  std::size_t max_partial_matches = 10'000;
  WhenTooMany when_too_many = WhenTooMany::fail;
  bool in_memory = false;  // as in StoreOptions, as the next one is
  bool without_changelog = false;
  // When a condition throws. An event that has waited for a grace can be left out only, whatever the policy says but
  // fail.
  std::optional<ErrorPolicy> on_error = {};
};

// Of the pattern and the options; TopologyError if they make no sense (streams/dsl/pattern.cc).
std::shared_ptr<const cep::Automaton> automaton_of(const cep::PatternSpec& spec);
Detecting detecting(const DetectOptions& options, std::string store);
PatternOutline outline_of(const cep::PatternSpec& spec, const DetectOptions& options);

}  // namespace weir::streams
