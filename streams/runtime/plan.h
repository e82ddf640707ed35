// Plan: a topology laid out over the topics that are really there: their names, how many tasks each stage has, and the
// topics that the application makes for itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/model/ids.h"
#include "streams/topology/task_info.h"
#include "streams/topology/topology.h"

namespace weir::streams {

struct Plan {
  struct Input {
    NodeIndex source;
    log::TopicPartition partition;
  };
  struct OwnTopic {
    std::string name;
    std::int32_t partitions = 0;
    std::map<std::string, std::string> configs;
  };

  const Topology* topology = nullptr;  // outlives the plan
  std::string application_id;
  std::vector<std::int32_t> tasks_of_stage;
  std::vector<OwnTopic> own_topics;                // repartition topics and changelogs
  std::map<std::string, log::TopicId> changelogs;  // store -> id of its changelog; filled in when the topics are there

  // The names in the log of the topics that a source reads.
  const std::vector<std::string>& topics_of(NodeIndex source) const { return topics_of_sources.at(source); }
  std::string topic_of(const SinkSpec& sink) const;
  // The name under which a node writes: SinkNode knows it as the topology has it.
  std::string topic_for(const std::string& topic, TopicOwner owner) const;

  std::vector<TaskId> tasks() const;
  std::vector<Input> inputs_of(const TaskId& task) const;  // partitions that its sources' topics have
  // Its own, or the topic of the source that it is restored from.
  log::TopicPartition changelog_of(const std::string& store, log::PartitionIndex partition) const;

  // Topic names that some stage reads and some stage writes.
  std::map<NodeIndex, std::vector<std::size_t>> writers_of_sources() const;  // source -> stages

  std::map<NodeIndex, std::vector<std::string>> topics_of_sources;
  std::map<std::string, std::int32_t> partitions;  // of every topic that is read
};

// `partitions_of` gives the partitions of a topic that must exist. unknown_topic_or_partition; invalid_config for
// partitions that do not fit together.
Result<Plan> make_plan(const Topology& topology, std::string application_id,
                       const std::function<Result<std::int32_t>(const std::string& topic)>& partitions_of);

}  // namespace weir::streams
