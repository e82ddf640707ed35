// LogAdmin: the Admin over any transport. One owner thread.
#pragma once

#include <memory>

#include "log/client/admin.h"
#include "log/client/cluster_view.h"

namespace weir::log {

class LogAdmin final : public Admin {
 public:
  LogAdmin(std::shared_ptr<Transport> transport, Clock& clock);

  Result<> create_topic(const NewTopic& topic) override;
  Result<> delete_topic(const std::string& name) override;
  Result<std::vector<TopicDescription>> list_topics() override;
  Result<TopicDescription> describe_topic(const std::string& name) override;
  Result<> alter_topic(const std::string& name, const ConfigChanges& changes) override;
  Result<> add_partitions(const std::string& name, std::int32_t partitions) override;

  Result<std::vector<GroupListing>> list_groups() override;
  Result<GroupDescription> describe_group(const std::string& group) override;
  Result<std::map<TopicPartition, OffsetAndMetadata>> group_offsets(const std::string& group) override;
  Result<> set_group_offsets(const std::string& group, std::span<const PartitionOffset> offsets) override;
  Result<> delete_group_offsets(const std::string& group, std::span<const TopicPartition> partitions) override;
  Result<> delete_group(const std::string& group) override;

  Result<std::vector<TransactionListing>> list_transactions() override;
  Result<TransactionDescription> describe_transaction(const std::string& transactional_id) override;
  Result<std::vector<ActiveProducer>> active_producers(const TopicPartition& partition) override;
  Result<> abort_transaction(const TopicPartition& partition, Offset start) override;
  Result<std::vector<ConfigEntry>> topic_configs(const std::string& topic) override;
  Result<std::vector<ConfigEntry>> broker_configs(std::optional<NodeId> broker) override;
  Result<std::map<TopicPartition, Offset>> delete_records(const std::map<TopicPartition, Offset>& before) override;

 private:
  Task<Result<>> create(NewTopic topic);
  Task<Result<>> remove(std::string name);
  Task<Result<>> alter(std::string name, ConfigChanges changes);
  Task<Result<>> grow(std::string name, std::int32_t partitions);
  // All topics for nullopt.
  Task<Result<std::vector<TopicDescription>>> describe(std::optional<std::string> name);
  Task<Result<>> add_configs(std::vector<TopicDescription>& topics);
  Task<Result<std::vector<ConfigEntry>>> configs_of_topic(std::string topic);
  Task<Result<std::vector<ConfigEntry>>> configs_of_broker(std::optional<NodeId> broker);

  Connection connection_;
  ClusterView view_;
};

}  // namespace weir::log
