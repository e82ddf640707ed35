// Conditions of patterns and rules, in the language of log/expression/expression.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/expression/lexer.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/operators/pattern/so_far.h"
#include "streams/operators/pattern/text/value.h"

namespace weir::streams::cep {

using expression::is_same_word;
using expression::Lexer;
using expression::Token;

// Reads a condition up to the first token that can belong to no expression. `steps` are the names that may be looked
// back at; `fields` is shared with the condition. What must hold of the event alone is Condition::of_event.
Result<Condition> read_condition(Lexer& lexer, const std::shared_ptr<const FieldTable>& fields,
                                 const std::vector<std::string>& steps);

}  // namespace weir::streams::cep
