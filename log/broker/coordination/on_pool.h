// on_pool: a function that blocks, for a coroutine that must not: it goes on by its executor when the function is done.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "log/base/task.h"
#include "log/base/waiter.h"
#include "log/base/work_pool.h"

namespace weir::log::broker {

// Without a pool the caller does it. Whoever waits may be gone before it is done: `work` owns what it needs.
template <class T>
Task<T> on_pool(WorkPool* pool, std::function<T()> work, Executor& executor) {
  if (pool == nullptr) co_return work();
  struct Held {
    explicit Held(Executor& resumes) : waiter(resumes) {}
    Waiter waiter;
    std::optional<T> value{};
  };
  auto held = std::make_shared<Held>(executor);  // shared: with the work
  pool->post([held, todo = std::move(work)] {
    held->value.emplace(todo());
    held->waiter.wake();
  });
  co_await held->waiter;
  co_return std::move(*held->value);
}

}  // namespace weir::log::broker
