// The nodes that hold a callable of an aggregation or a join; what they do with stores and time is in streams/topology.
#pragma once

#include <utility>

#include "streams/dsl/call.h"
#include "streams/operators/aggregate_node.h"
#include "streams/operators/stream_table_join_node.h"
#include "streams/operators/window_aggregate_node.h"

namespace weir::streams {

// An aggregator: (key, value, A&) or (value, A&), editing in place; or giving the new A, or an optional A whose absence
// deletes.
template <class F, class K, class V, class A>
concept EditsInPlace = call::Takes<F, K, V, A&> && std::is_void_v<call::Result<F, K, V, A&>>;
template <class F, class K, class V, class A>
concept GivesAggregate = call::Takes<F, K, V, const A&> &&
    (std::convertible_to<call::Result<F, K, V, const A&>, A> ||
     std::convertible_to<call::Result<F, K, V, const A&>, std::optional<A>>);
template <class F, class K, class V, class A>
concept Aggregator = EditsInPlace<F, K, V, A> || GivesAggregate<F, K, V, A>;

template <class F, class K, class V, class A>
constexpr bool may_delete() {
  if constexpr (EditsInPlace<F, K, V, A>) {
    return false;
  } else {
    return is_nullable<call::Result<F, K, V, const A&>>;
  }
}

// Calls an aggregator. False: there is no value any more.
template <class K, class V, class A, class F>
bool aggregated(F& aggregator, const Record& record, A& aggregate) {
  if constexpr (EditsInPlace<F, K, V, A>) {
    call::with_record<K, V>(aggregator, record, aggregate);
    return true;
  } else if constexpr (may_delete<F, K, V, A>()) {
    std::optional<A> next = call::with_record<K, V>(aggregator, record, std::as_const(aggregate));
    if (next) aggregate = *std::move(next);
    return next.has_value();
  } else {
    aggregate = call::with_record<K, V>(aggregator, record, std::as_const(aggregate));
    return true;
  }
}

// Calls a reducer. False: there is no value any more.
template <class V, class A, class F>
bool reduced(F& reducer, const Record& record, A& aggregate) {
  decltype(auto) value = call::Argument<V>::first(record.value);
  if constexpr (std::is_void_v<std::invoke_result_t<F&, A&, const V&>>) {
    reducer(aggregate, value);
    return true;
  } else if constexpr (is_nullable<std::remove_cvref_t<std::invoke_result_t<F&, const A&, const V&>>>) {
    auto next = reducer(std::as_const(aggregate), value);
    if (next) aggregate = A(*std::move(next));
    return next.has_value();
  } else {
    aggregate = A(reducer(std::as_const(aggregate), value));
    return true;
  }
}

// The update of an aggregate by callables; Base is AggregateNode or WindowAggregateNode.
template <class Base, class K, class V, class A, class Init, class F>
class AggregateWith final : public Base {
 public:
  template <class... Args>
  AggregateWith(Init init, F aggregator, Args&&... args)
      : Base(std::forward<Args>(args)...), init_(std::move(init)), aggregator_(std::move(aggregator)) {}

 private:
  bool update(void* erased, IsNew is_new, const Record& record) override {
    return call::guarded(*this, [&] { return update_value(*static_cast<A*>(erased), is_new, record); });
  }

  bool set_initial(void* erased) override {
    *static_cast<A*>(erased) = init_();
    return true;
  }
  bool update_value(A& aggregate, IsNew is_new, const Record& record) {
    if (is_new == IsNew::yes) aggregate = init_();
    return aggregated<K, V>(aggregator_, record, aggregate);
  }

  Init init_;
  F aggregator_;
};

// A reducer: (V& aggregate, const V& value), editing in place; or (const V& aggregate, const V& value) giving the new
// V, or an optional. The first value is taken as it is.
template <class Base, class V, class A, class F>
class ReduceWith final : public Base {
 public:
  template <class... Args>
  explicit ReduceWith(F reducer, Args&&... args) : Base(std::forward<Args>(args)...), reducer_(std::move(reducer)) {}

 private:
  bool update(void* erased, IsNew is_new, const Record& record) override {
    A& aggregate = *static_cast<A*>(erased);
    if (is_new == IsNew::yes) {
      if (record.value == nullptr) return false;
      aggregate = A(*static_cast<const plain_t<V>*>(record.value));
      return true;
    }
    return call::guarded(*this, [&] { return reduced<V>(reducer_, record, aggregate); });
  }
  bool set_initial(void*) override { return false; }

  F reducer_;
};

// A joiner: (value, right) or (key, value, right), `right` being const R& in an inner join and const R* in a left one.
template <class K, class V, class R, JoinKind kKind, class F>
class StreamTableJoinWith final : public StreamTableJoinNode {
 public:
  StreamTableJoinWith(F joiner, const TypeOps* key, RowsAsOf as_of)
      : StreamTableJoinNode(key, kKind, as_of), joiner_(std::move(joiner)) {}

 private:
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

  F joiner_;
};

}  // namespace weir::streams
