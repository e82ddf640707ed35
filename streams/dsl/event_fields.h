// The fields of events that expressions of text patterns and rules may name: of a struct that is named to WEIR_JSON its
// members that are numbers, texts, or true or false, or such in a std::optional; of a JsonEvent whatever it has.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>

#include "streams/dsl/json.h"
#include "streams/dsl/json_event.h"
#include "streams/operators/pattern/text/value.h"

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
cep::TextValue read(const void* member, const cep::Field& field) {
  const T& value = *static_cast<const T*>(member);
  if constexpr (is_nullable<T>) {
    return value ? read<plain_t<T>>(&*value, field) : cep::TextValue{};
  } else if constexpr (std::same_as<T, bool>) {
    return cep::TextValue::of(value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return cep::TextValue::of(static_cast<double>(value));
  } else {
    return cep::TextValue::of(std::string_view(value));
  }
}

}  // namespace text_pattern_detail

// Events that have fields with names.
template <class V>
concept HasFields = json::Struct<V> || std::same_as<V, JsonEvent>;

template <HasFields V>
std::shared_ptr<const cep::FieldTable> fields_of() {
  if constexpr (std::same_as<V, JsonEvent>) {
    return std::make_shared<cep::FieldTable>([](const void* event, const cep::Field& field) {
      return static_cast<const JsonEvent*>(event)->value(field.name);
    });
  } else {
    auto fields = std::make_shared<cep::FieldTable>();
    V sample{};
    weir_visit_members(sample, [&](const char* name, auto& member) {
      using Member = std::remove_reference_t<decltype(member)>;
      if constexpr (text_pattern_detail::kind_of<Member>() != cep::TextKind::null) {
        const auto offset = reinterpret_cast<const char*>(&member) - reinterpret_cast<const char*>(&sample);
        fields->add({name, text_pattern_detail::kind_of<Member>(), static_cast<std::size_t>(offset),
                     &text_pattern_detail::read<Member>});
      }
    });
    return fields;
  }
}

}  // namespace weir::streams
