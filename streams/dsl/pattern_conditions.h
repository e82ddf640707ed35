// How conditions of patterns are called: with an event, with one of its alternatives where it is a variant, with what
// was taken so far.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>
#include <variant>

#include "streams/dsl/pattern.h"
#include "streams/dsl/variant_serde.h"

namespace weir::streams {

namespace pattern_detail {

template <class V>
struct Alternatives {
  template <class F, class... Rest>
  static constexpr int fitting = 0;
};
template <class... Ts>
struct Alternatives<std::variant<Ts...>> {
  template <class F, class... Rest>
  static constexpr int fitting = (static_cast<int>(std::predicate<const F&, const Ts&, Rest...>) + ...);
};

// Calls with what fits: the event itself, else the alternative that it is. False: it is another one.
template <class V, class F, class... Rest>
bool call_one(const F& condition, const V& event, const Rest&... rest) {
  if constexpr (std::predicate<const F&, const V&, const Rest&...>) {
    return static_cast<bool>(condition(event, rest...));
  } else {
    return std::visit(
        [&]<class T>(const T& alternative) {
          if constexpr (std::predicate<const F&, const T&, const Rest&...>) {
            return static_cast<bool>(condition(alternative, rest...));
          } else {
            return false;
          }
        },
        event);
  }
}

template <class V, class F, class... Rest>
constexpr bool takes =
    std::predicate<const F&, const V&, Rest...> || Alternatives<V>::template fitting<F, Rest...> == 1;

template <class V, class F>
cep::Condition made_of(F condition) {
  constexpr bool kLooksAtEvent = takes<V, F>;
  constexpr bool kLooksBack = takes<V, F, const SoFar<V>&>;
  static_assert(
      kLooksAtEvent || kLooksBack,
      "Weir: a condition of a pattern takes (event) or (event, const ws::SoFar<Event>&) and gives a bool; where "
      "the event is a variant it may take exactly one of the alternatives");
  if constexpr (kLooksAtEvent) {
    return {.of_event = [condition](const void* event) {
      return call_one(condition, *static_cast<const V*>(event));
    }};
  } else {
    return {.of_match = [condition](const void* event, const cep::SoFar& so_far) {
      return call_one(condition, *static_cast<const V*>(event), SoFar<V>(so_far));
    }};
  }
}

}  // namespace pattern_detail

// Both, or one of them (streams/dsl/pattern.cc).
void add_condition(cep::Condition& to, cep::Condition also);
void add_alternative(cep::Condition& to, cep::Condition instead);

template <class V>
template <class F>
Pattern<V> Pattern<V>::where(F condition) const {
  Pattern copy = *this;
  add_condition(copy.last_condition("where"), pattern_detail::made_of<V>(std::move(condition)));
  return copy;
}

template <class V>
template <class F>
Pattern<V> Pattern<V>::or_where(F condition) const {
  Pattern copy = *this;
  add_alternative(copy.last_condition("or_where"), pattern_detail::made_of<V>(std::move(condition)));
  return copy;
}

template <class V>
template <class F>
Pattern<V> Pattern<V>::until(F condition) const {
  Pattern copy = *this;
  Element& element = copy.last("until");
  copy.spec_.conditions.push_back(pattern_detail::made_of<V>(std::move(condition)));
  element.until = static_cast<cep::ConditionIndex>(copy.spec_.conditions.size() - 1);
  return copy;
}

}  // namespace weir::streams
