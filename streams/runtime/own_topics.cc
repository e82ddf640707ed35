#include "streams/runtime/own_topics.h"

namespace weir::streams {

Result<Plan> plan_with_topics(const Topology& topology, const std::string& application_id, log::Admin& admin) {
  auto partitions_of = [&](const std::string& topic) -> Result<std::int32_t> {
    TRY_VAR(described, admin.describe_topic(topic));
    return described.partitions;
  };
  TRY_VAR(plan, make_plan(topology, application_id, partitions_of));
  for (const NodeSpec& node : topology.nodes()) {
    if (node.sink && node.sink->owner == TopicOwner::user) TRY(partitions_of(node.sink->topic));
  }
  for (const NodeSpec& node : topology.nodes()) {
    if (!node.on_error) continue;
    for (const std::string& topic : dead_letter_topics(*node.on_error)) TRY(partitions_of(topic));
  }
  for (const auto& topic : plan.own_topics) {
    TRY_VAR(described, log::ensure_topic(admin, {topic.name, topic.partitions, topic.configs}));
    for (const auto& [store, spec] : topology.stores()) {
      if (changelog_topic(application_id, store) == topic.name) plan.changelogs[store] = described.id;
    }
  }
  return plan;
}

}  // namespace weir::streams
