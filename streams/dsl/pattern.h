// pattern<V>(...): a pattern of events in the order in which it is read:
//
//   auto break_in = ws::pattern<Login>("failed").where([](const Login& e) { return !e.ok; }).times_or_more(5)
//                       .followed_by("success").where([](const Login& e) { return e.ok; })
//                       .within(10min);
//   logins.detect(break_in, {.store = "break-ins"}).map_values(to_alert).to("alerts");
//
// A pattern is a value: every word gives another one. Words behind a step are about that step, but for `within` and
// `after_match`, which are about the whole. Conditions take (event), or (event, so_far) to look at what was taken; of a
// variant they may take one of its alternatives: the step is then one for events of that type. docs/patterns.md shows
// what each word means on small streams. What makes no sense is a TopologyError where the pattern is used.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "streams/dsl/call.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/operators/pattern/so_far.h"
#include "streams/topology/topology.h"

namespace weir::streams {

using cep::WhenTooMany;

// What an iterative condition sees: the events that this run has taken, without the one under test. Borrowed until the
// condition returns. A step that the pattern does not have is a std::logic_error.
template <class V>
class SoFar {
 public:
  explicit SoFar(const cep::SoFar& so_far) : so_far_(so_far) {}

  std::size_t count(const std::string& step) const { return so_far_.count(so_far_.step(step)); }
  // Null: the step has taken nothing yet.
  const V* first(const std::string& step) const { return event(so_far_.first(so_far_.step(step))); }
  const V* last(const std::string& step) const { return event(so_far_.last(so_far_.step(step))); }
  // The event taken last, by whatever step.
  const V* last() const { return event(so_far_.last()); }
  std::vector<const V*> all(const std::string& step) const {
    std::vector<const void*> events;
    so_far_.collect(so_far_.step(step), events);
    std::vector<const V*> typed;
    for (const void* one : events) typed.push_back(static_cast<const V*>(one));
    return typed;
  }
  // Times of records: of the one under test, and of the one that was taken last.
  std::int64_t time_ms() const { return so_far_.time_ms(); }
  std::optional<std::int64_t> last_time_ms() const {
    const auto* last = so_far_.last();
    return last == nullptr ? std::nullopt : std::optional(last->timestamp_ms);
  }

 private:
  static const V* event(const cep::MatchBuffer::Event* event) {
    return event == nullptr ? nullptr : static_cast<const V*>(event->value.get());
  }

  const cep::SoFar& so_far_;
};

// What a match that comes out drops of what is open.
inline cep::Skip no_skip() {
  return {.to = cep::SkipTo::none};
}
inline cep::Skip skip_to_next() {
  return {.to = cep::SkipTo::next};
}
inline cep::Skip skip_past_last_event() {
  return {.to = cep::SkipTo::past_last_event};
}
// `must_advance`: a match that has no event of the step, or begins with it, ends the run.
inline cep::Skip skip_to_first(std::string step, bool must_advance = false) {
  return {cep::SkipTo::first, std::move(step), must_advance};
}
inline cep::Skip skip_to_last(std::string step, bool must_advance = false) {
  return {cep::SkipTo::last, std::move(step), must_advance};
}

template <class V>
class Pattern {
 public:
  using Millis = std::chrono::milliseconds;
  using Element = cep::Element;

  Pattern() = default;
  explicit Pattern(cep::PatternSpec spec) : spec_(std::move(spec)) {}

  // --- the next step, or group ---
  Pattern next(const std::string& step) const { return with(named(step), cep::Contiguity::next); }
  Pattern followed_by(const std::string& step) const { return with(named(step), cep::Contiguity::followed_by); }
  Pattern followed_by_any(const std::string& step) const { return with(named(step), cep::Contiguity::followed_by_any); }
  Pattern not_next(const std::string& step) const { return with(named(step), cep::Contiguity::not_next); }
  Pattern not_followed_by(const std::string& step) const { return with(named(step), cep::Contiguity::not_followed_by); }
  Pattern next(const Pattern& group) const { return with(group, cep::Contiguity::next); }
  Pattern followed_by(const Pattern& group) const { return with(group, cep::Contiguity::followed_by); }
  Pattern followed_by_any(const Pattern& group) const { return with(group, cep::Contiguity::followed_by_any); }
  Pattern not_next(const Pattern& step) const { return with(step, cep::Contiguity::not_next); }
  Pattern not_followed_by(const Pattern& step) const { return with(step, cep::Contiguity::not_followed_by); }

