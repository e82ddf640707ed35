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
};

}  // namespace weir::log
