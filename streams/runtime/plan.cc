#include "streams/runtime/plan.h"

#include <algorithm>

namespace weir::streams {

std::string Plan::topic_for(const std::string& topic, TopicOwner owner) const {
  switch (owner) {
    case TopicOwner::user:
      return topic;
    case TopicOwner::application:
      return repartition_topic(application_id, topic);
    case TopicOwner::retry:
      return retry_topic(application_id, topic);
  }
  return topic;
}

std::string Plan::topic_of(const SinkSpec& sink) const {
  return topic_for(sink.topic, sink.owner);
}

std::vector<TaskId> Plan::tasks() const {
  std::vector<TaskId> all;
  for (std::size_t stage = 0; stage < tasks_of_stage.size(); ++stage) {
    for (std::int32_t p = 0; p < tasks_of_stage[stage]; ++p) all.push_back({stage, log::PartitionIndex(p)});
  }
  return all;
}

std::vector<Plan::Input> Plan::inputs_of(const TaskId& task) const {
  std::vector<Input> inputs;
  for (NodeIndex source : topology->stages()[task.stage].sources) {
    for (const std::string& topic : topics_of(source)) {
      if (task.partition.value() < partitions.at(topic)) inputs.push_back({source, {topic, task.partition}});
    }
  }
  return inputs;
}

log::TopicPartition Plan::changelog_of(const std::string& store, log::PartitionIndex partition) const {
  const StoreSpec& spec = topology->stores().at(store);
  if (spec.source) return {topics_of(*spec.source).front(), partition};
  return {changelog_topic(application_id, store), partition};
}

Result<> Plan::add_topic(NodeIndex source, const std::string& topic, std::int32_t count) {
  for (const auto& [other, topics] : topics_of_sources) {
    if (other == source || std::find(topics.begin(), topics.end(), topic) == topics.end()) continue;
    return fail(ErrorCode::invalid_config, "topic " + topic + " is read by two sources, " + topology->node(other).name +
                                               " and " + topology->node(source).name +
                                               ": let one of their patterns leave it out");
  }
  topics_of_sources[source].push_back(topic);
  partitions[topic] = count;
  return {};
}

std::vector<std::string> Plan::matching(NodeIndex source, const std::map<std::string, std::int32_t>& all) const {
  std::vector<std::string> names;
  for (const auto& [name, count] : all) {
    if (topology->node(source).source->pattern->matches(name) && !is_own_topic(application_id, name)) {
      names.push_back(name);
    }
  }
  return names;
}

std::map<NodeIndex, std::vector<std::size_t>> Plan::writers_of_sources() const {
  std::map<std::string, std::vector<std::size_t>> writers;
  const auto& stages = topology->stages();
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    for (NodeIndex node : stages[stage].nodes) {
      if (const auto& sink = topology->node(node).sink) writers[topic_of(*sink)].push_back(stage);
    }
  }
  std::map<NodeIndex, std::vector<std::size_t>> of_sources;
  for (const Stage& stage : stages) {
    for (NodeIndex source : stage.sources) {
      for (const std::string& topic : topics_of(source)) {
        auto found = writers.find(topic);
        if (found == writers.end()) continue;
        of_sources[source].insert(of_sources[source].end(), found->second.begin(), found->second.end());
      }
    }
  }
  return of_sources;
}

}  // namespace weir::streams
