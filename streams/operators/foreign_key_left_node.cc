#include "streams/operators/foreign_key_left_node.h"

namespace weir::streams {

Result<> ForeignKeySubscribeNode::open(TaskScope& scope) {
  if (kind_ == JoinKind::inner) deletions_ = &scope.key_value_store(store_name_);
  return {};
}

void ForeignKeySubscribeNode::process(const Record& record) {
  if (record.value == nullptr && record.old_value == nullptr) return;  // it was not there
  const void* old = record.old_value == nullptr ? nullptr : right_key(Half::old, record.key, record.old_value);
  const void* fresh = record.value == nullptr ? nullptr : right_key(Half::fresh, record.key, record.value);
  const std::uint64_t hash = hash_(record.value);
  if (fresh == nullptr) return refers_to_none(record, old, hash);
  const bool has_changed = old != nullptr && !are_equal(old, fresh);
  if (has_changed) send(record, old, Instruction::unsubscribe, hash);
  const bool may_be_silent = kind_ == JoinKind::inner && !has_changed && !deletion_of(record).exists();
  send(record, fresh, may_be_silent ? Instruction::subscribe_if_present : Instruction::subscribe, hash);
}

void ForeignKeySubscribeNode::refers_to_none(const Record& record, const void* old, std::uint64_t hash) {
  const bool is_there = record.value != nullptr;
  if (old != nullptr) {
    const bool is_answered_here = kind_ == JoinKind::left && is_there;
    if (kind_ == JoinKind::inner) {
      deletions_->modify_as<std::uint64_t>(deletion_of(record), record.timestamp_ms) = hash;
    }
    send(record, old, is_answered_here ? Instruction::unsubscribe : Instruction::unsubscribe_answered, hash);
    if (!is_answered_here) return;
  }
  if (kind_ == JoinKind::left) answer_here(record, hash);
}

Result<> ForeignKeyAnswerNode::open(TaskScope& scope) {
  if (kind_ == JoinKind::inner) deletions_ = &scope.key_value_store(store_name_);
  return {};
}

void ForeignKeyAnswerNode::process(const Record& record) {
  const EncodedKey key = encoder_(record);
  const Answer answered = answer(record.value);
  if (answered.kind == AnswerKind::unsubscribed && deletions_ != nullptr) {
    state::Row* awaited = deletions_->find(key.bytes, key.hash);
    if (awaited != nullptr && *awaited->value_as<std::uint64_t>() == answered.hash) {
      deletions_->erase(*awaited, record.timestamp_ms);
    }
  }
  const void* left = table(0).look_up(record.key, key).value;
  if (hash_(left) != answered.hash) return;
  const bool has_result = left != nullptr && (answered.right != nullptr || kind_ == JoinKind::left);
  Record result = record.with_change(has_result ? join(record.key, left, answered.right) : nullptr, nullptr);
  result.encoded_key = &key;
  forward(result);
}

}  // namespace weir::streams
