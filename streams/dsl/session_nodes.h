// The nodes that hold the callables of an aggregation of sessions.
#pragma once

#include <utility>

#include "streams/dsl/session_row.h"
#include "streams/dsl/stateful_nodes.h"
#include "streams/operators/session_aggregate_node.h"

namespace weir::streams {

template <class A>
class SessionAggregateOf : public SessionAggregateNode {
 protected:
  using SessionAggregateNode::SessionAggregateNode;

  // Makes `aggregate` that of the merged sessions and the record. False: there is none.
  virtual bool merge_into(A& aggregate, std::span<const void* const> merged, const Record& record) = 0;

 private:
  std::int64_t& start_of(void* row) final { return static_cast<SessionRow<A>*>(row)->start_ms; }
  const void* aggregate_of(const void* row) final { return &static_cast<const SessionRow<A>*>(row)->aggregate; }
  bool merge(void* into, std::span<const void* const> merged, const Record& record) final {
    return call::guarded(*this,
                         [&] { return merge_into(static_cast<SessionRow<A>*>(into)->aggregate, merged, record); });
  }
};

class SessionCountNode final : public SessionAggregateOf<std::int64_t> {
 public:
  SessionCountNode(std::string store, SessionWindowing windowing, Emit emit, const WindowedKeyOps& keys)
      : SessionAggregateOf(std::move(store), windowing, emit, keys) {}

 private:
  bool merge_into(std::int64_t& count, std::span<const void* const> merged, const Record&) override {
    count = 1;
    for (const void* session : merged) count += *static_cast<const std::int64_t*>(session);
    return true;
  }
};

template <class K, class V, class A, class Init, class F, class Merge>
class SessionAggregateWith final : public SessionAggregateOf<A> {
 public:
  SessionAggregateWith(Init init, F aggregator, Merge merger, std::string store, SessionWindowing windowing, Emit emit,
                       const WindowedKeyOps& keys)
      : SessionAggregateOf<A>(std::move(store), windowing, emit, keys),
        init_(std::move(init)),
        aggregator_(std::move(aggregator)),
        merger_(std::move(merger)) {}

 private:
  bool merge_into(A& aggregate, std::span<const void* const> merged, const Record& record) override {
    aggregate = init_();
    for (const void* session : merged) {
      aggregate = merger_(std::as_const(aggregate), *static_cast<const A*>(session));
    }
    return aggregated<K, V>(aggregator_, record, aggregate);
  }

  Init init_;
  F aggregator_;
  Merge merger_;
};

// The first session, or without one the record's value, is taken as it is.
template <class V, class A, class F>
class SessionReduceWith final : public SessionAggregateOf<A> {
 public:
  SessionReduceWith(F reducer, std::string store, SessionWindowing windowing, Emit emit, const WindowedKeyOps& keys)
      : SessionAggregateOf<A>(std::move(store), windowing, emit, keys), reducer_(std::move(reducer)) {}

 private:
  bool merge_into(A& aggregate, std::span<const void* const> merged, const Record& record) override {
    bool exists = false;
    for (const void* session : merged) {
      exists = add(aggregate, exists, Record{.value = session});
    }
    return add(aggregate, exists, record);
  }

  bool add(A& aggregate, bool exists, const Record& record) {
    if (exists) return reduced<V>(reducer_, record, aggregate);
    if (record.value == nullptr) return false;
    aggregate = A(*static_cast<const plain_t<V>*>(record.value));
    return true;
  }

  F reducer_;
};

}  // namespace weir::streams
