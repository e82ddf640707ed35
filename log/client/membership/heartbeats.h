// Heartbeats: the work that tells coordinators of the members of all groups of one Client that they live, while the
// threads that own them are busy; and that they leave, when these have not polled for too long.
//
// It begins with the first member. Thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "log/base/runner.h"
#include "log/client/cluster_view.h"
#include "log/client/membership/pulse.h"

namespace weir::log {

class Heartbeats final : private Runner::Work {
 public:
  Heartbeats(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Runner> runner);
  ~Heartbeats() override;

  Result<> add(std::shared_ptr<Pulse> pulse) WEIR_EXCLUDES(mutex_);  // io_error: there is no thread
  void remove(const std::shared_ptr<Pulse>& pulse) WEIR_EXCLUDES(mutex_);
  // A pulse began: it may be the next one that is due.
  void look() { runner_->look(); }

 private:
  std::int64_t step(std::int64_t now_ns) override;
  void start(Task<Result<>> task);
  Task<Result<>> beat(std::shared_ptr<Pulse> pulse, GroupMetadata who);
  Task<Result<>> leave(GroupMetadata who);
  std::vector<std::shared_ptr<Pulse>> pulses() WEIR_EXCLUDES(mutex_);

  const std::shared_ptr<Runner> runner_;  // shared: with whoever made the Client, and other work
  Connection connection_;                 // of the runner's thread, as the view; anybody may post to its loop
  ClusterView view_;
  std::vector<Task<Result<>>> on_the_way_;

  Mutex mutex_;
  std::vector<std::shared_ptr<Pulse>> pulses_ WEIR_GUARDED_BY(mutex_);  // shared: with their members
  bool is_begun_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::log
