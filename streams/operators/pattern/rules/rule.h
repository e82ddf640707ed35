// Rule: a pattern that comes as data, with what is to be done about its matches. As JSON:
//
//   {"id": "spree", "version": 3, "pattern": "PATTERN (small{3,} -> large) DEFINE small AS amount < 10, ...",
//    "key": "merchant", "within": "10 MINUTES", "grace": "5 SECONDS", "skip": "PAST LAST ROW",
//    "severity": "high", "labels": {"team": "cards"}, "shadow": true, "enabled": true,
//    "max_partial_matches": 1000, "description": "..."}
//
// `id`, `version` and `pattern` must be there; a field of another name is an error. docs/patterns.md says what each is.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "streams/operators/pattern/automaton.h"
#include "streams/operators/pattern/text/value.h"

namespace weir::streams::cep {

struct Rule {
  std::string id = {};
  std::int64_t version = 0;
  std::string pattern = {};           // as text (text/text_pattern.h)
  std::vector<std::string> key = {};  // fields: events of one key of the stream are told apart by them
  std::string within = {};            // "10 MINUTES"; empty: as the pattern says
  std::string grace = {};
  std::string skip = {};  // "TO NEXT ROW"; empty: as the pattern says
  std::string severity = {};
  std::map<std::string, std::string> labels = {};
  std::string description = {};
  std::optional<std::int64_t> max_partial_matches = {};  // of one key
  bool is_shadow = false;                                // its matches are counted and do not come out
  bool is_enabled = true;

  // Partial matches of the one may go on with the other: it looks for the same.
  bool looks_for_the_same(const Rule& other) const;
};

// invalid_argument: what is wrong, and with which field.
Result<Rule> read_rule(Bytes json);

// A rule, ready to be looked for in events that have such fields.
struct CompiledRule {
  Rule rule;
  std::int64_t grace_ms = 0;
  std::vector<const Field*> key;  // of the table, which outlives it
  std::vector<Condition> conditions;
  std::shared_ptr<const Automaton> automaton;  // shared with whoever walks it
};

// invalid_argument: of a pattern with line and column.
Result<CompiledRule> compile_rule(Rule rule, const std::shared_ptr<const FieldTable>& fields);

}  // namespace weir::streams::cep
