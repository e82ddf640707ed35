// Heartbeats: the one thread that tells coordinators of the members of all groups of one Client that they live, while
// the threads that own them are busy; and that they leave, when these have not polled for too long.
//
// The thread starts with the first member. Thread-safe.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "log/client/cluster_view.h"
#include "log/client/membership/pulse.h"

namespace weir::log {

class Heartbeats {
 public:
  Heartbeats(std::shared_ptr<Transport> transport, Clock& clock);
  ~Heartbeats();  // joins

  Result<> add(std::shared_ptr<Pulse> pulse) WEIR_EXCLUDES(mutex_);  // io_error: there is no thread
  void remove(const std::shared_ptr<Pulse>& pulse) WEIR_EXCLUDES(mutex_);
  // A pulse began: it may be the next one that is due.
  void look() { connection_.loop.post(std::noop_coroutine()); }

 private:
  void run();
  // When to look again.
  std::int64_t beat_all();
  void start(Task<Result<>> task);
  Task<Result<>> beat(std::shared_ptr<Pulse> pulse, GroupMetadata who);
  Task<Result<>> leave(GroupMetadata who);
  std::vector<std::shared_ptr<Pulse>> pulses() WEIR_EXCLUDES(mutex_);

  Connection connection_;  // of the thread, as the view; anybody may post to its loop
  ClusterView view_;
  std::vector<Task<Result<>>> on_the_way_;

  Mutex mutex_;
  std::vector<std::shared_ptr<Pulse>> pulses_ WEIR_GUARDED_BY(mutex_);  // shared: with their members
  bool is_stopped_ WEIR_GUARDED_BY(mutex_) = false;
  std::thread thread_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log
