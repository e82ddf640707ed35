// Metadata: topics, their ids and configs, the producer ids given out, users and what they may do, and what the cluster
// is called: what replaying __cluster_metadata gives.
//
// No I/O: a decision gives a record; the record becomes part of the state by `apply`, once it is committed to the log.
// A copy shares with the state that it was made of what does not change: a change costs what it changes, however many
// topics there are.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/persistent_map.h"
#include "log/base/result.h"
#include "log/cluster/quotas.h"
#include "log/model/ids.h"
#include "log/security/acls.h"
#include "log/security/scram.h"

namespace weir::log::cluster {

struct Topic {
  std::string name;
  TopicId id;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> configs;  // those that were set
  bool is_internal = false;
  bool operator==(const Topic&) const = default;
};

struct TopicCreated {
  Topic topic;
};
struct TopicChanged {  // what it is from now on
  TopicId id;
  std::int32_t partitions = 1;
  std::map<std::string, std::string> configs;
};
struct TopicDeleted {
  TopicId id;
};
struct ProducerIdsReserved {
  ProducerId next;  // ids below may have been given out
};
struct UserChanged {
  std::string name;
  security::ScramMechanism mechanism;
  security::ScramCredential credential;  // never the password
};
struct UserRemoved {  // can no more be known by that mechanism
  std::string name;
  security::ScramMechanism mechanism;
};
struct AclAdded {
  security::Acl acl;
};
struct AclRemoved {
  security::Acl acl;
};
struct QuotaChanged {
  QuotaEntity entity;
  std::string name;
  std::optional<double> value;  // nullopt: none any more
};
struct ClusterNamed {
  Uuid id;
  OwnedBytes secret;  // by which is made up what is told of users that do not exist
};
using MetadataRecord = std::variant<TopicCreated, TopicDeleted, ProducerIdsReserved, TopicChanged, UserChanged,
                                    UserRemoved, AclAdded, AclRemoved, QuotaChanged, ClusterNamed>;

// By which a user can be known.
using Credentials = std::map<security::ScramMechanism, security::ScramCredential>;

OwnedBytes encode(const MetadataRecord& record);
Result<MetadataRecord> decode_metadata_record(Bytes value);  // corrupt_data

class Metadata {
 public:
  static constexpr std::int64_t kProducerIdBlock = 1'000;

  // topic_already_exists, invalid_topic, invalid_partitions, invalid_config
  Result<MetadataRecord> decide_create(Topic topic) const;
  Result<MetadataRecord> decide_delete(const std::string& name) const;  // unknown_topic_or_partition
  // To so many altogether. unknown_topic_or_partition; invalid_partitions: it has as many already, or too many.
  Result<MetadataRecord> decide_add_partitions(const std::string& name, std::int32_t partitions) const;
  // All that are set. unknown_topic_or_partition, invalid_config.
  Result<MetadataRecord> decide_set_configs(const std::string& name, std::map<std::string, std::string> configs) const;
  MetadataRecord decide_reserve_producer_ids() const;

  void apply(const MetadataRecord& record);
  // Of a topic that was deleted nothing is left, and it need not be known any more.
  void forget_deleted(const TopicId& id) { (void)deleted_.erase(id); }
  // Those that make this state of nothing.
  std::vector<MetadataRecord> records() const;

  const Topic* find(const std::string& name) const;
  const Topic* find(const TopicId& id) const;
  using Topics = PersistentMap<std::string, std::shared_ptr<const Topic>>;  // shared: with the states before and behind
  const Topics& topics() const { return topics_; }
  // Was it, and something of it may be left?
  bool was_deleted(const TopicId& id) const { return deleted_.contains(id); }
  std::set<TopicId> deleted() const;
  ProducerId next_producer_id() const { return next_producer_id_; }

  using Users = PersistentMap<std::string, std::shared_ptr<const Credentials>>;  // shared: with other states
  const Users& users() const { return users_; }
  // Null: there is no such user.
  const Credentials* find_user(const std::string& name) const;
  const security::Acls& acls() const { return acls_; }
  const Quotas& quotas() const { return quotas_; }
  const std::optional<ClusterNamed>& cluster() const { return cluster_; }

 private:
  void put(Topic topic);
  void put(const UserChanged& changed);
  void remove(const UserRemoved& removed);

  Topics topics_;
  PersistentMap<TopicId, std::shared_ptr<const Topic>> by_id_;  // the same
  PersistentMap<TopicId, std::monostate> deleted_;
  ProducerId next_producer_id_{0};
  Users users_;
  security::Acls acls_;
  Quotas quotas_;
  std::optional<ClusterNamed> cluster_;
};

}  // namespace weir::log::cluster
