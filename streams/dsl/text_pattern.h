// text_pattern<V>(...): a pattern as text, for tools, and for rules that come as data
// (operators/pattern/text/text_pattern.h has the grammar, expression.h that of conditions):
//
//   auto spree = ws::text_pattern<Card>("PATTERN (small{3,} -> large)"
//                                       " DEFINE small AS amount < 10, large AS amount > 50 * AVG(small.amount)"
//                                       " WITHIN 10 MINUTES");
//
// V is a struct that is named to WEIR_JSON, or a JsonEvent (dsl/event_fields.h). Rules that come as data are in
// dsl/pattern_rules.h.
#pragma once

#include <string_view>

#include "streams/dsl/event_fields.h"
#include "streams/dsl/pattern.h"
#include "streams/operators/pattern/text/text_pattern.h"

namespace weir::streams {

// TopologyError with line and column of what is wrong.
template <HasFields V>
Pattern<V> text_pattern(std::string_view text) {
  auto spec = cep::read_pattern(text, fields_of<V>());
  if (!spec) throw TopologyError("text pattern: " + spec.error().detail);
  return Pattern<V>(*std::move(spec));
}

}  // namespace weir::streams
