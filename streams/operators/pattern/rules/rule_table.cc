#include "streams/operators/pattern/rules/rule_table.h"

#include "log/base/log_line.h"
#include "log/model/record.h"
#include "streams/operators/counters.h"
#include "streams/operators/task_scope.h"

namespace weir::streams {

void RuleFiller::open(GlobalScope& scope) {
  scope_ = &scope;
  rules_ = &static_cast<state::KeyValueStore&>(scope.filled_store());
}

void RuleFiller::take(const Record& record) {
  time_ms_ = record.timestamp_ms;
  const auto* key = static_cast<const std::string*>(record.key);
  const auto* json = static_cast<const std::string*>(record.value);
  const SourceRecord& from = scope_->source_record();
  const std::string place =
      std::to_string(from.partition->partition.value()) + ":" + std::to_string(from.record->offset.value());
  Result<bool> changed = false;
  if (json != nullptr) {
    changed = take_rule(key, *json);
  } else if (key != nullptr) {
    changed = withdraw(*key);
  }
  if (!changed) {
    scope_->counters().refused_rules.add();
    log_line::warn("rule '{}' ({}, offset {}) is none, and is left out: {}", key == nullptr ? "" : *key,
                   from.partition->to_string(), from.record->offset.value(), changed.error().detail);
    return;
  }
  if (*changed) put(kRuleTableMark, place);
}

// False: it is there as it is.
Result<bool> RuleFiller::take_rule(const std::string* key, const std::string& json) {
  WEIR_TRY_VAR(rule, cep::read_rule(json));
  if (key != nullptr && *key != rule.id) {
    return fail(ErrorCode::invalid_argument, "its record has another key than its id, '" + rule.id + "'");
  }
  const std::string id = rule.id;
  const std::int64_t version = rule.version;
  WEIR_TRY(cep::compile_rule(std::move(rule), fields_));
  if (const state::Row* known = rules_->find(id)) {
    const auto& text = *known->value_as<std::string>();
    if (text == json) return false;
    const auto before = cep::read_rule(text);
    if (before && before->version >= version) {
      return fail(ErrorCode::invalid_argument, "version " + std::to_string(before->version) +
                                                   " is there already, and " + std::to_string(version) +
                                                   " is not a later one");
    }
  }
  put(id, json);
  return true;
}

bool RuleFiller::withdraw(const std::string& id) {
  state::Row* known = id.empty() ? nullptr : rules_->find(id);
  if (known == nullptr) return false;
  rules_->erase(*known, time_ms_);
  return true;
}

void RuleFiller::put(Bytes id, const std::string& text) {
  rules_->put(rules_->row(id), &text, time_ms_);
}

}  // namespace weir::streams
