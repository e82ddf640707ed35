// WatchedTransport: a way to a log on which calls are counted, and some fail: as if the broker had refused them, or as
// if it had done what they ask and the answer said otherwise.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <utility>

#include "log/wire/transport.h"

namespace weir::streams::testing_log {

class WatchedTransport final : public log::Transport {
 public:
  // `inner` outlives this.
  explicit WatchedTransport(log::Transport& inner) : inner_(inner) {}

  int calls(log::wire::ApiKey api) const { return calls_[static_cast<std::size_t>(api)]; }
  void forget_calls() {
    for (auto& count : calls_) count = 0;
  }

  // The next call of an API, or so many, is refused before anything is done, or after all is done, with this answer.
  template <class Request>
  void refuse(typename Request::Response answer, int times = 1) {
    spoil_[static_cast<std::size_t>(Request::kApiKey)] = {When::before, spoil_with<Request>(std::move(answer)), times};
  }
  template <class Request>
  void refuse_when_done(typename Request::Response answer) {
    spoil_[static_cast<std::size_t>(Request::kApiKey)] = {When::after, spoil_with<Request>(std::move(answer))};
  }

 protected:
  weir::Task<Result<>> call_erased(log::NodeId node, log::wire::ApiKey api, void* request, void* response,
                                   Executor& executor) override {
    const auto index = static_cast<std::size_t>(api);
    ++calls_[index];
    const auto [when, spoil, times] = spoil_[index];
    if (--spoil_[index].times <= 0) spoil_[index] = {};
    if (when != When::before) WEIR_CO_TRY(co_await Open::call(inner_, node, api, request, response, executor));
    if (spoil) spoil(response);
    co_return Result<>{};
  }

 private:
  enum class When { never, before, after };
  struct Spoil {
    When when = When::never;
    std::function<void(void* response)> with;
    int times = 1;
  };
  struct Open : log::Transport {  // what may call another transport's `call_erased`
    using Transport::call_erased;
    static weir::Task<Result<>> call(Transport& transport, log::NodeId node, log::wire::ApiKey api, void* request,
                                     void* response, Executor& executor) {
      return (transport.*&Open::call_erased)(node, api, request, response, executor);
    }
  };

  template <class Request>
  static std::function<void(void*)> spoil_with(typename Request::Response answer) {
    return [answer = std::move(answer)](void* response) {
      *static_cast<typename Request::Response*>(response) = answer;
    };
  }

  static constexpr std::size_t kApis = 128;

  log::Transport& inner_;
  std::array<std::atomic<int>, kApis> calls_{};
  std::array<Spoil, kApis> spoil_{};  // set before a run; one thread calls
};

}  // namespace weir::streams::testing_log
