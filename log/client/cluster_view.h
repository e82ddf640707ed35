// ClusterView: what one client knows of the cluster: its topics' partitions and their leaders, and the coordinators of
// the groups and transactional ids that it uses. Asked once, kept until an error says that it is out of date.
//
// One owner thread. A leader epoch never goes backwards: an answer from a broker that is behind changes nothing.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/client/connection.h"
#include "log/wire/messages/metadata.h"

namespace weir::log {

class ClusterView {
 public:
  struct Partition {
    NodeId leader{-1};
    LeaderEpoch epoch = kNoLeaderEpoch;
  };
  struct Topic {
    TopicId id;
    std::vector<Partition> partitions;  // by index
  };

  explicit ClusterView(Connection& connection) : connection_(connection) {}

  // Makes sure that the topics are known, each with its partitions. unknown_topic_or_partition names the first that
  // does not exist.
  Task<Result<>> learn(std::vector<std::string> topics);
  // The same, but asks again also for those that are known.
  Task<Result<>> learn_again(std::vector<std::string> topics);

  // The names of all topics that are not internal, which are known from now on.
  Task<Result<std::vector<std::string>>> list_topics();

  const Topic* find(const std::string& topic) const;
  // nullptr: the topic or the partition is not known.
  const Partition* find(const TopicPartition& partition) const;

  Task<Result<NodeId>> coordinator(wire::CoordinatorType type, std::string key);
  void forget_coordinator(wire::CoordinatorType type, const std::string& key);

 private:
  using CoordinatorKey = std::pair<wire::CoordinatorType, std::string>;

  Result<> take(const wire::MetadataResponse::MetadataResponseTopic& answer);

  Connection& connection_;
  std::unordered_map<std::string, Topic> topics_;
  std::map<CoordinatorKey, NodeId> coordinators_;
};

}  // namespace weir::log