  // --- what an event of the step is: all that is said must hold; `or_where`: or this ---
  template <class F>
  Pattern where(F condition) const;
  template <class F>
  Pattern or_where(F condition) const;
  // Of a variant: an event of that type.
  template <class T>
  Pattern is() const {
    return where([](const T&) { return true; });
  }
  // What is shown of the conditions where the pattern is explained.
  Pattern said(std::string text) const {
    Pattern copy = *this;
    copy.last_condition("said").text = std::move(text);
    return copy;
  }

  // --- how often ---
  Pattern times(int n) const { return times(n, n); }
  Pattern times(int from, int to) const {
    return change("times", [&](Element& last) { last.times = {from, to}; });
  }
  Pattern times_or_more(int n) const {
    return change("times_or_more", [&](Element& last) { last.times = {n, std::nullopt}; });
  }
  Pattern one_or_more() const { return times_or_more(1); }
  Pattern optional() const {
    return change("optional", [](Element& last) { last.is_optional = true; });
  }
  // Takes as many as there are before it goes on.
  Pattern greedy() const {
    return change("greedy", [](Element& last) { last.is_greedy = true; });
  }
  // What may lie between repetitions: nothing; or events that could be taken as well.
  Pattern consecutive() const {
    return change("consecutive", [](Element& last) { last.inner = cep::Gap::strict; });
  }
  Pattern combinations() const {
    return change("combinations", [](Element& last) { last.inner = cep::Gap::any; });
  }
  // An event that ends the repetition, and is not taken by it.
  template <class F>
  Pattern until(F condition) const;

  // --- time ---
  // Since the event before; of an absence at the end: how long it must last.
  Pattern step_within(Millis time) const {
    return change("step_within", [&](Element& last) { last.gap_ms = time.count(); });
  }
  // From the first event to the last: less than this. Said twice, the shorter counts.
  Pattern within(Millis time) const {
    Pattern copy = *this;
    if (!copy.spec_.within_ms || time.count() < *copy.spec_.within_ms) copy.spec_.within_ms = time.count();
    return copy;
  }

  // Default: skip_past_last_event().
  Pattern after_match(cep::Skip skip) const {
    Pattern copy = *this;
    copy.spec_.skip = std::move(skip);
    copy.has_skip_ = true;
    return copy;
  }

  const cep::PatternSpec& spec() const { return spec_; }

  template <class V2>
  friend Pattern<V2> pattern(const std::string& step);
  template <class V2>
  friend Pattern<V2> group(const Pattern<V2>& inner);
  template <class V2, class... Rest>
  friend Pattern<V2> any_of(const Pattern<V2>& first, const Rest&... rest);
  template <class V2, class... Rest>
  friend Pattern<V2> all_of(const Pattern<V2>& first, const Rest&... rest);

 private:
  static Element named(const std::string& step) { return {.name = step}; }

  Pattern with(Element element, cep::Contiguity contiguity) const {
    Pattern copy = *this;
    element.contiguity = contiguity;
    copy.spec_.elements.push_back(std::move(element));
    return copy;
  }
  Pattern with(const Pattern& group, cep::Contiguity contiguity) const {
    Pattern copy = *this;
    Element element = copy.adopted(group);
    element.contiguity = contiguity;
    copy.spec_.elements.push_back(std::move(element));
    return copy;
  }
  static Pattern one_of(Element::Kind kind, const std::vector<const Pattern*>& parts) {
    Pattern made;
    Element element{.kind = kind};
    for (const Pattern* part : parts) element.parts.push_back(made.adopted(*part));
    made.spec_.elements.push_back(std::move(element));
    return made;
  }

