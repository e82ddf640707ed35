#include "streams/dsl/pattern.h"

#include "streams/dsl/detect_options.h"
#include "streams/operators/pattern/detect_node.h"

namespace weir::streams {

namespace {

using OfEvent = std::function<bool(const void*)>;
using OfMatch = std::function<bool(const void*, const cep::SoFar&)>;

template <class F>
void both(F& to, F also) {
  if (!also) return;
  if (!to) {
    to = std::move(also);
    return;
  }
  to = [first = std::move(to), second = std::move(also)](const auto&... arguments) {
    return first(arguments...) && second(arguments...);
  };
}

bool holds(const cep::Condition& condition, const void* event, const cep::SoFar& so_far) {
  return (!condition.of_event || condition.of_event(event)) &&
         (!condition.of_match || condition.of_match(event, so_far));
}

}  // namespace

void add_condition(cep::Condition& to, cep::Condition also) {
  both<OfEvent>(to.of_event, std::move(also.of_event));
  both<OfMatch>(to.of_match, std::move(also.of_match));
}

// What can be said of the event alone comes first still: one of the two must hold for it.
void add_alternative(cep::Condition& to, cep::Condition instead) {
  if (!to.of_event && !to.of_match) {
    to.of_event = std::move(instead.of_event);
    to.of_match = std::move(instead.of_match);
    return;
  }
  cep::Condition made;
  made.text = to.text;
  if (to.of_event && instead.of_event) {
    made.of_event = [a = to.of_event, b = instead.of_event](const void* event) {
      return a(event) || b(event);
    };
  }
  if (to.of_match || instead.of_match) {
    made.of_match = [a = std::move(to), b = std::move(instead)](const void* event, const cep::SoFar& so_far) {
      return holds(a, event, so_far) || holds(b, event, so_far);
    };
  }
  to = std::move(made);
}

std::shared_ptr<const cep::Automaton> automaton_of(const cep::PatternSpec& spec) {
  auto automaton = cep::compile(spec);
  if (!automaton) throw TopologyError(automaton.error().detail);
  return std::make_shared<const cep::Automaton>(*std::move(automaton));
}

std::string explain_pattern(const cep::PatternSpec& spec) {
  return to_text(*automaton_of(spec), spec);
}

std::string draw_pattern(const cep::PatternSpec& spec) {
  return to_mermaid(*automaton_of(spec), spec);
}

Detecting detecting(const DetectOptions& options, std::string store) {
  const auto wrong = [](const std::string& what) {
    throw TopologyError("detect: " + what);
  };
  if (options.grace.count() < 0) wrong("the grace must not be negative");
  if (options.idle_timeout && options.idle_timeout->count() < 1) wrong("the idle time-out must be at least 1 ms");
  if (options.max_partial_matches < 1) wrong("at least one partial match must be allowed");
  Detecting detecting{.store = std::move(store), .grace_ms = options.grace.count()};
  if (options.idle_timeout) detecting.idle_timeout_ms = options.idle_timeout->count();
  detecting.limit = {options.max_partial_matches, options.when_too_many};
  return detecting;
}

PatternOutline outline_of(const cep::PatternSpec& spec, const DetectOptions& options) {
  PatternOutline outline{.shape = shape_of(spec), .grace_ms = options.grace.count()};
  if (options.idle_timeout) outline.idle_timeout_ms = options.idle_timeout->count();
  outline.max_partial_matches = static_cast<std::int64_t>(options.max_partial_matches);
  outline.drops_oldest = options.when_too_many == WhenTooMany::drop_oldest;
  return outline;
}

}  // namespace weir::streams
