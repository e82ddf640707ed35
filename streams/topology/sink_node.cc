#include "streams/topology/sink_node.h"

#include "log/model/placement.h"
#include "streams/topology/operator_error.h"

namespace weir::streams {

Result<> SinkNode::open(TaskScope& scope) {
  scope_ = &scope;
  TRY_VAR(output, scope.output(topic_, owner_));
  output_ = output;
  return {};
}

inline bool SinkNode::encode(const Record& record, NullableBytes& key, NullableBytes& value) {
  if (record.encoded_key != nullptr) {
    key = record.encoded_key->bytes;
  } else if (record.key != nullptr && types_.key != nullptr) {
    key = types_.key->encode(record.key, key_scratch_);
  } else if (owner_ == TopicOwner::application && !types_.takes_null_keys) {
    scope_->counters().dropped_null_key.add();
    return false;
  }
  if (record.value != nullptr) value = types_.value->encode(record.value, value_scratch_);
  return true;
}

void SinkNode::process(const Record& record) {
  NullableBytes key, value;
  if (!encode(record, key, value)) return;
  if (auto sent = output_->send(record.timestamp_ms, key, value, record.headers); !sent) return failed(sent.error());
  scope_->counters().sent.add();
}

void WindowedKeySinkNode::process(const Record& record) {
  NullableBytes key, value;
  if (!encode(record, key, value)) return;
  if (!key) {
    if (auto sent = output().send(record.timestamp_ms, key, value, record.headers); !sent) return failed(sent.error());
    return count_sent();
  }
  const Bytes placed_by = key->substr(0, key->size() - types().key->window_bytes);
  const log::PartitionIndex partition = log::partition_of_key(placed_by, output().partitions());
  if (auto sent = output().send_to(partition, record.timestamp_ms, key, value, record.headers); !sent) {
    return failed(sent.error());
  }
  count_sent();
}

std::unique_ptr<SinkNode> make_sink(const std::string& topic, TopicOwner owner, SinkTypes types) {
  if (types.key != nullptr && types.key->window_bytes > 0) {
    return std::make_unique<WindowedKeySinkNode>(topic, owner, types);
  }
  return std::make_unique<SinkNode>(topic, owner, types);
}

void PartitionedSinkNode::process(const Record& record) {
  NullableBytes key, value;
  if (!encode(record, key, value)) return;
  const std::int32_t partitions = output().partitions();
  const log::PartitionIndex partition(partition_of(record, partitions));
  if (partition.value() < 0 || partition.value() >= partitions) {
    return failed({ErrorCode::unknown_topic_or_partition,
                   "partition " + std::to_string(partition.value()) + " was chosen of " + std::to_string(partitions)});
  }
  if (auto sent = output().send_to(partition, record.timestamp_ms, key, value, record.headers); !sent) {
    return failed(sent.error());
  }
  count_sent();
}

// What is wrong with this one record is a matter for the operator's policy, if it has one.
void SinkNode::failed(const Error& reason) {
  const Error error = reason.at("topic " + topic_);
  const bool is_of_record =
      error.code == ErrorCode::message_too_large || error.code == ErrorCode::unknown_topic_or_partition;
  if (guard() != nullptr && is_of_record) throw OperatorError(name(), error.to_string());
  scope_->fail(error);
}

}  // namespace weir::streams
