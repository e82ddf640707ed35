#include "log/cluster/metadata.h"

#include <algorithm>

#include "log/cluster/metadata.pb.h"
#include "log/cluster/topic_configs.h"
#include "log/model/topic_name.h"

namespace weir::log::cluster {

namespace {

constexpr std::int32_t kMostPartitions = 100'000;

std::string bytes_of(const Uuid& id) {
  return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

std::optional<Uuid> uuid_of(const std::string& bytes) {
  Uuid id;
  if (bytes.size() != id.bytes.size()) return std::nullopt;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

tl::unexpected<Error> wrong_record() {
  return fail(ErrorCode::corrupt_data, "record of __cluster_metadata");
}

}  // namespace

namespace {

void set_acl(const security::Acl& acl, pb::Acl& message) {
  message.set_resource(static_cast<int>(acl.resource));
  message.set_pattern(static_cast<int>(acl.pattern));
  message.set_name(acl.name);
  message.set_principal(acl.principal);
  message.set_host(acl.host);
  message.set_operation(static_cast<int>(acl.operation));
  message.set_permission(static_cast<int>(acl.permission));
}

Result<security::Acl> acl_of(const pb::Acl& message) {
  security::Acl acl{static_cast<security::Resource>(message.resource()),
                    static_cast<security::Pattern>(message.pattern()),
                    message.name(),
                    message.principal(),
                    message.host(),
                    static_cast<security::Operation>(message.operation()),
                    static_cast<security::Permission>(message.permission())};
  if (!acl.what_is_wrong().empty()) return wrong_record();
  return acl;
}

Result<security::ScramMechanism> mechanism_of(int number) {
  const auto mechanism = static_cast<security::ScramMechanism>(number);
  if (number != 1 && number != 2) return wrong_record();
  return mechanism;
}

struct Encode {
  pb::MetadataRecord& message;

  void operator()(const TopicCreated& created) const {
    auto& topic = *message.mutable_topic_created();
    topic.set_name(created.topic.name);
    topic.set_id(bytes_of(created.topic.id));
    topic.set_partitions(created.topic.partitions);
    topic.set_is_internal(created.topic.is_internal);
    for (const auto& [key, value] : created.topic.configs) (*topic.mutable_configs())[key] = value;
  }
  void operator()(const TopicChanged& changed) const {
    auto& topic = *message.mutable_topic_changed();
    topic.set_id(bytes_of(changed.id));
    topic.set_partitions(changed.partitions);
    for (const auto& [key, value] : changed.configs) (*topic.mutable_configs())[key] = value;
  }
  void operator()(const TopicDeleted& deleted) const { message.mutable_topic_deleted()->set_id(bytes_of(deleted.id)); }
  void operator()(const ProducerIdsReserved& reserved) const {
    message.mutable_producer_ids_reserved()->set_next(reserved.next.value());
  }
  void operator()(const UserChanged& changed) const {
    auto& user = *message.mutable_user_changed();
    user.set_name(changed.name);
    user.set_mechanism(static_cast<int>(changed.mechanism));
    user.set_salt(changed.credential.salt);
    user.set_stored_key(changed.credential.stored_key);
    user.set_server_key(changed.credential.server_key);
    user.set_iterations(changed.credential.iterations);
  }
  void operator()(const UserRemoved& removed) const {
    message.mutable_user_removed()->set_name(removed.name);
    message.mutable_user_removed()->set_mechanism(static_cast<int>(removed.mechanism));
  }
  void operator()(const AclAdded& added) const { set_acl(added.acl, *message.mutable_acl_added()->mutable_acl()); }
  void operator()(const AclRemoved& removed) const {
    set_acl(removed.acl, *message.mutable_acl_removed()->mutable_acl());
  }
  void operator()(const QuotaChanged& changed) const {
    auto& quota = *message.mutable_quota_changed();
    if (changed.entity.user) quota.set_user(*changed.entity.user);
    if (changed.entity.client_id) quota.set_client_id(*changed.entity.client_id);
    quota.set_key(changed.name);
    if (changed.value) quota.set_value(*changed.value);
  }
  void operator()(const ClusterNamed& named) const {
    message.mutable_cluster_named()->set_id(bytes_of(named.id));
    message.mutable_cluster_named()->set_secret(named.secret);
  }
};

Result<MetadataRecord> user_of(const pb::UserChanged& changed) {
  WEIR_TRY_VAR(mechanism, mechanism_of(changed.mechanism()));
  const bool is_credential = !changed.name().empty() && changed.iterations() > 0;
  if (!is_credential) return wrong_record();
  return UserChanged{
      changed.name(), mechanism, {changed.salt(), changed.stored_key(), changed.server_key(), changed.iterations()}};
}

QuotaChanged quota_of(const pb::QuotaChanged& message) {
  QuotaChanged changed;
  if (message.has_user()) changed.entity.user = message.user();
  if (message.has_client_id()) changed.entity.client_id = message.client_id();
  changed.name = message.key();
  if (message.has_value()) changed.value = message.value();
  return changed;
}

}  // namespace

OwnedBytes encode(const MetadataRecord& record) {
  pb::MetadataRecord message;
  std::visit(Encode{message}, record);
  return message.SerializeAsString();
}

Result<MetadataRecord> decode_metadata_record(Bytes value) {
  pb::MetadataRecord message;
  if (!message.ParseFromArray(value.data(), static_cast<int>(value.size()))) return wrong_record();
  switch (message.kind_case()) {
    case pb::MetadataRecord::kTopicCreated: {
      const auto& created = message.topic_created();
      auto id = uuid_of(created.id());
      if (!id) return wrong_record();
      Topic topic{created.name(), *id, created.partitions(), {}, created.is_internal()};
      topic.configs = {created.configs().begin(), created.configs().end()};
      return TopicCreated{std::move(topic)};
    }
    case pb::MetadataRecord::kTopicChanged: {
      const auto& changed = message.topic_changed();
      auto id = uuid_of(changed.id());
      if (!id) return wrong_record();
      return TopicChanged{*id, changed.partitions(), {changed.configs().begin(), changed.configs().end()}};
    }
    case pb::MetadataRecord::kTopicDeleted: {
      auto id = uuid_of(message.topic_deleted().id());
      if (!id) return wrong_record();
      return TopicDeleted{*id};
    }
    case pb::MetadataRecord::kProducerIdsReserved:
      return ProducerIdsReserved{ProducerId(message.producer_ids_reserved().next())};
    case pb::MetadataRecord::kUserChanged:
      return user_of(message.user_changed());
    case pb::MetadataRecord::kUserRemoved: {
      WEIR_TRY_VAR(mechanism, mechanism_of(message.user_removed().mechanism()));
      return UserRemoved{message.user_removed().name(), mechanism};
    }
    case pb::MetadataRecord::kAclAdded: {
      WEIR_TRY_VAR(acl, acl_of(message.acl_added().acl()));
      return AclAdded{std::move(acl)};
    }
    case pb::MetadataRecord::kAclRemoved: {
      WEIR_TRY_VAR(acl, acl_of(message.acl_removed().acl()));
      return AclRemoved{std::move(acl)};
    }
    case pb::MetadataRecord::kQuotaChanged:
      return quota_of(message.quota_changed());
    case pb::MetadataRecord::kClusterNamed: {
      auto id = uuid_of(message.cluster_named().id());
      if (!id) return wrong_record();
      return ClusterNamed{*id, message.cluster_named().secret()};
    }
    case pb::MetadataRecord::KIND_NOT_SET:
      break;
  }
  return wrong_record();
}

Result<MetadataRecord> Metadata::decide_create(Topic topic) const {
  if (!is_legal_topic_name(topic.name)) {
    return fail(ErrorCode::invalid_topic, "'" + topic.name + "': a name is 1 to " + std::to_string(kLongestTopicName) +
                                              " letters of ASCII, digits, '.', '_' and '-', and not '.' or '..'");
  }
  if (find(topic.name) != nullptr) {
    return fail(ErrorCode::topic_already_exists, "there is a topic '" + topic.name + "' already");
  }
  if (topic.partitions < 1 || topic.partitions > kMostPartitions) {
    return fail(ErrorCode::invalid_partitions, std::to_string(topic.partitions));
  }
  for (const auto& [name, value] : topic.configs) WEIR_TRY(check_topic_config(name, value));
  return TopicCreated{std::move(topic)};
}

Result<MetadataRecord> Metadata::decide_delete(const std::string& name) const {
  const Topic* topic = find(name);
  if (topic == nullptr) return fail(ErrorCode::unknown_topic_or_partition, name);
  return TopicDeleted{topic->id};
}

Result<MetadataRecord> Metadata::decide_add_partitions(const std::string& name, std::int32_t partitions) const {
  const Topic* topic = find(name);
  if (topic == nullptr) return fail(ErrorCode::unknown_topic_or_partition, name);
  if (partitions <= topic->partitions || partitions > kMostPartitions) {
    return fail(ErrorCode::invalid_partitions, name + " has " + std::to_string(topic->partitions) +
                                                   " partitions and cannot be given " + std::to_string(partitions));
  }
  return TopicChanged{topic->id, partitions, topic->configs};
}

Result<MetadataRecord> Metadata::decide_set_configs(const std::string& name,
                                                    std::map<std::string, std::string> configs) const {
  const Topic* topic = find(name);
  if (topic == nullptr) return fail(ErrorCode::unknown_topic_or_partition, name);
  for (const auto& [config, value] : configs) WEIR_TRY(check_topic_config(config, value));
  return TopicChanged{topic->id, topic->partitions, std::move(configs)};
}

MetadataRecord Metadata::decide_reserve_producer_ids() const {
  return ProducerIdsReserved{next_producer_id_ + kProducerIdBlock};
}

void Metadata::put(Topic topic) {
  auto there = std::make_shared<const Topic>(std::move(topic));
  topics_.set(there->name, there);
  by_id_.set(there->id, there);
}

void Metadata::put(const UserChanged& changed) {
  const auto* there = users_.find(changed.name);
  Credentials credentials = there == nullptr ? Credentials() : **there;
  credentials[changed.mechanism] = changed.credential;
  users_.set(changed.name, std::make_shared<const Credentials>(std::move(credentials)));
}

void Metadata::remove(const UserRemoved& removed) {
  const auto* there = users_.find(removed.name);
  if (there == nullptr) return;
  Credentials credentials = **there;
  credentials.erase(removed.mechanism);
  if (credentials.empty()) {
    (void)users_.erase(removed.name);
  } else {
    users_.set(removed.name, std::make_shared<const Credentials>(std::move(credentials)));
  }
}

void Metadata::apply(const MetadataRecord& record) {
  if (const auto* created = std::get_if<TopicCreated>(&record)) {
    if (const auto* before = topics_.find(created->topic.name)) (void)by_id_.erase((*before)->id);
    put(created->topic);
  } else if (const auto* changed = std::get_if<TopicChanged>(&record)) {
    const auto* before = by_id_.find(changed->id);
    if (before == nullptr) return;
    Topic next = **before;
    next.partitions = changed->partitions;
    next.configs = changed->configs;
    put(std::move(next));
  } else if (const auto* deleted = std::get_if<TopicDeleted>(&record)) {
    if (const auto* before = by_id_.find(deleted->id)) {
      (void)topics_.erase((*before)->name);
      (void)by_id_.erase(deleted->id);
    }
    deleted_.set(deleted->id, {});
  } else if (const auto* reserved = std::get_if<ProducerIdsReserved>(&record)) {
    next_producer_id_ = std::max(next_producer_id_, reserved->next);
  } else if (const auto* user = std::get_if<UserChanged>(&record)) {
    put(*user);
  } else if (const auto* gone = std::get_if<UserRemoved>(&record)) {
    remove(*gone);
  } else if (const auto* added = std::get_if<AclAdded>(&record)) {
    (void)acls_.add(added->acl);
  } else if (const auto* removed = std::get_if<AclRemoved>(&record)) {
    (void)acls_.remove(removed->acl);
  } else if (const auto* quota = std::get_if<QuotaChanged>(&record)) {
    quotas_.set(quota->entity, quota->name, quota->value);
  } else {
    cluster_ = std::get<ClusterNamed>(record);
  }
}

std::vector<MetadataRecord> Metadata::records() const {
  std::vector<MetadataRecord> all;
  for (const auto& [name, topic] : topics_) all.emplace_back(TopicCreated{*topic});
  for (const auto& [id, nothing] : deleted_) all.emplace_back(TopicDeleted{id});
  all.emplace_back(ProducerIdsReserved{next_producer_id_});
  for (const auto& [name, credentials] : users_) {
    for (const auto& [mechanism, credential] : *credentials) {
      all.emplace_back(UserChanged{name, mechanism, credential});
    }
  }
  for (auto& acl : acls_.all()) all.emplace_back(AclAdded{std::move(acl)});
  for (const auto& [entity, limits] : quotas_.all()) {
    for (const auto& [name, value] : limits) all.emplace_back(QuotaChanged{entity, name, value});
  }
  if (cluster_) all.emplace_back(*cluster_);
  return all;
}

const Credentials* Metadata::find_user(const std::string& name) const {
  const auto* found = users_.find(name);
  return found == nullptr ? nullptr : found->get();
}

const Topic* Metadata::find(const std::string& name) const {
  const auto* found = topics_.find(name);
  return found == nullptr ? nullptr : found->get();
}

const Topic* Metadata::find(const TopicId& id) const {
  const auto* found = by_id_.find(id);
  return found == nullptr ? nullptr : found->get();
}

std::set<TopicId> Metadata::deleted() const {
  std::set<TopicId> ids;
  for (const auto& [id, nothing] : deleted_) ids.insert(id);
  return ids;
}

}  // namespace weir::log::cluster
