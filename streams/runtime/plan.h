// Plan: a topology laid out over the topics that are really there: their names, how many tasks each stage has, and the
// topics that the application makes for itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/model/ids.h"
#include "streams/operators/task_info.h"
#include "streams/runtime/topic_lookup.h"
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
    bool may_grow = false;  // whose partition a record is in does not depend on its key
  };

  const Topology* topology = nullptr;  // outlives the plan
  std::string application_id;
  std::vector<std::int32_t> tasks_of_stage;
  std::vector<OwnTopic> own_topics;                // repartition topics and changelogs
  std::map<std::string, log::TopicId> changelogs;  // store -> id of its changelog; filled in when the topics are there
  std::map<std::string, log::TopicId> topic_ids;   // of inputs and own topics, by name; likewise
  struct GlobalTopic {
    log::TopicId id;
    std::optional<std::int64_t> deletions_live_ms;  // nothing: they are not compacted away
  };
  std::map<std::string, GlobalTopic> global_topics;  // of global tables; filled in when the topics are there

  // The names in the log of the topics that a source reads.
  const std::vector<std::string>& topics_of(NodeIndex source) const { return topics_of_sources.at(source); }
  std::string topic_of(const SinkSpec& sink) const;
  // The name under which a node writes: SinkNode knows it as the topology has it.
  std::string topic_for(const std::string& topic, TopicOwner owner) const;

  std::vector<TaskId> tasks() const;
  std::vector<Input> inputs_of(const TaskId& task) const;  // partitions that its sources' topics have
  // Its own, or the topic of the source that it is restored from.
  log::TopicPartition changelog_of(const std::string& store, log::PartitionIndex partition) const;

  // The topics of `all` that a source with a pattern reads, sorted. Not the application's own.
  std::vector<std::string> matching(NodeIndex source, const std::map<std::string, std::int32_t>& all) const;

  // Topic names that some stage reads and some stage writes.
  std::map<NodeIndex, std::vector<std::size_t>> writers_of_sources() const;  // source -> stages

  // A topic that `source` reads. invalid_config if another one reads it, too.
  Result<> add_topic(NodeIndex source, const std::string& topic, std::int32_t count);

  std::map<NodeIndex, std::vector<std::string>> topics_of_sources;  // for every source
  std::map<std::string, std::int32_t> partitions;                   // of every topic that is read
  std::set<std::string> came_while_running;  // topics that are read from their beginnings, whatever is said
};

// unknown_topic_or_partition; invalid_config for partitions that do not fit together, and for a topic that two sources
// read.
Result<Plan> make_plan(const Topology& topology, std::string application_id, const TopicLookup& topics);

}  // namespace weir::streams
