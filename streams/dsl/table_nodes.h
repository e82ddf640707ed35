// The nodes that hold a callable of a table's operator; what they do with rows and changes is in streams/topology.
#pragma once

#include <array>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/dsl/group_change.h"
#include "streams/operators/table_filter_node.h"
#include "streams/operators/table_group_node.h"
#include "streams/operators/table_join_node.h"
#include "streams/operators/table_map_node.h"

namespace weir::streams {

template <class K, class V, class F, bool kExpected>
class TableFilterWith final : public TableFilterNode {
 public:
  explicit TableFilterWith(F predicate) : TableFilterNode(key_ops<K>()), predicate_(std::move(predicate)) {}

 private:
  bool passes(const void* key, const void* value) override {
    return call::guarded(*this, [&] {
      return bool(call::with_record<K, V>(predicate_, Record{.key = key, .value = value})) == kExpected;
    });
  }

  F predicate_;
};

template <class K, class V, class F>
class TableMapWith final : public TableMapNode {
 public:
  explicit TableMapWith(F mapper) : TableMapNode(key_ops<K>()), mapper_(std::move(mapper)) {}

 private:
  const void* map(Place place, const void* key, const void* value) override {
    auto& result = results_[static_cast<std::size_t>(place)];
    result.emplace(
        call::guarded(*this, [&] { return call::with_record<K, V>(mapper_, Record{.key = key, .value = value}); }));
    return call::erased(*result);
  }

  F mapper_;
  std::array<std::optional<call::Result<F, K, V>>, 3> results_;
};

// How a table's joiner is called: a row that may be missing is a pointer.
template <class K, class L, class R, class F>
class TableJoiner {
 public:
  static constexpr bool kLeftMayMiss = std::is_pointer_v<L>;
  static constexpr bool kRightMayMiss = std::is_pointer_v<R>;
  using Left = std::remove_const_t<std::remove_pointer_t<L>>;
  using Right = std::remove_const_t<std::remove_pointer_t<R>>;
  using Value = std::conditional_t<kLeftMayMiss, std::optional<Left>, Left>;
  using Partner = std::conditional_t<kRightMayMiss, const Right*, const Right&>;
  using Joined = call::Result<F, K, Value, Partner>;

  explicit TableJoiner(F joiner) : joiner_(std::move(joiner)) {}

  const void* operator()(const Node& node, JoinPlace place, const void* key, const void* left, const void* right) {
    auto& result = results_[static_cast<std::size_t>(place)];
    result.emplace(call::guarded(node, [&] {
      Record record{.key = key, .value = left};
      if constexpr (kRightMayMiss) {
        return call::with_record<K, Value>(joiner_, record, static_cast<const Right*>(right));
      } else {
        return call::with_record<K, Value>(joiner_, record, *static_cast<const Right*>(right));
      }
    }));
    return call::erased(*result);
  }

 private:
  F joiner_;
  std::array<std::optional<Joined>, 3> results_;
};

template <class K, class Joiner>
class TableJoinSideWith final : public TableJoinSideNode {
 public:
  TableJoinSideWith(Joiner joiner, TableJoinKind kind, JoinSide side)
      : TableJoinSideNode(key_ops<K>(), kind, side), joiner_(std::move(joiner)) {}

 private:
  const void* join(JoinPlace place, const void* key, const void* left, const void* right) override {
    return joiner_(*this, place, key, left, right);
  }

  Joiner joiner_;
};

template <class K, class Joiner>
class TableJoinWith final : public TableJoinNode {
 public:
  TableJoinWith(Joiner joiner, TableJoinKind kind) : TableJoinNode(key_ops<K>(), kind), joiner_(std::move(joiner)) {}

 private:
  const void* join(JoinPlace place, const void* key, const void* left, const void* right) override {
    return joiner_(*this, place, key, left, right);
  }

  Joiner joiner_;
};

template <class K, class V, class K2, class V2, class F>
class TableGroupWith final : public TableGroupNode {
 public:
  explicit TableGroupWith(F mapper) : TableGroupNode(key_ops<K2>()), mapper_(std::move(mapper)) {}

 private:
  const void* map(Half half, const void* key, const void* value) override {
    auto& result = half == Half::old ? old_ : fresh_;
    result.emplace(
        call::guarded(*this, [&] { return call::with_record<K, V>(mapper_, Record{.key = key, .value = value}); }));
    if (call::erased(result->second) == nullptr) return nullptr;
    return call::erased(result->first);
  }

  const void* update(bool has_old, bool has_fresh) override {
    set(update_.old, has_old, old_);
    set(update_.fresh, has_fresh, fresh_);
    return &update_;
  }

  template <class Pair>
  static void set(std::optional<V2>& half, bool is_there, const std::optional<Pair>& mapped) {
    half.reset();
    if (is_there) half.emplace(*static_cast<const V2*>(call::erased(mapped->second)));
  }

  F mapper_;
  std::optional<call::Result<F, K, V>> old_;
  std::optional<call::Result<F, K, V>> fresh_;
  GroupChange<V2> update_;
};

}  // namespace weir::streams
