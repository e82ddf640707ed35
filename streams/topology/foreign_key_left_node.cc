#include "streams/topology/foreign_key_left_node.h"

namespace weir::streams {

void ForeignKeySubscribeNode::process(const Record& record) {
  if (record.value == nullptr && record.old_value == nullptr) return;  // it was not there
  const void* old = record.old_value == nullptr ? nullptr : right_key(Half::old, record.key, record.old_value);
  const void* fresh = record.value == nullptr ? nullptr : right_key(Half::fresh, record.key, record.value);
  const std::uint64_t hash = hash_(record.value);
  if (fresh == nullptr) return refers_to_none(record, old, hash);
  const bool has_changed = old != nullptr && !are_equal(old, fresh);
  if (has_changed) send(record, old, Instruction::unsubscribe, hash);
  const bool may_be_silent = kind_ == JoinKind::inner && !has_changed;
  send(record, fresh, may_be_silent ? Instruction::subscribe_if_present : Instruction::subscribe, hash);
}

void ForeignKeySubscribeNode::refers_to_none(const Record& record, const void* old, std::uint64_t hash) {
  const bool is_there = record.value != nullptr;
  if (old != nullptr) {
    const bool is_answered_here = kind_ == JoinKind::left && is_there;
    send(record, old, is_answered_here ? Instruction::unsubscribe : Instruction::unsubscribe_answered, hash);
    if (!is_answered_here) return;
  }
  if (kind_ == JoinKind::left) answer_here(record, hash);
}

void ForeignKeyAnswerNode::process(const Record& record) {
  const EncodedKey key = encoder_(record);
  const Answer answered = answer(record.value);
  const void* left = table(0).look_up(record.key, key).value;
  if (hash_(left) != answered.hash) return;
  const bool has_result = left != nullptr && (answered.right != nullptr || kind_ == JoinKind::left);
  Record result = record.with_change(has_result ? join(record.key, left, answered.right) : nullptr, nullptr);
  result.encoded_key = &key;
  forward(result);
}

}  // namespace weir::streams
