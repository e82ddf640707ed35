#include "streams/operators/sink_node.h"

#include <numeric>

#include "log/model/placement.h"
#include "streams/operators/operator_error.h"

namespace weir::streams {

namespace {

// To the partition that another key would have.
Result<> send_placed(Output& output, Bytes placed_by, const Record& record, Bytes key, NullableBytes value) {
  const log::PartitionIndex partition = log::partition_of_key(placed_by, output.partitions());
  return output.send_to(partition, record.timestamp_ms, key, value, record.headers);
}

}  // namespace

Result<> SinkNode::open(TaskScope& scope) {
  scope_ = &scope;
  WEIR_TRY_VAR(output, scope.output(topic_, owner_));
  output_ = output;
  sent_ = &scope.counters().sent;
  return {};
}

inline bool SinkNode::encode(const Record& record, NullableBytes& key, NullableBytes& value) {
  if (record.encoded_key != nullptr) {
    key = record.encoded_key->bytes;
  } else if (record.key != nullptr && types_.key != nullptr) {
    key = types_.key->is_view ? view_of(record.key) : types_.key->encode_key(record.key, key_scratch_);
  } else if (owner_ == TopicOwner::application && !types_.takes_null_keys) {
    scope_->counters().dropped_null_key.add();
    return false;
  }
  if (record.value != nullptr) {
    value = types_.value->is_view ? view_of(record.value) : types_.value->encode(record.value, value_scratch_);
  }
  return true;
}

void SinkNode::process(const Record& record) {
  NullableBytes key, value;
  if (!encode(record, key, value)) return;
  send_by_key(record, key, value);
}

void SinkNode::send_by_key(const Record& record, NullableBytes key, NullableBytes value) {
  if (window_bytes_ > 0 && key && output_->partitions() > 1) [[unlikely]] {
    const Bytes placed_by = key->substr(0, key->size() - window_bytes_);
    if (auto sent = send_placed(*output_, placed_by, record, *key, value); !sent) return failed(sent.error());
  } else if (auto sent = output_->send(record.timestamp_ms, key, value, record.headers); !sent) {
    return failed(sent.error());
  }
  count_sent();
}

void PartitionedSinkNode::process(const Record& record) {
  NullableBytes key, value;
  if (!encode(record, key, value)) return;
  const std::int32_t count = output().partitions();
  const Partitions chosen = partitions_of(record, count);
  if (chosen.is_by_key()) return send_by_key(record, key, value);
  if (chosen.is_all() && every_.empty()) {
    every_.resize(static_cast<std::size_t>(count));
    std::iota(every_.begin(), every_.end(), 0);
  }
  send_to_all(chosen.is_all() ? every_ : chosen.named(), record, key, value);
}

void PartitionedSinkNode::send_to_all(std::span<const std::int32_t> partitions, const Record& record, NullableBytes key,
                                      NullableBytes value) {
  if (partitions.empty()) return counters().dropped_no_partition.add();
  const std::int32_t count = output().partitions();
  for (std::int32_t partition : partitions) {
    if (partition < 0 || partition >= count) {
      return failed({ErrorCode::unknown_topic_or_partition,
                     "partition " + std::to_string(partition) + " was chosen of " + std::to_string(count)});
    }
  }
  for (std::int32_t partition : partitions) {
    auto sent = output().send_to(log::PartitionIndex(partition), record.timestamp_ms, key, value, record.headers);
    if (!sent) return failed(sent.error());
    count_sent();
  }
}

// What is wrong with this one record is a matter for the operator's policy, if it has one.
void SinkNode::failed(const Error& reason) {
  const Error error = reason.at("topic " + topic_);
  const bool is_of_record = error.code == ErrorCode::message_too_large ||
                            error.code == ErrorCode::unknown_topic_or_partition ||
                            error.code == ErrorCode::invalid_timestamp || error.code == ErrorCode::invalid_record;
  if (guard() != nullptr && is_of_record) throw OperatorError(name(), error.to_string());
  scope_->fail(error.at("operator " + name()));
}

}  // namespace weir::streams
