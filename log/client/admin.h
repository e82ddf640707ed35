// Admin: topics, groups and transactions, as an administrator sees them. One owner thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/client/producer.h"
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

// Changes of a topic's configs: a value, or nothing for what is to count as unset again.
using ConfigChanges = std::map<std::string, std::optional<std::string>>;

struct GroupListing {
  std::string id;
  std::string protocol_type;  // "consumer"; empty where nobody ever was a member
  std::string state;          // "Empty", "PreparingRebalance", "CompletingRebalance", "Stable"
};

struct GroupDescription {
  struct Member {
    std::string id;
    std::optional<std::string> instance_id{};
    std::string client_id;
    std::string host;
    std::vector<TopicPartition> partitions;  // of a stable group of consumers
  };
  std::string id;
  std::string state;  // "Dead" if there is no such group
  std::string protocol_type;
  std::string protocol;  // the assignor
  std::vector<Member> members;
};

struct TransactionListing {
  std::string transactional_id;
  ProducerId producer_id;
  std::string state;  // "Ongoing", "CompleteCommit", ...
};

struct TransactionDescription {
  std::string transactional_id;
  std::string state;
  ProducerId producer_id;
  ProducerEpoch producer_epoch;
  Millis timeout;                          // after which the coordinator aborts it
  std::optional<std::int64_t> start_ms{};  // of one that is open, by the wall clock
  std::vector<TopicPartition> partitions;  // that it has written to, if it is open or ending
};

// What a partition remembers of a producer (KIP-664).
struct ActiveProducer {
  ProducerId id;
  ProducerEpoch epoch;
  Sequence last_sequence;
  std::int64_t last_timestamp_ms = -1;  // of its last batch
  CoordinatorEpoch coordinator_epoch;   // of its last marker; -1: it has none
  std::optional<Offset> transaction_start{};
};

// A setting as it counts, wherever it comes from.
struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  // nothing: it is secret, or is unset and has no default
  bool is_default = false;
  bool is_read_only = false;  // cannot be changed while the broker runs
};

class Admin {
 public:
  virtual ~Admin() = default;

  virtual Result<> create_topic(const NewTopic& topic) = 0;  // topic_already_exists, invalid_topic, invalid_config
  virtual Result<> delete_topic(const std::string& name) = 0;
  virtual Result<std::vector<TopicDescription>> list_topics() = 0;
  virtual Result<TopicDescription> describe_topic(const std::string& name) = 0;
  // unknown_topic_or_partition, invalid_config with what would be right.
  virtual Result<> alter_topic(const std::string& name, const ConfigChanges& changes) = 0;
  // To so many altogether: records with keys go elsewhere from then on. invalid_partitions if there are as many
  // already.
  virtual Result<> add_partitions(const std::string& name, std::int32_t partitions) = 0;

  virtual Result<std::vector<GroupListing>> list_groups() = 0;
  virtual Result<GroupDescription> describe_group(const std::string& group) = 0;
  // All that it committed.
  virtual Result<std::map<TopicPartition, OffsetAndMetadata>> group_offsets(const std::string& group) = 0;
  // Sets offsets of a group without members, which need not exist; unknown_member_id if it has some.
  virtual Result<> set_group_offsets(const std::string& group, std::span<const PartitionOffset> offsets) = 0;
  // group_id_not_found; group_subscribed_to_topic names the first that a member reads: the others are deleted.
  virtual Result<> delete_group_offsets(const std::string& group, std::span<const TopicPartition> partitions) = 0;
  virtual Result<> delete_group(const std::string& group) = 0;  // group_id_not_found, non_empty_group

  virtual Result<std::vector<TransactionListing>> list_transactions() = 0;
  // transactional_id_not_found.
  virtual Result<TransactionDescription> describe_transaction(const std::string& transactional_id) = 0;
  // unknown_topic_or_partition.
  virtual Result<std::vector<ActiveProducer>> active_producers(const TopicPartition& partition) = 0;
  // Ends, as aborted, the transaction that begins at that offset of the partition: of one that hangs because no
  // coordinator knows of it any more (KIP-664). Records behind it can be read by read_committed from then on. One that
  // a coordinator still knows must be left to it. not_found: none begins there.
  virtual Result<> abort_transaction(const TopicPartition& partition, Offset start) = 0;

  // All settings of a topic or a broker, by name. unknown_topic_or_partition.
  virtual Result<std::vector<ConfigEntry>> topic_configs(const std::string& topic) = 0;
  // Of any broker where none is named.
  virtual Result<std::vector<ConfigEntry>> broker_configs(std::optional<NodeId> broker = {}) = 0;

  // Deletes what lies before the given offsets, or everything that is committed where that is -1, and tells where the
  // partitions begin then (KIP-107). Once it returns, no crash brings the records back. offset_out_of_range beyond the
  // high watermark.
  virtual Result<std::map<TopicPartition, Offset>> delete_records(const std::map<TopicPartition, Offset>& before) = 0;
};

// The topic as it is, made first if it is not there. An existing topic keeps its configs; invalid_config if it has
// another number of partitions.
Result<TopicDescription> ensure_topic(Admin& admin, const NewTopic& topic);

}  // namespace weir::log
