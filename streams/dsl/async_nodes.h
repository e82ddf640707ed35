// The nodes of map_async: copies of keys and values, and the call of what the user gave.
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include "log/base/work_pool.h"
#include "streams/dsl/async.h"
#include "streams/dsl/type_table.h"

namespace weir::streams {

// A copy of an erased T that owns its parts, seen as a T again. It does not move.
template <class T>
class Kept {
 public:
  explicit Kept(const void* object) {
    if (object == nullptr) return;
    if constexpr (IsOwned<T>) {
      owned_.emplace(*static_cast<const T*>(object));
    } else {
      const T& view = *static_cast<const T*>(object);
      owned_.emplace(view.begin(), view.end());
      view_.emplace(*owned_);
    }
  }
  Kept(const Kept&) = delete;
  Kept& operator=(const Kept&) = delete;

  const void* get() const {
    if constexpr (IsOwned<T>) {
      return owned_ ? &*owned_ : nullptr;
    } else {
      return view_ ? &*view_ : nullptr;
    }
  }

 private:
  struct Nothing {};
  std::optional<owned_t<T>> owned_;
  std::conditional_t<IsOwned<T>, Nothing, std::optional<T>> view_;
};

template <class K, class V>
class AsyncInputOf final : public AsyncInput {
 public:
  explicit AsyncInputOf(const Record& record) : key_(record.key), value_(record.value) {}
  const void* key() const override { return key_.get(); }
  const void* value() const override { return value_.get(); }

 private:
  const Kept<plain_t<K>> key_;
  const Kept<plain_t<V>> value_;
};

template <class K, class V, class V2>
class AsyncNodeOf : public AsyncNode {
 protected:
  using AsyncNode::AsyncNode;

  std::shared_ptr<const AsyncInput> copy(const Record& record) final {
    return std::make_shared<AsyncInputOf<K, V>>(record);
  }
  std::shared_ptr<AsyncCall> make_call(const std::shared_ptr<AsyncInbox>& inbox, std::uint64_t record) final {
    return std::make_shared<AsyncCallOf<V2>>(inbox, record);
  }
  static AsyncResult<V2> result_of(const std::shared_ptr<AsyncCall>& call,
                                   const std::shared_ptr<const AsyncInput>& input) {
    return {std::static_pointer_cast<AsyncCallOf<V2>>(call), input};
  }
  static Record record_of(const AsyncInput& input) { return {.key = input.key(), .value = input.value()}; }
};

// Of a callable that answers later.
template <class K, class V, class V2, class F>
class MapAsyncNode final : public AsyncNodeOf<K, V, V2> {
 public:
  MapAsyncNode(const AsyncNode::Settings& settings, F callable)
      : AsyncNodeOf<K, V, V2>(settings), callable_(std::move(callable)) {}

 private:
  void begin(const std::shared_ptr<AsyncCall>& call, const std::shared_ptr<const AsyncInput>& input) override {
    const AsyncResult<V2> result = this->result_of(call, input);  // outlives what is thrown
    try {
      call::with_record<K, V>(callable_, this->record_of(*input), AsyncResult<V2>(result));
    } catch (...) {
      result.fail(std::current_exception());
    }
  }

  F callable_;
};

// Of a function that blocks: the pool's threads call it, several at once.
template <class K, class V, class V2, class F>
class MapBlockingNode final : public AsyncNodeOf<K, V, V2> {
 public:
  MapBlockingNode(const AsyncNode::Settings& settings, std::shared_ptr<F> function, std::shared_ptr<WorkPool> pool)
      : AsyncNodeOf<K, V, V2>(settings), function_(std::move(function)), pool_(std::move(pool)) {}

 private:
  void begin(const std::shared_ptr<AsyncCall>& call, const std::shared_ptr<const AsyncInput>& input) override {
    pool_->post([function = function_, input, result = this->result_of(call, input)] {
      try {
        result.complete(call::with_record<K, V>(*function, AsyncNodeOf<K, V, V2>::record_of(*input)));
      } catch (...) {
        result.fail(std::current_exception());
      }
    });
  }

  const std::shared_ptr<F> function_;     // shared with calls that run when the operator is gone
  const std::shared_ptr<WorkPool> pool_;  // shared by the operator's tasks
};

}  // namespace weir::streams
