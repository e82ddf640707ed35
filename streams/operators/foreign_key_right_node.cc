#include "streams/operators/foreign_key_right_node.h"

#include <algorithm>

namespace weir::streams {

namespace {

AnswerKind kind_of(const void* right) {
  return right == nullptr ? AnswerKind::no_row : AnswerKind::row;
}

}  // namespace

Result<> ForeignKeySubscriptionNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(store_name_);
  return {};
}

void ForeignKeySubscriptionNode::process(const Record& record) {
  const EncodedKey right_key = encoder_(record);
  const Subscription asked = subscription(record.value);
  keep(record, right_key.bytes, asked);
  if (asked.instruction == Instruction::unsubscribe) return;
  const TableRow row = table(0).look_up(record.key, right_key);
  const bool is_asking = asked.instruction != Instruction::unsubscribe_answered;
  if (is_asking) (row.value != nullptr ? scope_->counters().matched : scope_->counters().unmatched).add();
  if (asked.instruction == Instruction::subscribe_if_present && row.value == nullptr) return;
  const void* message = asked.instruction == Instruction::unsubscribe_answered
                            ? answer(AnswerKind::unsubscribed, asked.hash, nullptr)
                            : answer(kind_of(row.value), asked.hash, row.value);
  Record answered = record.with_key(asked.left_key).with_change(message, nullptr);
  if (row.value != nullptr) answered.timestamp_ms = std::max(record.timestamp_ms, row.timestamp_ms);
  forward(answered);
}

void ForeignKeySubscriptionNode::keep(const Record& record, Bytes right_key, const Subscription& asked) {
  OwnedBytes key = subscriptions_of(right_key);
  key.append(left_key_type_->encode_key(asked.left_key, scratch_));
  state::Row& row = store_->row(key);
  switch (asked.instruction) {
    case Instruction::subscribe:
    case Instruction::subscribe_if_present:
      store_->modify_as<std::uint64_t>(row, record.timestamp_ms) = asked.hash;
      break;
    case Instruction::unsubscribe:
    case Instruction::unsubscribe_answered:
      store_->erase(row, record.timestamp_ms);
      break;
  }
}

Result<> ForeignKeyChangeNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(store_name_);
  return {};
}

void ForeignKeyChangeNode::process(const Record& record) {
  const OwnedBytes prefix = subscriptions_of(encoder_(record).bytes);
  store_->scan_prefix(prefix, state::ScanOrder::forward, [&](Bytes key, const void* hash, std::int64_t) {
    if (!left_key_type_->decode(key.substr(prefix.size()), left_key_.get())) {
      scope_->fail({ErrorCode::corrupt_data, "store " + store_name_ + ": a key ends in no " + left_key_type_->name});
      return false;
    }
    if (record.value != nullptr) scope_->counters().matched.add();
    const void* message = answer(kind_of(record.value), *static_cast<const std::uint64_t*>(hash), record.value);
    forward(record.with_key(left_key_.get()).with_change(message, nullptr));
    return true;
  });
}

}  // namespace weir::streams
