// Expressions about an event, in text patterns, rules and the transforms of connectors:
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
#include <string>
#include <vector>

#include "log/expression/lexer.h"
#include "log/expression/value.h"

namespace weir::expression {

// What was taken before the event under test, by the names of steps. Events are borrowed; null: there is none.
class LookBack {
 public:
  virtual ~LookBack() = default;
  virtual const void* first(const std::string& step) const = 0;
  virtual const void* last(const std::string& step) const = 0;
  virtual const void* latest() const = 0;  // of any step
  virtual std::size_t count(const std::string& step) const = 0;
  virtual void collect(const std::string& step, std::vector<const void*>& into) const = 0;  // as they came
};

// What an expression is asked about.
struct Asked {
  const void* event;
  const LookBack* before;  // null: what does not look back is asked
};

using Evaluation = std::function<TextValue(const Asked&)>;

struct Expression {
  TextKind kind = TextKind::null;
  bool looks_back = false;
  Evaluation value;
  const Field* field = nullptr;                   // that it is, of the event under test
  std::shared_ptr<const Equality> equality = {};  // that it is; of a constant: its value, of no field
};

// Reads a condition up to the first token that can belong to no expression: the parts that must all hold. `steps` are
// the names that may be looked back at; `fields` is shared with the parts. invalid_argument, with line and column.
Result<std::vector<Expression>> read_conditions(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                                const std::vector<std::string>& steps);

// The same of a value of any kind.
Result<Expression> read_expression(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                   const std::vector<std::string>& steps);

// What all of them demand together, of the event alone; null: nothing of the kind.
std::shared_ptr<const Equality> demanded(const std::vector<Expression>& parts);

}  // namespace weir::expression
