// text_pattern<V>(...): a pattern as text, for tools, and for rules that come as data
// (operators/pattern/text/text_pattern.h has the grammar, expression.h that of conditions):
//
//   auto spree = ws::text_pattern<Card>("PATTERN (small{3,} -> large)"
//                                       " DEFINE small AS amount < 10, large AS amount > 50 * AVG(small.amount)"
//                                       " WITHIN 10 MINUTES");
//
// V is a struct that is named to WEIR_JSON: those of its members that are numbers, texts, or true or false, or such
// in a std::optional, are the fields that conditions may name.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>

#include "streams/dsl/json.h"
#include "streams/dsl/pattern.h"
#include "streams/operators/pattern/text/text_pattern.h"

namespace weir::streams {

namespace text_pattern_detail {

template <class T>
constexpr cep::TextKind kind_of() {
  if constexpr (std::same_as<T, bool>) {
    return cep::TextKind::truth;
  } else if constexpr (std::is_arithmetic_v<T>) {
    return cep::TextKind::number;
  } else if constexpr (std::same_as<T, std::string>) {
    return cep::TextKind::text;
  } else if constexpr (is_nullable<T>) {
    return kind_of<plain_t<T>>();
  } else {
    return cep::TextKind::null;
  }
}

template <class T>
cep::TextValue read(const void* member) {
  const T& value = *static_cast<const T*>(member);
  if constexpr (is_nullable<T>) {
    return value ? read<plain_t<T>>(&*value) : cep::TextValue{};
  } else if constexpr (std::same_as<T, bool>) {
    return cep::TextValue::of(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return cep::TextValue::of(static_cast<double>(value));
  } else {
    return cep::TextValue::of(std::string_view(value));
  }
}

template <json::Struct V>
std::shared_ptr<const cep::FieldTable> fields_of() {
  auto fields = std::make_shared<cep::FieldTable>();
  V sample{};
  weir_visit_members(sample, [&](const char* name, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    if constexpr (kind_of<Member>() != cep::TextKind::null) {
      const auto offset = reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&sample);
      fields->add({name, kind_of<Member>(), static_cast<std::size_t>(offset), &read<Member>});
    }
  });
  return fields;
}

}  // namespace text_pattern_detail

// TopologyError with line and column of what is wrong.
template <json::Struct V>
Pattern<V> text_pattern(std::string_view text) {
  auto spec = cep::read_pattern(text, text_pattern_detail::fields_of<V>());
  if (!spec) throw TopologyError("text pattern: " + spec.error().detail);
  return Pattern<V>(*std::move(spec));
}

}  // namespace weir::streams
