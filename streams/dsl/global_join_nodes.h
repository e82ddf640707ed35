// The node that holds the callables of a join with a global table.
#pragma once

#include <optional>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/type_table.h"
#include "streams/operators/stream_global_join_node.h"

namespace weir::streams {

// V is the stream's value without null.
template <class K, class V, class R, JoinKind kKind, class KeyOf, class F>
class StreamGlobalJoinWith final : public StreamGlobalJoinNode {
 public:
  using LookedUp = call::Result<KeyOf, K, V>;

  StreamGlobalJoinWith(KeyOf key_of, F joiner, std::string table)
      : StreamGlobalJoinNode(std::move(table), key_ops<LookedUp>(), kKind),
        key_of_(std::move(key_of)),
        joiner_(std::move(joiner)) {}

 private:
  const void* key_of(const Record& record) override {
    key_.emplace(call::guarded(*this, [&] { return call::with_record<K, V>(key_of_, record); }));
    return call::erased(*key_);
  }

  void join(const Record& record, const void* right) override {
    auto value = call::guarded(*this, [&] {
      if constexpr (kKind == JoinKind::inner) {
        return call::with_record<K, V>(joiner_, record, *static_cast<const R*>(right));
      } else {
        return call::with_record<K, V>(joiner_, record, static_cast<const R*>(right));
      }
    });
    forward(record.with_value(call::erased(value)));
  }

  KeyOf key_of_;
  F joiner_;
  std::optional<LookedUp> key_;
};

}  // namespace weir::streams
