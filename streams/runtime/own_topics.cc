#include "streams/runtime/own_topics.h"

#include <set>

#include "log/model/topic_defaults.h"

namespace weir::streams {

namespace {

std::string config_of(const log::TopicDescription& topic, const char* name) {
  auto found = topic.configs.find(name);
  return found == topic.configs.end() ? std::string() : found->second;
}

std::optional<std::int64_t> deletions_live_ms(const log::TopicDescription& topic) {
  if (config_of(topic, "cleanup.policy").find("compact") == std::string::npos) return std::nullopt;
  const std::string said = config_of(topic, "delete.retention.ms");
  return said.empty() ? log::kDeleteRetentionMs : std::stoll(said);
}

// A topic that stands for a changelog must keep every key's last record, and deletions as long as changelogs do.
Result<> check_keeps_rows(const log::TopicDescription& topic, const std::string& store) {
  auto config = [&](const char* name) {
    return config_of(topic, name);
  };
  const bool keeps_all =
      config("retention.ms") == "-1" && (config("retention.bytes") == "" || config("retention.bytes") == "-1");
  const std::string why = "topic " + topic.name + " is read again for store " + store + ": its ";
  if (config("cleanup.policy") != "compact" && !keeps_all) {
    return fail(ErrorCode::invalid_config, why + "cleanup.policy must be compact (or its retention.ms -1)");
  }
  const std::string tombstones = config("delete.retention.ms");
  if (!tombstones.empty() && std::stoll(tombstones) < log::kDeleteRetentionMs) {
    return fail(ErrorCode::invalid_config, why + "delete.retention.ms must be at least a day");
  }
  return {};
}

// The topic as it is, made first if it is not there. What tasks keep in it by partition cannot be divided anew.
Result<log::TopicDescription> own_topic(log::Admin& admin, const Plan::OwnTopic& topic) {
  auto there = admin.describe_topic(topic.name);
  if (!there || there->partitions == topic.partitions) {
    return log::ensure_topic(admin, {topic.name, topic.partitions, topic.configs});
  }
  if (topic.may_grow && there->partitions < topic.partitions) {
    WEIR_TRY(admin.add_partitions(topic.name, topic.partitions));
    return admin.describe_topic(topic.name);
  }
  return fail(ErrorCode::invalid_config,
              "the application's state is kept in " + std::to_string(there->partitions) + " parts (topic " +
                  topic.name + "), but its inputs have " + std::to_string(topic.partitions) +
                  " partitions now: with another number of them keys go to other tasks than the ones that know them. "
                  "Reset the application (`weir streams reset`) to begin anew with as many, or put "
                  "repartition({.name = ..., .partitions = " +
                  std::to_string(there->partitions) + "}) above what keeps state");
}

// The topics that the topology reads or writes and does not make for itself.
std::set<std::string> topics_of_user(const Topology& topology) {
  std::set<std::string> topics;
  for (const NodeSpec& node : topology.nodes()) {
    if (node.source && node.source->owner == TopicOwner::user) {
      topics.insert(node.source->topics.begin(), node.source->topics.end());
    }
    if (node.sink && node.sink->owner == TopicOwner::user) topics.insert(node.sink->topic);
    if (!node.on_error) continue;
    for (const std::string& topic : dead_letter_topics(*node.on_error)) topics.insert(topic);
  }
  for (const auto& [name, table] : topology.global_tables()) topics.insert(table.topic);
  return topics;
}

Result<> provide(const Topology& topology, const std::string& application_id, log::Admin& admin,
                 MissingTopics missing) {
  std::string names;
  std::size_t count = 0;
  for (const std::string& topic : topics_of_user(topology)) {
    auto described = admin.describe_topic(topic);
    if (described) continue;
    if (described.error().code != ErrorCode::unknown_topic_or_partition) return fail(described.error());
    if (missing == MissingTopics::are_made) {
      WEIR_TRY(log::ensure_topic(admin, {topic}));
      continue;
    }
    names += (count++ == 0 ? "" : ", ") + topic;
  }
  if (count == 0) return {};
  return fail(ErrorCode::unknown_topic_or_partition,
              application_id + (count == 1 ? ": there is no topic " : ": there are no topics ") + names +
                  ": make each with 'weir topic create NAME', or let the application do it "
                  "(AppOptions: .missing_topics = MissingTopics::are_made)");
}

}  // namespace

std::map<std::string, std::int32_t> partitions_of_users(const std::vector<log::TopicDescription>& topics) {
  std::map<std::string, std::int32_t> partitions;
  for (const log::TopicDescription& topic : topics) {
    if (!topic.is_internal) partitions.emplace(topic.name, topic.partitions);
  }
  return partitions;
}

Result<Plan> plan_with_topics(const Topology& topology, const std::string& application_id, log::Admin& admin,
                              MissingTopics missing) {
  WEIR_TRY(provide(topology, application_id, admin, missing));
  std::map<std::string, log::TopicId> ids;
  auto partitions_of = [&](const std::string& topic) -> Result<std::int32_t> {
    WEIR_TRY_VAR(described, admin.describe_topic(topic));
    ids[topic] = described.id;
    return described.partitions;
  };
  auto all = [&]() -> Result<std::map<std::string, std::int32_t>> {
    WEIR_TRY_VAR(topics, admin.list_topics());
    for (const log::TopicDescription& topic : topics) ids[topic.name] = topic.id;
    return partitions_of_users(topics);
  };
  auto own = [&](const std::string& topic) -> Result<std::optional<std::int32_t>> {
    auto described = admin.describe_topic(topic);
    if (described) return std::optional(described->partitions);
    if (described.error().code == ErrorCode::unknown_topic_or_partition) return std::optional<std::int32_t>();
    return fail(described.error());
  };
  WEIR_TRY_VAR(plan, make_plan(topology, application_id, {partitions_of, all, own}));
  for (const auto& topic : plan.own_topics) {
    WEIR_TRY_VAR(described, own_topic(admin, topic));
    ids[topic.name] = described.id;
    for (const auto& [store, spec] : topology.stores()) {
      if (changelog_topic(application_id, store) == topic.name) plan.changelogs[store] = described.id;
    }
  }
  for (const auto& [name, table] : topology.global_tables()) {
    WEIR_TRY_VAR(described, admin.describe_topic(table.topic));
    plan.global_topics[table.topic] = {described.id, deletions_live_ms(described)};
  }
  for (const auto& [store, spec] : topology.stores()) {
    if (!spec.source) continue;
    WEIR_TRY_VAR(described, admin.describe_topic(topology.node(*spec.source).source->topic()));
    WEIR_TRY(check_keeps_rows(described, store));
    plan.changelogs[store] = described.id;
  }
  plan.topic_ids = std::move(ids);
  return plan;
}

}  // namespace weir::streams
