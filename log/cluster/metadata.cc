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

OwnedBytes encode(const MetadataRecord& record) {
  pb::MetadataRecord message;
  if (const auto* created = std::get_if<TopicCreated>(&record)) {
    auto& topic = *message.mutable_topic_created();
    topic.set_name(created->topic.name);
    topic.set_id(bytes_of(created->topic.id));
    topic.set_partitions(created->topic.partitions);
    topic.set_is_internal(created->topic.is_internal);
    for (const auto& [key, value] : created->topic.configs) (*topic.mutable_configs())[key] = value;
  } else if (const auto* changed = std::get_if<TopicChanged>(&record)) {
    auto& topic = *message.mutable_topic_changed();
    topic.set_id(bytes_of(changed->id));
    topic.set_partitions(changed->partitions);
    for (const auto& [key, value] : changed->configs) (*topic.mutable_configs())[key] = value;
  } else if (const auto* deleted = std::get_if<TopicDeleted>(&record)) {
    message.mutable_topic_deleted()->set_id(bytes_of(deleted->id));
  } else {
    message.mutable_producer_ids_reserved()->set_next(std::get<ProducerIdsReserved>(record).next.value());
  }
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
  } else {
    next_producer_id_ = std::max(next_producer_id_, std::get<ProducerIdsReserved>(record).next);
  }
}

std::vector<MetadataRecord> Metadata::records() const {
  std::vector<MetadataRecord> all;
  for (const auto& [name, topic] : topics_) all.emplace_back(TopicCreated{*topic});
  for (const auto& [id, nothing] : deleted_) all.emplace_back(TopicDeleted{id});
  all.emplace_back(ProducerIdsReserved{next_producer_id_});
  return all;
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
