// Worker: runs tasks of connectors, each on a thread of its own, and says what each is at. One that fails begins again
// by its restart policy, from what was committed; the others go on.
//
//   start ─► running ─┬─ pause ─► paused ─ resume ─► running
//                     ├─ fails ─► restarting, after a pause that grows ─► running     (restart.policy = backoff)
//                     │      └──► failed ─ restart ─► running      (restart.policy = never, and who was fenced)
//                     ├─ its input was complete ─► ended
//                     └─ stop ─► gone
//
// A pause of a task is its end, in order: what it put is committed, and it begins at the commit when it goes on.
//
// Thread-safe. Who listens is called on the task's thread and without a lock.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connect/contracts/source.h"
#include "connect/runtime/connector.h"
#include "connect/runtime/restart_policy.h"
#include "connect/runtime/run_state.h"
#include "connect/settings/connector_task_id.h"
#include "log/base/condition.h"
#include "log/base/metrics.h"
#include "log/client/client.h"

namespace weir::connect {

// How a task is to run.
struct TaskPlan {
  TaskConfig config;
  RestartPolicy restart{};
  Input input = Input::may_grow;
  bool is_paused = false;
  // Of sinks: once it is true, they end when what is there then is written. Null: never. Outlives the task.
  const std::atomic<bool>* no_more_comes = nullptr;
};

struct TaskStatus {
  RunState state = RunState::unassigned;
  Result<> result{};           // why it is failed or restarting, or was last
  std::uint64_t records = 0;   // written and committed
  std::uint64_t skipped = 0;   // left out, as the connector's policy allows
  std::uint64_t failures = 0;  // how often it failed
  std::uint64_t restarts = 0;  // how often it began again by itself
};

class Worker {
 public:
  using Listener = std::function<void(const ConnectorTaskId&, const TaskStatus&)>;

  // `world` outlives it.
  Worker(log::Client client, const ConnectorWorld& world, Listener changed = {});
  ~Worker();  // stops all, and waits for them
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // already_exists: it runs, or its end is not waited for yet; io_error: there is no thread.
  Result<> start(TaskPlan plan) WEIR_EXCLUDES(mutex_);
  // Nothing, of tasks that are not there.
  void pause(const ConnectorTaskId& id) WEIR_EXCLUDES(mutex_);
  void resume(const ConnectorTaskId& id) WEIR_EXCLUDES(mutex_);
  // At once, whatever it is at; not_found. A paused one stays so.
  Result<> restart(const ConnectorTaskId& id) WEIR_EXCLUDES(mutex_);
  // Tells it to end; it is there until that is waited for.
  void stop(const ConnectorTaskId& id) WEIR_EXCLUDES(mutex_);
  // Whether all of them, which were told to, have ended by then (monotonic); those that have are gone.
  bool wait_until_stopped(std::span<const ConnectorTaskId> ids, std::int64_t deadline_ns) WEIR_EXCLUDES(mutex_);
  // Until each of them is ended, or failed for good.
  void wait_until_done(std::span<const ConnectorTaskId> ids) WEIR_EXCLUDES(mutex_);

  // Unassigned: it is not there.
  TaskStatus status(const ConnectorTaskId& id) const WEIR_EXCLUDES(mutex_);
  std::map<ConnectorTaskId, TaskStatus> tasks() const WEIR_EXCLUDES(mutex_);
  // Of all tasks, with labels connector and task: the rows of `task_metric_rows`.
  std::vector<Metric> metrics() const WEIR_EXCLUDES(mutex_);

 private:
  struct Running;
  enum class Rest : std::uint8_t { paused, until_restarted };

  void run(Running& task) WEIR_EXCLUDES(mutex_);
  void run_until_told(Running& task) WEIR_EXCLUDES(mutex_);
  void become(Running& task, const TaskStatus& status) WEIR_EXCLUDES(mutex_);
  void count(Running& task, const TaskStatus& status) WEIR_EXCLUDES(mutex_);
  bool rest(Running& task, Rest why, std::int64_t deadline_ns) WEIR_EXCLUDES(mutex_);
  Running* find(const ConnectorTaskId& id) const WEIR_REQUIRES(mutex_);

  log::Client client_;
  const ConnectorWorld& world_;
  const Listener changed_;
  mutable Mutex mutex_;
  mutable Condition told_;
  std::map<ConnectorTaskId, std::unique_ptr<Running>> tasks_ WEIR_GUARDED_BY(mutex_);
};

// What is counted of each task.
std::span<const MetricRow> task_metric_rows();

}  // namespace weir::connect
