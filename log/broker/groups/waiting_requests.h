// WaitingRequests: requests whose answers come later: each waits under its ticket, as a coroutine of the one who asked,
// until the answer is put in and it is woken.
//
// Thread-safe; `answer` may be called under any lock.
#pragma once

#include <memory>
#include <unordered_map>

#include "log/base/mutex.h"
#include "log/base/waiter.h"
#include "log/broker/groups/membership/group_actions.h"

namespace weir::log::broker {

template <class Response>
class WaitingRequests {
 public:
  struct Request {
    explicit Request(Executor& executor) : waiter(executor) {}
    Waiter waiter;
    Response response{};  // once it is woken
  };
  using Held = std::shared_ptr<Request>;  // shared: by the one who waits, and the one who answers

  Held add(Ticket ticket, Executor& executor) WEIR_EXCLUDES(mutex_) {
    auto request = std::make_shared<Request>(executor);
    MutexLock lock(mutex_);
    requests_[ticket] = request;
    return request;
  }

  void answer(Ticket ticket, Response response) WEIR_EXCLUDES(mutex_) {
    Held request;
    {
      MutexLock lock(mutex_);
      auto found = requests_.find(ticket);
      if (found == requests_.end()) return;
      request = std::move(found->second);
      requests_.erase(found);
    }
    request->response = std::move(response);
    request->waiter.wake();
  }

 private:
  Mutex mutex_;
  std::unordered_map<Ticket, Held> requests_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log::broker
