// Admin: topics.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log {

struct NewTopic {
  std::string name;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> configs{};  // Kafka's names: "cleanup.policy", "retention.ms", ...
};

struct TopicDescription {
  std::string name;
  TopicId id;
  std::int32_t partitions = 0;
  bool is_internal = false;
  std::map<std::string, std::string> configs;  // those that were set
};

class Admin {
 public:
  virtual ~Admin() = default;

  virtual Result<> create_topic(const NewTopic& topic) = 0;  // topic_already_exists, invalid_topic, invalid_config
  virtual Result<> delete_topic(const std::string& name) = 0;
  virtual Result<std::vector<TopicDescription>> list_topics() = 0;
  virtual Result<TopicDescription> describe_topic(const std::string& name) = 0;

  // Deletes what lies before the given offsets, or everything that is committed where that is -1, and tells where the
  // partitions begin then (KIP-107). Once it returns, no crash brings the records back. offset_out_of_range beyond the
  // high watermark.
  virtual Result<std::map<TopicPartition, Offset>> delete_records(const std::map<TopicPartition, Offset>& before) = 0;
};

// The topic as it is, made first if it is not there. An existing topic keeps its configs; invalid_config if it has
// another number of partitions.
Result<TopicDescription> ensure_topic(Admin& admin, const NewTopic& topic);

}  // namespace weir::log
