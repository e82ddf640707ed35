#include "streams/runtime/own_topics.h"

namespace weir::streams {

namespace {

Result<log::TopicDescription> ensure(log::Admin& admin, const Plan::OwnTopic& topic) {
  auto there = admin.describe_topic(topic.name);
  if (!there && there.error().code == ErrorCode::unknown_topic_or_partition) {
    auto created = admin.create_topic({topic.name, topic.partitions, topic.configs});
    if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
    there = admin.describe_topic(topic.name);
  }
  if (there && there->partitions != topic.partitions) {
    return fail(ErrorCode::invalid_config, "topic " + topic.name + " has " + std::to_string(there->partitions) +
                                               " partitions, the application needs " +
                                               std::to_string(topic.partitions));
  }
  return there;
}

}  // namespace

Result<Plan> plan_with_topics(const Topology& topology, const std::string& application_id, log::Admin& admin) {
  auto partitions_of = [&](const std::string& topic) -> Result<std::int32_t> {
    TRY_VAR(described, admin.describe_topic(topic));
    return described.partitions;
  };
  TRY_VAR(plan, make_plan(topology, application_id, partitions_of));
  for (const NodeSpec& node : topology.nodes()) {
    if (node.sink && node.sink->owner == TopicOwner::user) TRY(partitions_of(node.sink->topic));
  }
  for (const auto& topic : plan.own_topics) {
    TRY_VAR(described, ensure(admin, topic));
    for (const auto& [store, spec] : topology.stores()) {
      if (changelog_topic(application_id, store) == topic.name) plan.changelogs[store] = described.id;
    }
  }
  return plan;
}

}  // namespace weir::streams
