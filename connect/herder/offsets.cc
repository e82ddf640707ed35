#include "connect/herder/offsets.h"

#include <algorithm>

#include "connect/contracts/sink_commit.h"
#include "connect/herder/json_text.h"
#include "connect/runtime/offsets_topic.h"

namespace weir::connect {

namespace {

constexpr Millis kDecided{10'000};  // a transaction that is open holds readers up

std::string topic_of(const SourceOptions& options) {
  return options.offsets_topic.empty() ? offsets_topic_of(options.name) : options.offsets_topic;
}

bool is_object(const std::string& text) {
  const auto document = JsonDocument::parse(text);
  return document && document->root().is_object();
}

std::string shown(const OwnedBytes& position) {
  const std::string text(position);
  if (is_object(text)) return text;
  std::string object = "{";
  append_member("position", text, object);
  return object + "}";
}

// As it is kept: what `shown` made an object is text again.
Result<std::string> kept(const ConnectorOffset& offset) {
  const auto document = JsonDocument::parse(*offset.offset);
  if (!document || !document->root().is_object()) {
    return fail(ErrorCode::invalid_argument, "the offset of " + offset.partition + " must be an object");
  }
  const JsonValue& root = document->root();
  const bool is_text = root.size() == 1 && root.member("position") != nullptr &&
                       root.member("position")->kind() == JsonValue::Kind::string;
  return is_text ? std::string(root.member("position")->text()) : compact_json(*offset.offset);
}

Result<SourcePositions> positions_of(const log::Client& client, const SourceOptions& options) {
  auto positions = last_positions(client, topic_of(options), options.name, kDecided);
  if (!positions && positions.error().code == ErrorCode::unknown_topic_or_partition) return SourcePositions{};
  return positions;
}

Result<log::TopicPartition> partition_of(const ConnectorOffset& offset) {
  const auto document = JsonDocument::parse(offset.partition);
  std::int64_t index = -1;
  if (document && document->root().is_object()) {
    const std::string topic = text_of_member(document->root(), "kafka_topic");
    const JsonValue* number = document->root().member("kafka_partition");
    if (!topic.empty() && number != nullptr && (number->get(index) || number->kind() == JsonValue::Kind::string)) {
      if (index < 0) index = std::atoll(std::string(number->text()).c_str());
      return log::TopicPartition{topic, log::PartitionIndex(static_cast<std::int32_t>(index))};
    }
  }
  return fail(
      ErrorCode::invalid_argument,
      "the partition of a sink must be {\"kafka_topic\":..., \"kafka_partition\":...}, not " + offset.partition);
}

Result<log::Offset> offset_of(const ConnectorOffset& offset) {
  const auto document = JsonDocument::parse(*offset.offset);
  std::int64_t value = -1;
  if (document && document->root().is_object()) {
    const JsonValue* number = document->root().member("kafka_offset");
    if (number != nullptr && number->kind() == JsonValue::Kind::string) {
      value = std::atoll(std::string(number->text()).c_str());
    } else if (number != nullptr) {
      (void)number->get(value);
    }
  }
  if (value >= 0) return log::Offset(value);
  return fail(ErrorCode::invalid_argument, "the offset of a sink must be {\"kafka_offset\":N}, not " + *offset.offset);
}

// The sink's own metadata goes with its commits: that of the partition, else of the latest commit of another one.
std::string metadata_for(const log::TopicPartition& partition,
                         const std::map<log::TopicPartition, log::OffsetAndMetadata>& committed) {
  SinkCommit latest;
  for (const auto& [other, position] : committed) {
    auto commit = SinkCommit::parse(position.metadata);
    if (!commit) continue;
    if (other == partition) return SinkCommit{commit->number + 1, commit->metadata}.to_text();
    if (commit->number > latest.number) latest = *std::move(commit);
  }
  return SinkCommit{1, latest.metadata}.to_text();
}

}  // namespace

Result<std::vector<ConnectorOffset>> source_offsets(const log::Client& client, const SourceOptions& options) {
  WEIR_TRY_VAR(positions, positions_of(client, options));
  std::vector<ConnectorOffset> offsets;
  for (const auto& [partition, position] : positions) offsets.push_back({partition, shown(position)});
  return offsets;
}

Result<std::vector<ConnectorOffset>> sink_offsets(const log::Client& client, const SinkOptions& options) {
  auto committed = client.admin()->group_offsets("connect-" + options.name);
  if (!committed && committed.error().code == ErrorCode::group_id_not_found) return std::vector<ConnectorOffset>{};
  if (!committed) return fail(committed.error());
  std::vector<ConnectorOffset> offsets;
  for (const auto& [partition, position] : *committed) {
    std::string name = "{";
    append_member("kafka_topic", partition.topic, name);
    append_member("kafka_partition", name);
    name += std::to_string(partition.partition.value()) + "}";
    offsets.push_back({name, "{\"kafka_offset\":" + std::to_string(position.offset.value()) + "}"});
  }
  return offsets;
}

Result<> alter_source_offsets(const log::Client& client, const SourceOptions& options,
                              const std::optional<std::vector<ConnectorOffset>>& offsets) {
  std::vector<std::pair<std::string, std::optional<std::string>>> records;
  const std::string topic = topic_of(options);
  WEIR_TRY(create_offsets_topic(client, topic));
  WEIR_TRY_VAR(tasks, last_task_count(client, topic, options.name));
  WEIR_TRY(fence_tasks(client, options.name, tasks));
  if (!offsets) {
    WEIR_TRY_VAR(positions, positions_of(client, options));
    for (const auto& [partition, position] : positions) {
      records.push_back({position_key(options.name, partition), std::nullopt});
    }
  } else {
    for (const ConnectorOffset& offset : *offsets) {
      if (!is_object(offset.partition)) {
        return fail(ErrorCode::invalid_argument, "a partition must be an object, not " + offset.partition);
      }
      auto& record = records.emplace_back(position_key(options.name, compact_json(offset.partition)), std::nullopt);
      if (!offset.offset) continue;
      WEIR_TRY_VAR(text, kept(offset));
      record.second = std::move(text);
    }
  }
  WEIR_TRY_VAR(producer, client.producer());
  for (const auto& [key, value] : records) {
    const NullableBytes bytes = value ? NullableBytes(*value) : std::nullopt;
    WEIR_TRY(producer->send(topic, log::PartitionIndex(0), client.clock().wall_ms(), Bytes(key), bytes));
  }
  return producer->flush();
}

Result<> alter_sink_offsets(const log::Client& client, const SinkOptions& options,
                            const std::optional<std::vector<ConnectorOffset>>& offsets) {
  const std::string group = "connect-" + options.name;
  const auto admin = client.admin();
  if (!offsets) {
    auto deleted = admin->delete_group(group);
    if (!deleted && deleted.error().code != ErrorCode::group_id_not_found) return deleted;
    return {};
  }
  WEIR_TRY_VAR(committed, admin->group_offsets(group));
  std::vector<log::PartitionOffset> set;
  std::vector<log::TopicPartition> forgotten;
  for (const ConnectorOffset& offset : *offsets) {
    WEIR_TRY_VAR(partition, partition_of(offset));
    if (std::ranges::find(options.topics, partition.topic) == options.topics.end()) {
      return fail(ErrorCode::invalid_argument, partition.topic + " is no topic of the connector");
    }
    if (!offset.offset) {
      if (committed.contains(partition)) forgotten.push_back(partition);
      continue;
    }
    WEIR_TRY_VAR(at, offset_of(offset));
    set.push_back({partition, {at, log::kNoLeaderEpoch, metadata_for(partition, committed)}});
  }
  if (!set.empty()) WEIR_TRY(admin->set_group_offsets(group, set));
  return forgotten.empty() ? Result<>{} : admin->delete_group_offsets(group, forgotten);
}

}  // namespace weir::connect
