#include "streams/dsl/pattern_rules.h"

namespace weir::streams {

RulesDetecting rules_detecting(const DetectRulesOptions& options) {
  if (options.idle_timeout && options.idle_timeout->count() < 1) {
    throw TopologyError("detect: the idle time-out must be at least 1 ms");
  }
  if (options.max_partial_matches < 1) throw TopologyError("detect: at least one partial match must be allowed");
  RulesDetecting detecting;
  if (options.idle_timeout) detecting.idle_timeout_ms = options.idle_timeout->count();
  detecting.limit = {options.max_partial_matches, options.when_too_many};
  return detecting;
}

PatternOutline outline_of(const std::string& rules_topic, const DetectRulesOptions& options) {
  PatternOutline outline{.shape = "rules of topic " + rules_topic};
  if (options.idle_timeout) outline.idle_timeout_ms = options.idle_timeout->count();
  outline.max_partial_matches = static_cast<std::int64_t>(options.max_partial_matches);
  outline.drops_oldest = options.when_too_many == cep::WhenTooMany::drop_oldest;
  return outline;
}

void Builder::add_rule_table(const std::string& topic, const std::string& table, bool in_memory,
                             std::shared_ptr<const cep::FieldTable> (*make_fields)()) {
  if (!is_legal_name(topic)) throw TopologyError("'" + topic + "' is no name of a topic");
  GlobalTableSpec spec{table, topic, key_ops<std::string>(), &type_ops<std::string>()};
  spec.store = store_spec<KeyValueStore<std::string, std::string>>({table, in_memory});
  spec.takes_null_keys = true;
  spec.takes_null_values = true;
  spec.make_filler = [make_fields] {
    return std::make_unique<RuleFiller>(make_fields());
  };
  graph_->add_global_store(std::move(spec));
}

}  // namespace weir::streams
