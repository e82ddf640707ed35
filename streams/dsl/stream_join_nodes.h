// JoinRow<V>: a record as a join's buffer keeps it; the node that holds the joiner of a join of streams.
//
//   row = whether it waits for a partner (1 byte: 0, 1) | value
#pragma once

#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/stream_join_node.h"

namespace weir::streams {

template <class V>
struct JoinRow {
  bool waits = false;
  V value{};
};

template <class V>
struct Serde<JoinRow<V>> {
  static bool decode(Bytes bytes, JoinRow<V>& reuse) {
    if (bytes.empty() || (bytes[0] != 0 && bytes[0] != 1)) return false;
    reuse.waits = bytes[0] == 1;
    return Serde<V>::decode(bytes.substr(1), reuse.value);
  }
  static Bytes encode(const JoinRow<V>& row, OwnedBytes& scratch) {
    thread_local OwnedBytes value_scratch;  // the value may need one of its own
    scratch.assign(1, row.waits ? 1 : 0);
    scratch.append(Serde<V>::encode(row.value, value_scratch));
    return scratch;
  }
  static std::size_t heap_bytes(const JoinRow<V>& row) {
    if constexpr (requires { Serde<V>::heap_bytes(row.value); }) return Serde<V>::heap_bytes(row.value);
    return 0;
  }
};

// What a joiner is handed for the sides: a reference, or a pointer that is null where the record has no partner.
template <class L, class R, bool kLeftOuter, bool kRightOuter>
struct JoinerArguments {
  using Left = std::conditional_t<kRightOuter, std::optional<L>, L>;  // as call.h has it: an optional or a pointer
  using Right = std::conditional_t<kLeftOuter, const R*, const R&>;
};

// V and W are the streams' values without null, L and R what the buffers keep of them, K the result's key.
template <class K, class V, class W, bool kLeftOuter, bool kRightOuter, class F>
class StreamJoinWith final : public StreamJoinNode {
 public:
  using L = owned_t<V>;
  using R = owned_t<W>;
  using Arguments = JoinerArguments<L, R, kLeftOuter, kRightOuter>;

  StreamJoinWith(F joiner, std::string left_buffer, std::string right_buffer, JoinWindowing windowing, Compat compat)
      : StreamJoinNode({std::move(left_buffer), std::move(right_buffer)}, key_ops<K>(), windowing,
                       {kLeftOuter, kRightOuter}, compat),
        joiner_(std::move(joiner)) {}

 private:
  const void* value_of(JoinSide side, const void* row) override {
    if (side == JoinSide::left) return &static_cast<const JoinRow<L>*>(row)->value;
    return &static_cast<const JoinRow<R>*>(row)->value;
  }
  bool& waits(JoinSide side, void* row) override {
    if (side == JoinSide::left) return static_cast<JoinRow<L>*>(row)->waits;
    return static_cast<JoinRow<R>*>(row)->waits;
  }
  void set_value(JoinSide side, void* row, const void* value) override {
    if (side == JoinSide::left) {
      static_cast<JoinRow<L>*>(row)->value = *static_cast<const L*>(value);
    } else {
      static_cast<JoinRow<R>*>(row)->value = *static_cast<const R*>(value);
    }
  }
  const void* owned(JoinSide side, const void* value) override {
    return side == JoinSide::left ? copied<V>(value, left_) : copied<W>(value, right_);
  }
  template <class From>
  static const void* copied(const void* value, owned_t<From>& into) {
    if constexpr (IsOwned<From>) return value;
    into = owned_t<From>(*static_cast<const From*>(value));
    return &into;
  }

  void join(const Record& record, const void* left, const void* right) override {
    auto value = call::guarded(*this, [&] {
      const Record arguments{.key = record.key, .value = left};
      if constexpr (kLeftOuter) {
        return call::with_record<K, typename Arguments::Left>(joiner_, arguments, static_cast<const R*>(right));
      } else {
        return call::with_record<K, typename Arguments::Left>(joiner_, arguments, *static_cast<const R*>(right));
      }
    });
    forward(record.with_value(call::erased(value)));
  }

  F joiner_;
  L left_{};  // of records whose values are views
  R right_{};
};

}  // namespace weir::streams
