#include "streams/runtime/topic_watch.h"

#include <algorithm>

#include "log/base/saturate.h"
#include "streams/runtime/own_topics.h"

namespace weir::streams {

namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_pattern(const NodeSpec& node) {
  return node.source && node.source->pattern;
}

bool is_own(const Plan& plan, const std::string& topic) {
  return std::any_of(plan.own_topics.begin(), plan.own_topics.end(),
                     [&](const Plan::OwnTopic& own) { return own.name == topic; });
}

// Of topics that are read and still there. One of the application's own may have more partitions than it was made with.
std::vector<std::string> changes_within(const Plan& plan, const std::vector<log::TopicDescription>& topics) {
  std::vector<std::string> changes;
  for (const log::TopicDescription& topic : topics) {
    const auto known = plan.partitions.find(topic.name);
    if (known == plan.partitions.end() || is_own(plan, topic.name)) continue;
    const auto id = plan.topic_ids.find(topic.name);
    if (id != plan.topic_ids.end() && id->second != topic.id) {
      changes.push_back("topic " + topic.name + " was deleted and made anew");
    } else if (topic.partitions != known->second) {
      changes.push_back("topic " + topic.name + " has " + std::to_string(topic.partitions) +
                        " partitions now and had " + std::to_string(known->second));
    }
  }
  return changes;
}

}  // namespace

bool reads_patterns(const Topology& topology) {
  return std::any_of(topology.nodes().begin(), topology.nodes().end(), is_pattern);
}

std::vector<std::string> changes_of_topics(const Plan& plan, const std::vector<log::TopicDescription>& topics) {
  std::vector<std::string> changes = changes_within(plan, topics);
  const auto all = partitions_of_users(topics);
  for (NodeIndex source = 0; source < plan.topology->nodes().size(); ++source) {
    if (!is_pattern(plan.topology->node(source))) continue;
    const auto there = plan.matching(source, all);
    for (const std::string& topic : there) {
      if (!has(plan.topics_of(source), topic)) changes.push_back("topic " + topic + " is new");
    }
    for (const std::string& topic : plan.topics_of(source)) {
      if (!has(there, topic)) changes.push_back("topic " + topic + " is gone");
    }
  }
  return changes;
}

TopicWatch::TopicWatch(const Plan& plan, std::unique_ptr<log::Admin> admin, Millis interval, std::int64_t now_ms)
    : plan_(plan), admin_(std::move(admin)), interval_(interval), next_ms_(saturated_sum(now_ms, interval.count())) {}

Result<std::vector<std::string>> TopicWatch::look_if_due(std::int64_t now_ms) {
  if (now_ms < next_ms_) return std::vector<std::string>{};
  next_ms_ = saturated_sum(now_ms, interval_.count());
  WEIR_TRY_VAR(topics, admin_->list_topics());
  return changes_of_topics(plan_, topics);
}

}  // namespace weir::streams
