// What the two sides of a foreign-key join send each other, as bytes, and the nodes that hold its callables.
//
//   subscription = instruction (1) | hash (8, big-endian) | left key          to the partition of the right key
//   answer       = kind (1) | hash (8) | [row, of that kind]                  to the partition of the left key
#pragma once

#include <optional>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/foreign_key_left_node.h"
#include "streams/operators/foreign_key_right_node.h"

namespace weir::streams {

template <class K>
struct SubscriptionMessage {
  Instruction instruction = Instruction::subscribe;
  std::uint64_t hash = 0;
  K left_key{};
};

template <class R>
struct AnswerMessage {
  AnswerKind kind = AnswerKind::no_row;
  std::uint64_t hash = 0;
  std::optional<R> right;
};

template <class K>
struct Serde<SubscriptionMessage<K>> {
  static bool decode(Bytes bytes, SubscriptionMessage<K>& reuse) {
    constexpr std::size_t kHead = 1 + sizeof(std::uint64_t);
    if (bytes.size() < kHead || static_cast<std::uint8_t>(bytes[0]) > 3) return false;
    reuse.instruction = static_cast<Instruction>(bytes[0]);
    reuse.hash = load_big_endian<std::uint64_t>(bytes.data() + 1);
    return Serde<K>::decode(bytes.substr(kHead), reuse.left_key);
  }
  static Bytes encode(const SubscriptionMessage<K>& message, OwnedBytes& scratch) {
    thread_local OwnedBytes key_scratch;  // the key may need one of its own
    scratch.assign(1, static_cast<char>(message.instruction));
    Writer(scratch).int64(static_cast<std::int64_t>(message.hash));
    scratch.append(encode_key(message.left_key, key_scratch));
    return scratch;
  }
};

template <class R>
struct Serde<AnswerMessage<R>> {
  static bool decode(Bytes bytes, AnswerMessage<R>& reuse) {
    constexpr std::size_t kHead = 1 + sizeof(std::uint64_t);
    if (bytes.size() < kHead || static_cast<std::uint8_t>(bytes[0]) > 2) return false;
    reuse.kind = static_cast<AnswerKind>(bytes[0]);
    reuse.hash = load_big_endian<std::uint64_t>(bytes.data() + 1);
    reuse.right.reset();
    if (reuse.kind != AnswerKind::row) return bytes.size() == kHead;
    return Serde<R>::decode(bytes.substr(kHead), reuse.right.emplace());
  }
  static Bytes encode(const AnswerMessage<R>& message, OwnedBytes& scratch) {
    thread_local OwnedBytes row_scratch;  // the row may need one of its own
    scratch.assign(1, static_cast<char>(message.kind));
    Writer(scratch).int64(static_cast<std::int64_t>(message.hash));
    if (message.right) scratch.append(Serde<R>::encode(*message.right, row_scratch));
    return scratch;
  }
};

// Fills a message with a row that may be missing.
template <class R>
const void* answer_message(AnswerMessage<R>& message, AnswerKind kind, std::uint64_t hash, const void* right) {
  message.kind = kind;
  message.hash = hash;
  message.right.reset();
  if (right != nullptr) message.right = *static_cast<const R*>(right);
  return &message;
}

template <class K, class V, class KR, class R, class Extract>
class ForeignKeySubscribeWith final : public ForeignKeySubscribeNode {
 public:
  ForeignKeySubscribeWith(Extract extract, std::string deletions, JoinKind kind)
      : ForeignKeySubscribeNode(std::move(deletions), key_ops<K>(), &type_ops<V>(), key_ops<KR>(), kind),
        extract_(std::move(extract)) {}

 private:
  const void* right_key(Half half, const void* key, const void* value) override {
    const auto extracted =
        call::guarded(*this, [&] { return call::with_record<K, V>(extract_, Record{.key = key, .value = value}); });
    const void* found = call::erased(extracted);
    if (found == nullptr) return nullptr;
    KR& kept = half == Half::old ? old_ : fresh_;
    kept = KR(*static_cast<const plain_t<call::Result<Extract, K, V>>*>(found));
    return &kept;
  }
  const void* subscription(Instruction instruction, std::uint64_t hash, const void* left_key) override {
    subscription_ = {instruction, hash, *static_cast<const K*>(left_key)};
    return &subscription_;
  }
  const void* answer_without_row(std::uint64_t hash) override {
    return answer_message(answer_, AnswerKind::no_row, hash, nullptr);
  }

  Extract extract_;
  KR old_{};
  KR fresh_{};
  SubscriptionMessage<K> subscription_;
  AnswerMessage<R> answer_;
};

template <class K, class R>
class ForeignKeySubscriptionOf final : public ForeignKeySubscriptionNode {
 public:
  ForeignKeySubscriptionOf(std::string store, const TypeOps* right_key)
      : ForeignKeySubscriptionNode(std::move(store), right_key, key_ops<K>()) {}

 private:
  Subscription subscription(const void* message) override {
    const auto& asked = *static_cast<const SubscriptionMessage<K>*>(message);
    return {asked.instruction, asked.hash, &asked.left_key};
  }
  const void* answer(AnswerKind kind, std::uint64_t hash, const void* right) override {
    return answer_message(answer_, kind, hash, right);
  }

  AnswerMessage<R> answer_;
};

template <class R>
class ForeignKeyChangeOf final : public ForeignKeyChangeNode {
 public:
  ForeignKeyChangeOf(std::string store, const TypeOps* right_key, const TypeOps* left_key)
      : ForeignKeyChangeNode(std::move(store), right_key, left_key) {}

 private:
  const void* answer(AnswerKind kind, std::uint64_t hash, const void* right) override {
    return answer_message(answer_, kind, hash, right);
  }

  AnswerMessage<R> answer_;
};

template <class K, class V, class R, JoinKind kKind, class F>
class ForeignKeyAnswerWith final : public ForeignKeyAnswerNode {
 public:
  using Right = std::conditional_t<kKind == JoinKind::inner, const R&, const R*>;
  using Joined = call::Result<F, K, V, Right>;

  ForeignKeyAnswerWith(F joiner, std::string deletions)
      : ForeignKeyAnswerNode(std::move(deletions), key_ops<K>(), &type_ops<V>(), kKind), joiner_(std::move(joiner)) {}

 private:
  Answer answer(const void* message) override {
    const auto& given = *static_cast<const AnswerMessage<R>*>(message);
    return {given.kind, given.hash, call::erased(given.right)};
  }
  const void* join(const void* key, const void* left, const void* right) override {
    result_.emplace(call::guarded(*this, [&] {
      const Record record{.key = key, .value = left};
      if constexpr (kKind == JoinKind::inner) {
        return call::with_record<K, V>(joiner_, record, *static_cast<const R*>(right));
      } else {
        return call::with_record<K, V>(joiner_, record, static_cast<const R*>(right));
      }
    }));
    return call::erased(*result_);
  }

  F joiner_;
  std::optional<Joined> result_;
};

}  // namespace weir::streams