  // The elements of `group` as one, with its conditions behind those that are here.
  Element adopted(const Pattern& group) {
    if (group.spec_.elements.empty()) throw TopologyError("pattern: a group needs a step");
    if (group.spec_.within_ms || group.has_skip_) {
      throw TopologyError("pattern: within and after_match belong to the whole, not to a group in it");
    }
    const auto base = static_cast<cep::ConditionIndex>(spec_.conditions.size());
    spec_.conditions.insert(spec_.conditions.end(), group.spec_.conditions.begin(), group.spec_.conditions.end());
    Element element{.kind = Element::Kind::sequence, .parts = group.spec_.elements};
    for (Element& part : element.parts) shift(part, base);
    if (element.parts.size() > 1) return element;
    Element alone = std::move(element.parts.front());
    return alone;
  }
  static void shift(Element& element, cep::ConditionIndex base) {
    if (element.where != cep::kNoCondition) element.where += base;
    if (element.until != cep::kNoCondition) element.until += base;
    for (Element& part : element.parts) shift(part, base);
  }

  Element& last(const char* word) {
    if (spec_.elements.empty()) throw TopologyError(std::string("pattern: ") + word + " before the first step");
    return spec_.elements.back();
  }
  template <class Change>
  Pattern change(const char* word, Change change) const {
    Pattern copy = *this;
    change(copy.last(word));
    return copy;
  }
  cep::Condition& last_condition(const char* word) {
    Element& element = last(word);
    if (element.kind != Element::Kind::step) {
      throw TopologyError(std::string("pattern: ") + word + " belongs to a step, not to a group");
    }
    if (element.where == cep::kNoCondition) {
      spec_.conditions.emplace_back();
      element.where = static_cast<cep::ConditionIndex>(spec_.conditions.size() - 1);
    }
    return spec_.conditions[static_cast<std::size_t>(element.where)];
  }

  cep::PatternSpec spec_;
  bool has_skip_ = false;
};

// Begins with that step; with a group, which may then be repeated.
template <class V>
Pattern<V> pattern(const std::string& step) {
  return Pattern<V>().with(Pattern<V>::named(step), cep::Contiguity::followed_by);
}
// A sequence as one element, to be repeated or made optional: group(...).times(2).
template <class V>
Pattern<V> group(const Pattern<V>& inner) {
  Pattern<V> made;
  cep::Element element = made.adopted(inner);
  if (element.kind != cep::Element::Kind::sequence) {
    cep::Element around{.kind = cep::Element::Kind::sequence};
    around.parts.push_back(std::move(element));
    element = std::move(around);
  }
  made.spec_.elements.push_back(std::move(element));
  return made;
}
// One of several: each is a pattern of its own, as if there were as many patterns.
template <class V, class... Rest>
Pattern<V> any_of(const Pattern<V>& first, const Rest&... rest) {
  return Pattern<V>::one_of(cep::Element::Kind::any_of, {&first, &rest...});
}
// All of them, in whatever order; at most five.
template <class V, class... Rest>
Pattern<V> all_of(const Pattern<V>& first, const Rest&... rest) {
  return Pattern<V>::one_of(cep::Element::Kind::all_of, {&first, &rest...});
}

// The pattern and its automaton for readers: as text, and as a flow chart in Mermaid's language. TopologyError if the
// pattern makes no sense.
std::string explain_pattern(const cep::PatternSpec& spec);
std::string draw_pattern(const cep::PatternSpec& spec);
template <class V>
std::string explain(const Pattern<V>& pattern) {
  return explain_pattern(pattern.spec());
}
template <class V>
std::string draw(const Pattern<V>& pattern) {
  return draw_pattern(pattern.spec());
}

}  // namespace weir::streams

#include "streams/dsl/pattern_conditions.h"
