// Instance: an application's part in the group of its instances, which share its tasks. On a thread of its own it joins
// at once whatever the workers are at, and keeps telling that it lives; what it is to run it hands to the workers
// through Shares, in whose name they commit through a CommitGate. Before it joins again it waits until what goes to
// others is given up.
//
// It is made for a run, and stays while plans and workers come and go. Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/condition.h"
#include "log/client/client.h"
#include "log/client/membership/group_session.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/end_tracker.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/sharing/commit_gate.h"
#include "streams/runtime/sharing/identity.h"
#include "streams/runtime/sharing/instance_assignor.h"
#include "streams/runtime/sharing/shares.h"

namespace weir::streams {

class Instance {
 public:
  // What it tells whoever runs the application, on its own thread and without a lock.
  struct Events {
    std::function<Result<Plan>()> make_plan;  // of the topics that are there now
    std::function<void()> plan_differs;       // from the one that the leader divides by: another one is to be made
    std::function<void()> rebalanced;         // it was told what it runs
    std::function<void()> lost;               // its tasks are others': they are to be dropped as they are
    std::function<void(Error)> failed;        // it is no member any more, and the run is to end
  };

  // `options` outlive it. A run that closes windows at its end is not shared.
  Instance(log::Client client, const AppOptions& options, Identity identity, ClosesWindows closes_windows,
           Events events);
  ~Instance();  // leaves
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  const std::string& name() const { return identity_.name; }
  Shares& shares() { return shares_; }
  CommitGate& gate() { return gate_; }

  // So many workers run by this plan from now on; `wake` wakes them. Joins the first time. io_error: there is no
  // thread, ...
  Result<> use(const Plan& plan, std::size_t workers, std::function<void()> wake) WEIR_EXCLUDES(mutex_);
  // They are gone.
  void set_aside() WEIR_EXCLUDES(mutex_);
  // A commit was refused, or its producer: this was no member when it was made.
  void refused(ErrorCode code) WEIR_EXCLUDES(mutex_);
  // Leaves the group, so that others take over at once. A lasting member that the user named stays until its session
  // ends.
  void stop() WEIR_EXCLUDES(mutex_);

  // There are others.
  bool is_shared() const WEIR_EXCLUDES(mutex_);

 private:
  // What the session's thread is to do next.
  struct Wishes {
    std::optional<std::vector<std::string>> topics = {};
    bool rejoins = false;
    std::optional<ErrorCode> refused = {};
  };

  Result<> begin(std::vector<std::string> topics) WEIR_REQUIRES(mutex_);
  log::ConsumerOptions session_options();
  void run();
  void fulfil_wishes() WEIR_EXCLUDES(mutex_);
  Result<> carry_out(const log::AssignmentChange& change) WEIR_EXCLUDES(mutex_);
  Result<> take_assignment() WEIR_EXCLUDES(mutex_);
  void give_up(const std::vector<log::TopicPartition>& partitions) WEIR_EXCLUDES(mutex_);
  void lose() WEIR_EXCLUDES(mutex_);
  InstanceSaid said() const WEIR_EXCLUDES(mutex_);
  Result<std::shared_ptr<const Plan>> plan_to_divide(bool anew) WEIR_EXCLUDES(mutex_);
  void end_what_is_left(const std::vector<InstanceName>& present) WEIR_EXCLUDES(mutex_);
  std::vector<TaskId> tasks_with_state(const Plan& plan) const;

  log::Client client_;
  const AppOptions& options_;
  const bool closes_windows_;
  const Identity identity_;
  const Events events_;
  Shares shares_;
  CommitGate gate_;
  std::unique_ptr<log::GroupSession> session_;  // of its thread, but for `wakeup`
  std::vector<InstanceName> known_;             // of the last generation; of its thread
  std::atomic<bool> is_stopping_{false};

  mutable Mutex mutex_;
  InstanceSaid said_ WEIR_GUARDED_BY(mutex_);
  std::shared_ptr<const Plan> plan_ WEIR_GUARDED_BY(mutex_);  // null: between two; shared: with who divides by it
  std::optional<InstanceTold> told_ WEIR_GUARDED_BY(mutex_);  // as of the last assignment; nothing: it has none
  Wishes wishes_ WEIR_GUARDED_BY(mutex_);
  std::unique_ptr<Thread> thread_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::streams
