// ScriptedService: answers as a test says. Heartbeat is answered at once, JoinGroup waits until it is let go, Fetch
// answers with as many bytes as it is asked for, Produce at once with the error that the test sets.
#pragma once

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "log/base/mutex.h"
#include "log/base/waiter.h"
#include "log/net/service.h"
#include "log/wire/dispatch.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/produce.h"

namespace weir::log::net {

class ScriptedService final : public Service {
 public:
  std::optional<Versions> versions(wire::ApiKey api) const override {
    if (api == wire::ApiKey::sync_group) return std::nullopt;
    const wire::ApiOps& ops = *wire::find_api_ops(api);
    return Versions{api == wire::ApiKey::metadata ? std::int16_t{1} : ops.min_version, ops.max_version};
  }

  std::optional<Task<Result<>>> answer(const Call& call, void* request, void* response) override {
    ++calls_;
    switch (call.api) {
      case wire::ApiKey::join_group:
        return wait(*static_cast<wire::JoinGroupRequest*>(request), static_cast<wire::JoinGroupResponse*>(response),
                    call.executor);
      case wire::ApiKey::fetch:
        fill(*static_cast<wire::FetchRequest*>(request), *static_cast<wire::FetchResponse*>(response));
        return std::nullopt;
      case wire::ApiKey::metadata: {
        auto& told = *static_cast<wire::MetadataResponse*>(response);
        told.brokers.push_back({NodeId(7), call.here.host, call.here.port, std::nullopt});
        told.cluster_id = std::string(call.client_id) + "@" + std::string(call.client_host);
        return std::nullopt;
      }
      case wire::ApiKey::produce: {
        auto& topic = static_cast<wire::ProduceResponse*>(response)->responses.emplace_back();
        topic.partition_responses.emplace_back().error_code = produce_error;
        return std::nullopt;
      }
      default:
        return std::nullopt;
    }
  }

  // Whoever waits, in order; one that is not there yet is waited for.
  void let_go() {
    while (!let_go_if_there()) std::this_thread::yield();
  }
  int calls() const { return calls_; }
  int waiting() const { return waiting_now_; }
  int taken_back() const { return taken_back_; }

  std::atomic<ErrorCode> produce_error = ErrorCode::none;

 private:
  bool let_go_if_there() {
    MutexLock lock(mutex_);
    if (waiting_.empty()) return false;
    waiting_.front()->wake();
    waiting_.pop_front();
    return true;
  }

  struct Count {  // of tasks that wait
    explicit Count(ScriptedService& owner) : service(owner) { ++service.waiting_now_; }
    ~Count() {
      --service.waiting_now_;
      if (!is_done) ++service.taken_back_;
    }
    ScriptedService& service;
    bool is_done = false;
  };

  Task<Result<>> wait(wire::JoinGroupRequest request, wire::JoinGroupResponse* response, Executor& executor) {
    Count count(*this);
    auto waiter = std::make_shared<Waiter>(executor);  // shared: with the test
    {
      MutexLock lock(mutex_);
      waiting_.push_back(waiter);
    }
    co_await *waiter;
    response->member_id = request.member_id;
    count.is_done = true;
    co_return Result<>{};
  }

  static void fill(const wire::FetchRequest& request, wire::FetchResponse& response) {
    auto& partition = response.responses.emplace_back().partitions.emplace_back();
    partition.records = Records{{SharedBytes::take(std::string(static_cast<std::size_t>(request.max_bytes), 'r'))}};
  }

  std::atomic<int> calls_ = 0;
  std::atomic<int> waiting_now_ = 0;
  std::atomic<int> taken_back_ = 0;
  Mutex mutex_;
  std::deque<std::shared_ptr<Waiter>> waiting_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log::net
