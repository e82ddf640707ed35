// What `Stream::detect` takes where rules come as data.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "streams/dsl/options.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/topology/pattern_outline.h"

namespace weir::streams {

struct RulesDetecting;  // the same for the operator

struct DetectRulesOptions {
  // Names the store of partial matches; behind it stands "-rules" for that of the rules that are worked by. Numbers of
  // each rule stand under store + ".detect/" + its id (Statistics::patterns).
  std::string store = {};
  // As in DetectOptions.
  std::optional<Millis> idle_timeout = {};
  // Of one key and one rule that has no number of its own; with drop_oldest, the default here, no rule can end the run.
  std::size_t max_partial_matches = 10'000;
  cep::WhenTooMany when_too_many = cep::WhenTooMany::drop_oldest;
  bool in_memory = false;
  std::optional<ErrorPolicy> on_error = {};
};

// TopologyError if they make no sense (streams/dsl/pattern_rules.cc).
RulesDetecting rules_detecting(const DetectRulesOptions& options);
PatternOutline outline_of(const std::string& rules_topic, const DetectRulesOptions& options);

}  // namespace weir::streams
