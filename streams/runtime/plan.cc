#include "streams/runtime/plan.h"

#include <algorithm>

#include "streams/topology/windows.h"

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

namespace {

// What was read is deleted (Purge), segment by segment: small ones give their room back soon.
const std::map<std::string, std::string> kRepartitionConfigs = {{"cleanup.policy", "delete"},
                                                                {"segment.bytes", "52428800"}};

class Planner {
 public:
  Planner(const Topology& topology, std::string application_id) : topology_(topology) {
    plan_.topology = &topology;
    plan_.application_id = std::move(application_id);
  }

  Result<Plan> run(const std::function<Result<std::int32_t>(const std::string&)>& partitions_of) {
    for (NodeIndex i = 0; i < topology_.nodes().size(); ++i) {
      const auto& source = topology_.node(i).source;
      if (!source) continue;
      for (const std::string& name : source->topics) {
        const std::string topic = plan_.topic_for(name, source->owner);
        plan_.topics_of_sources[i].push_back(topic);
        if (source->owner == TopicOwner::user) {
          TRY_VAR(count, partitions_of(topic));
          plan_.partitions[topic] = count;
        } else if (source->partitions) {
          plan_.partitions[topic] = *source->partitions;
        }
      }
    }
    for (const auto& [name, table] : topology_.global_tables()) {
      TRY_VAR(count, partitions_of(table.topic));
      plan_.partitions[table.topic] = count;
    }
    TRY(size_repartition_topics());
    TRY(size_stages());
    list_own_topics();
    return std::move(plan_);
  }

 private:
  // A repartition or retry topic has as many partitions as the other inputs of the stage below it, whose tasks it
  // shares; without others as many as the stage above has tasks.
  Result<> size_repartition_topics() {
    const auto writers = plan_.writers_of_sources();
    bool is_progress = true;
    bool is_open = true;
    while (is_progress && is_open) {
      is_progress = is_open = false;
      for (const Stage& stage : topology_.stages()) {
        for (NodeIndex source : stage.sources) {
          const std::string& topic = plan_.topics_of(source).front();  // of the user's all are known
          if (plan_.partitions.contains(topic)) continue;
          is_open = true;
          std::int32_t count = known_inputs(stage);
          // A retry topic is written by its own stage, whose other inputs come first.
          if (auto above = writers.find(source); count == 0 && above != writers.end()) {
            count = known_above(above->second);
          }
          if (count == 0) continue;
          plan_.partitions[topic] = count;
          is_progress = true;
        }
      }
    }
    if (is_open && !is_progress) {
      return fail(ErrorCode::invalid_config,
                  "repartition topics form a cycle: give one of them its number of partitions");
    }
    return {};
  }

  std::int32_t known_inputs(const Stage& stage) const {
    std::int32_t most = 0;
    for (const std::string& topic : inputs_of(stage)) {
      auto found = plan_.partitions.find(topic);
      if (found != plan_.partitions.end()) most = std::max(most, found->second);
    }
    return most;
  }

  std::int32_t known_above(const std::vector<std::size_t>& stages) const {
    std::int32_t most = 0;
    for (std::size_t stage : stages) most = std::max(most, known_inputs(topology_.stages()[stage]));
    return most;
  }

  std::vector<std::string> inputs_of(const Stage& stage) const {
    std::vector<std::string> all;
    for (NodeIndex source : stage.sources) {
      const auto& topics = plan_.topics_of(source);
      all.insert(all.end(), topics.begin(), topics.end());
    }
    return all;
  }

  Result<> size_stages() {
    for (const Stage& stage : topology_.stages()) {
      std::int32_t tasks = 0;
      std::string first;
      for (const std::string& topic : inputs_of(stage)) {
        const std::int32_t count = plan_.partitions.at(topic);
        // Records of one key must meet in one task wherever they come from.
        if (tasks != 0 && count != tasks && !stage.stores.empty()) {
          return fail(ErrorCode::invalid_config,
                      "topic " + first + " has " + std::to_string(tasks) + " partitions and topic " + topic + " has " +
                          std::to_string(count) + " partitions, but what comes of them meets in one stage, at store " +
                          stage.stores.front() + ": their numbers must be equal (repartition one of them)");
        }
        if (tasks == 0) first = topic;
        tasks = std::max(tasks, count);
      }
      plan_.tasks_of_stage.push_back(tasks);
    }
    return {};
  }

  void list_own_topics() {
    for (NodeIndex i = 0; i < topology_.nodes().size(); ++i) {
      const auto& source = topology_.node(i).source;
      if (!source || source->owner == TopicOwner::user) continue;
      const std::string& topic = plan_.topics_of(i).front();
      plan_.own_topics.push_back({topic, plan_.partitions.at(topic), kRepartitionConfigs});
    }
    for (std::size_t i = 0; i < topology_.stages().size(); ++i) {
      for (const std::string& store : topology_.stages()[i].stores) {
        const StoreSpec& spec = topology_.stores().at(store);
        if (spec.source) continue;
        Plan::OwnTopic topic{changelog_topic(plan_.application_id, store), plan_.tasks_of_stage[i], {}};
        topic.configs["cleanup.policy"] = "compact";
        if (spec.kind == StoreKind::window && spec.retention_ms != TimeWindowing::kForever) {
          constexpr std::int64_t kDayMs = 24 * 60 * 60 * 1000;  // clocks of records and brokers may differ
          topic.configs["cleanup.policy"] = "compact,delete";
          topic.configs["retention.ms"] = std::to_string(spec.retention_ms + kDayMs);
        }
        plan_.own_topics.push_back(std::move(topic));
      }
    }
  }

  const Topology& topology_;
  Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const Topology& topology, std::string application_id,
                       const std::function<Result<std::int32_t>(const std::string& topic)>& partitions_of) {
  if (!is_legal_name(application_id)) {
    return fail(ErrorCode::invalid_config, "application_id '" + application_id + "': 1 to 249 of [a-zA-Z0-9._-]");
  }
  return Planner(topology, std::move(application_id)).run(partitions_of);
}

}  // namespace weir::streams
