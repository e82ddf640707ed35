// The left table's part in a foreign-key join: ForeignKeySubscribeNode turns its changes into subscriptions to rows of
// the right table, ForeignKeyAnswerNode joins its rows with the answers. The rules are those of
// tests/vectors/README.md, 4.4; the decisions those that KIP-213 came to be corrected to (KAFKA-16394, KAFKA-16407):
//
//   change of the left row        inner join                          left join
//   comes, refers to B            subscribe to B, if present          subscribe to B
//   stays with A                  subscribe to A, if present          subscribe to A
//   from A to B                   unsubscribe from A, subscribe to B  the same
//   from A to none                unsubscribe from A, answered        unsubscribe from A, joined with null
//   comes or stays, refers to none  nothing                           joined with null
//   goes, referred to A           unsubscribe from A, answered        the same
//   goes, referred to none        nothing                             a deletion
//
// "If present": without a row of the right table there is no answer, for there was no result before. While the answer
// that deletes the result before is under way this is not so: it will be left out, being to a row of the past. Inner
// joins keep which keys wait for such an answer, and have them answered in any case.
#pragma once

#include <string>

#include "streams/operators/foreign_key_messages.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/stream_table_join_node.h"
#include "streams/state/type_ops.h"

namespace weir::streams {

// The hash of a row's value, or kHashOfNoRow.
class RowHash {
 public:
  explicit RowHash(const TypeOps* type) : type_(type) {}

  std::uint64_t operator()(const void* value) {
    return value == nullptr ? kHashOfNoRow : hash_of_row(type_->encode(value, scratch_));
  }

 private:
  const TypeOps* type_;
  OwnedBytes scratch_;
};

// Its first child is the way to the right table, its second the ForeignKeyAnswerNode.
class ForeignKeySubscribeNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void process_older(const Record&) override {}  // the join follows the latest rows

 protected:
  // `deletions`: the store of keys that wait for one, by the hash of the row that asked; of an inner join.
  ForeignKeySubscribeNode(std::string deletions, const TypeOps* left_key, const TypeOps* left_value,
                          const TypeOps* right_key, JoinKind kind)
      : store_name_(std::move(deletions)),
        encoder_(left_key),
        hash_(left_value),
        right_key_type_(right_key),
        kind_(kind) {}

  enum class Half { old, fresh };
  // The right key that a row refers to, or null. Lives until the next call for the same half.
  virtual const void* right_key(Half half, const void* key, const void* value) = 0;
  // The messages live until the next call.
  virtual const void* subscription(Instruction instruction, std::uint64_t hash, const void* left_key) = 0;
  virtual const void* answer_without_row(std::uint64_t hash) = 0;

 private:
  void send(const Record& record, const void* right_key, Instruction instruction, std::uint64_t hash) {
    forward_to(0, record.with_key(right_key).with_change(subscription(instruction, hash, record.key), nullptr));
  }
  void answer_here(const Record& record, std::uint64_t hash) {
    forward_to(1, record.with_change(answer_without_row(hash), nullptr));
  }
  bool are_equal(const void* a, const void* b) {
    return right_key_type_->encode_key(a, old_scratch_) == right_key_type_->encode_key(b, fresh_scratch_);
  }
  void refers_to_none(const Record& record, const void* old, std::uint64_t hash);
  state::Row& deletion_of(const Record& record) {
    const EncodedKey key = encoder_(record);
    return deletions_->row(key.bytes, key.hash);
  }

  const std::string store_name_;
  KeyEncoder encoder_;
  RowHash hash_;
  state::KeyValueStore* deletions_ = nullptr;  // of an inner join
  const TypeOps* right_key_type_;
  const JoinKind kind_;
  OwnedBytes old_scratch_;
  OwnedBytes fresh_scratch_;
};

// Its records have the left key, and an answer for a value. Looks up the left table.
class ForeignKeyAnswerNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;

 protected:
  ForeignKeyAnswerNode(std::string deletions, const TypeOps* key, const TypeOps* left_value, JoinKind kind)
      : store_name_(std::move(deletions)), encoder_(key), hash_(left_value), kind_(kind) {}

  struct Answer {
    AnswerKind kind;
    std::uint64_t hash;  // of the left row that is answered
    const void* right;   // the row, or null
  };
  virtual Answer answer(const void* message) = 0;
  // The result may be null; it lives until the next call. `right` is null only in a left join.
  virtual const void* join(const void* key, const void* left, const void* right) = 0;

 private:
  const std::string store_name_;
  KeyEncoder encoder_;
  RowHash hash_;
  state::KeyValueStore* deletions_ = nullptr;  // of an inner join
  const JoinKind kind_;
};

}  // namespace weir::streams
