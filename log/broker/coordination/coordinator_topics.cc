#include "log/broker/coordination/coordinator_topics.h"

namespace weir::log::broker {

bool is_coordinator_topic(std::string_view topic) {
  return topic == kOffsetsTopic || topic == kTransactionsTopic;
}

std::vector<std::shared_ptr<Partition>> find_coordinator_topic(const Topics& topics, const std::string& name) {
  std::vector<std::shared_ptr<Partition>> partitions;
  for (std::int32_t i = 0;; ++i) {
    auto partition = topics.find(name, PartitionIndex(i));
    if (!partition) return partitions;
    partitions.push_back(*std::move(partition));
  }
}

Result<std::vector<std::shared_ptr<Partition>>> make_coordinator_topic(Topics& topics, const std::string& name,
                                                                       std::int32_t partitions) {
  cluster::Topic topic;
  topic.name = name;
  topic.partitions = partitions;
  topic.configs = {{"cleanup.policy", "compact"}};
  topic.is_internal = true;
  auto created = topics.create(std::move(topic));
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  auto made = find_coordinator_topic(topics, name);
  if (made.empty()) return fail(ErrorCode::coordinator_not_available, name + " could not be made");
  return made;
}

}  // namespace weir::log::broker
