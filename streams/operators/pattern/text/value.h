// What text patterns and rules are made of (log/expression), under the names that patterns know.
#pragma once

#include <utility>

#include "log/expression/value.h"

namespace weir::streams::cep {

using expression::Field;
using expression::read;
using expression::TextKind;
using expression::TextValue;

// The fields of an event that patterns may name.
class FieldTable final : public expression::FieldTable {
 public:
  using expression::FieldTable::FieldTable;
};

// What a condition demands of an event, so that a rule can be found without being asked (rules/rule_index.h).
struct Equality final : expression::Equality {
  Equality() = default;
  explicit Equality(expression::Equality is) : expression::Equality(std::move(is)) {}
};

}  // namespace weir::streams::cep
