// The nodes that aggregate one of several inputs into a row that they share. An input's own type ends at its
// CogroupUpdate, so that inputs of different types can stand in one list: one indirect call a record.
#pragma once

#include <functional>
#include <span>
#include <utility>

#include "streams/dsl/session_nodes.h"
#include "streams/dsl/stateful_nodes.h"

namespace weir::streams {

// Takes a record of one input into the aggregate. False: there is no value any more.
template <class A>
using CogroupUpdate = std::function<bool(A& aggregate, const Record& record)>;

// Base is AggregateNode, WindowAggregateNode or SlidingAggregateNode.
template <class Base, class A, class Init>
class CogroupWith final : public Base {
 public:
  template <class... Args>
  CogroupWith(Init init, CogroupUpdate<A> update, Args&&... args)
      : Base(std::forward<Args>(args)...), init_(std::move(init)), update_(std::move(update)) {}

 private:
  bool update(void* erased, IsNew is_new, const Record& record) override {
    return call::guarded(*this, [&] {
      A& aggregate = *static_cast<A*>(erased);
      if (is_new == IsNew::yes) aggregate = init_();
      return update_(aggregate, record);
    });
  }
  bool set_initial(void* erased) override {
    *static_cast<A*>(erased) = init_();
    return true;
  }

  Init init_;
  CogroupUpdate<A> update_;
};

template <class A, class Init, class Merge>
class SessionCogroupWith final : public SessionAggregateOf<A> {
 public:
  SessionCogroupWith(Init init, CogroupUpdate<A> update, Merge merger, std::string store, SessionWindowing windowing,
                     Emit emit, const WindowedKeyOps& keys)
      : SessionAggregateOf<A>(std::move(store), windowing, emit, keys),
        init_(std::move(init)),
        update_(std::move(update)),
        merger_(std::move(merger)) {}

 private:
  bool merge_into(A& aggregate, std::span<const void* const> merged, const Record& record) override {
    aggregate = init_();
    for (const void* session : merged) {
      aggregate = merger_(std::as_const(aggregate), *static_cast<const A*>(session));
    }
    return update_(aggregate, record);
  }

  Init init_;
  CogroupUpdate<A> update_;
  Merge merger_;
};

}  // namespace weir::streams
