// Expressions about an event, in text patterns and rules:
//
//   amount > 100 AND country != FIRST(small.country) AND COUNT(small) >= 3
//
//   or      = and {OR and}          and  = not {AND not}         not = [NOT] compared
//   compared = sum [(= | != | <> | < | <= | > | >=) sum | [NOT] IN (sum {, sum})]
//   sum     = product {(+ | -) product}      product = factor {(* | /) factor}
//   factor  = number | 'text' | TRUE | FALSE | NULL | field | step.field | PREV(field) | COUNT(step)
//           | (FIRST | LAST | SUM | AVG | MIN | MAX)(step.field) | - factor | (or)
//
// `field` is of the event under test, `step.field` of the latest one that `step` has taken, PREV of the one that was
// taken last. What is not there is null: a comparison with null is false, a sum with it null; COUNT is 0 then. Types
// are checked when the text is read; those of fields of an open table (value.h) when it is asked: what is of another
// kind than what it is compared with is neither equal to it nor anything else, and counts as null in sums. There a
// field may be one inside of another: `card.country`, if `card` is no step.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "streams/operators/pattern/pattern_spec.h"
#include "streams/operators/pattern/so_far.h"
#include "streams/operators/pattern/text/lexer.h"
#include "streams/operators/pattern/text/value.h"

namespace weir::streams::cep {

// What an expression is asked about.
struct Asked {
  const void* event;
  const SoFar* so_far;  // null: what does not look back is asked
};

struct Expression {
  TextKind kind = TextKind::null;
  bool looks_back = false;
  std::function<TextValue(const Asked&)> value;
  const Field* field = nullptr;                   // that it is, of the event under test
  std::shared_ptr<const Equality> equality = {};  // that it is; of a constant: its value, of no field
};

// Reads a condition up to the first token that can belong to no expression. `steps` are the names that may be looked
// back at; `fields` is shared with the condition. What must hold of the event alone is Condition::of_event.
Result<Condition> read_condition(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                 const std::vector<std::string>& steps);

}  // namespace weir::streams::cep
