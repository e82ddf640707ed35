// RuleFiller: makes a table of rules of the records of a topic. Every thread has the table in full (a global store): of
// each rule, by its id, the JSON of the latest version that is one. What is no rule is left out, counted
// (refused_rules) and told in the log with its place and what is wrong; the version before it stays.
//
//   key   = the rule's id, or null: the id stands in the value
//   value = the rule as JSON (rule.h); null: the rule of that key is withdrawn
//   the row of no key = "<partition>:<offset>" of the last record that changed something
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "streams/operators/global_filler.h"
#include "streams/operators/pattern/rules/rule.h"
#include "streams/state/key_value_store.h"

namespace weir::streams {

inline constexpr Bytes kRuleTableMark = "";

class RuleFiller final : public GlobalFiller {
 public:
  // The fields of the events for which the rules are; a rule that names others is none.
  explicit RuleFiller(std::shared_ptr<const cep::FieldTable> fields) : fields_(std::move(fields)) {}

  void open(GlobalScope& scope) override;
  void take(const Record& record) override;

 private:
  Result<bool> take_rule(const std::string* key, const std::string& json);
  bool withdraw(const std::string& id);
  void put(Bytes id, const std::string& text);

  const std::shared_ptr<const cep::FieldTable> fields_;
  GlobalScope* scope_ = nullptr;
  state::KeyValueStore* rules_ = nullptr;
  std::int64_t time_ms_ = 0;  // of the record
};

}  // namespace weir::streams
