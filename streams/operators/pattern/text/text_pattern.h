// Patterns as text, in the style of MATCH_RECOGNIZE:
//
//   PATTERN (small{3,} -> large) DEFINE small AS amount < 10, large AS amount > 50 * AVG(small.amount)
//   WITHIN 10 MINUTES AFTER MATCH SKIP PAST LAST ROW
//
//   text     = PATTERN ( choice ) {clause}        clauses in any order, each once; words in capitals or small letters
//   choice   = sequence {| sequence}
//   sequence = element {[-> | ->>] element}       nothing in between: next; ->: followed_by; ->>: followed_by_any
//   element  = (step | !step | ( choice ) | PERMUTE(choice {, choice})) [quantifier] [WITHIN n unit]
//   quantifier = (* | + | ? | {n} | {n,} | {n,m}) [?]      greedy, unless a ? stands behind it
//   clause   = DEFINE step AS condition {, step AS condition} | WITHIN n unit
//            | AFTER MATCH SKIP (TO NEXT ROW | PAST LAST ROW | TO FIRST step | TO LAST step) | AFTER MATCH NO SKIP
//
// WITHIN behind an element is about the time since the take before it (step_within); behind the pattern about all of
// it. unit = MILLISECOND | MS | SECOND | S | MINUTE | MIN | HOUR | H | DAY | D, also with an S behind it. Between
// repetitions may lie what may lie before the element (before the first one of a sequence: behind it). "a !b c" is
// not_next, "a -> !b -> c" not_followed_by. A step without a condition takes any event. Conditions are those of
// expression.h.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "streams/operators/pattern/pattern_spec.h"
#include "streams/operators/pattern/text/value.h"

namespace weir::streams::cep {

// invalid_argument with line, column and what is wrong. What makes no sense as a pattern is said as everywhere
// (`check`). `within_ms` is what the text may say by WITHIN: said twice is an error.
Result<PatternSpec> read_pattern(std::string_view text, const std::shared_ptr<const FieldTable>& fields,
                                 std::optional<std::int64_t> within_ms = {});
// "10 MINUTES", in milliseconds; and what stands behind AFTER MATCH: "NO SKIP", else without the SKIP: "TO NEXT ROW".
// invalid_argument with line and column.
Result<std::int64_t> read_duration(std::string_view text);
Result<Skip> read_skip(std::string_view text, const std::vector<Element>& elements);

}  // namespace weir::streams::cep
