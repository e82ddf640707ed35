// Worker: runs its share of the tasks, one step after another: fetch, process, commit. A thread calls `step` and
// nothing more, so that a simulator can do so too.
//
// One owner thread; `wake` from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "log/base/mutex.h"
#include "log/client/client.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/end_tracker.h"
#include "streams/runtime/global_reader.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/producer_collector.h"
#include "streams/runtime/purge.h"
#include "streams/runtime/restorer.h"
#include "streams/runtime/task.h"

namespace weir::streams {

class TakeOver;

struct WorkerPlace {
  int index = 0;                                   // among the application's workers
  int open_files = 0;                              // that each of its tasks' RocksDBs may hold open
  std::shared_ptr<state::RocksMemory> rocks;       // shared by all workers' RocksDBs
  const std::atomic<bool>* is_stopping = nullptr;  // outlives the worker; what takes long at the start looks at it
};

class Worker {
 public:
  Worker(const Plan& plan, log::Client client, const AppOptions& options, WorkerPlace place, std::vector<TaskId> share)
      : plan_(plan),
        client_(std::move(client)),
        options_(options),
        index_(place.index),
        place_(std::move(place)),
        share_(std::move(share)),
        shares_(MemoryShares::of(options.memory_limit, options.threads)) {}
  ~Worker();

  // Makes producer, consumers and tasks, and restores the stores.
  Result<> start();

  // Waits at most `patience` for input, processes what there is for a while, calls timers that are due, commits if it
  // is time. Returns the monotonic time at which there is something to do even if no input comes: a commit, a timer. An
  // error ends the worker: what was not committed is undone. `ends` is that of a bounded run, else null.
  Result<std::int64_t> step(Millis patience, EndTracker* ends);
  // Commits what is there and lets go of everything.
  Result<> close();
  void wake();

  log::Consumer& consumer() { return *consumer_; }
  const std::vector<RestoreReport>& restored() const { return restored_; }
  // Of every task that it had. From any thread.
  std::vector<std::shared_ptr<Counters>> counters() const WEIR_EXCLUDES(counters_mutex_);

 private:
  struct Route {
    Task* task;
    RecordQueue* queue;
    bool is_paused = false;
  };

  Result<> open_clients();
  Result<> open_global_tables();
  Result<> open_tasks();
  void note_restored(RestoreReport report);
  Result<> open_task(const TaskId& id, const TakeOver& take_over);
  Result<> begin_inputs(TakeOver& take_over);
  Result<> begin_where_records_are();
  Result<> rebuild();
  Result<RestoreReport> restore(Task::Store& store, const TakeOver& take_over, std::size_t most_bytes);
  std::size_t free_bytes(const Task& task) const;
  Result<> fetch(Millis patience);
  bool pause_and_resume();
  Result<> find_known_ends();
  Result<> process(std::int64_t until_ms);
  Result<> call_timers();
  std::int64_t next_deadline_ms() const;
  Result<> begin();
  Result<> commit_now();
  Result<> apply_if_due();
  Result<> apply();
  void evict(std::size_t down_to);
  state::RocksOptions rocks_options() const;
  state::Position position_of(const Task& task, const Task::Store& store);
  Result<> note_ends(EndTracker& ends);
  bool is_at_end(RecordQueue& queue, const EndTracker& ends);
  bool has_progress() const;
  std::size_t row_bytes() const;
  std::size_t pending_bytes() const;
  bool is_short_of_memory() const;
  void schedule_commit();
  void purge();

  const Plan& plan_;
  log::Client client_;
  const AppOptions& options_;
  const int index_;
  const WorkerPlace place_;
  const std::vector<TaskId> share_;
  const MemoryShares shares_;

  std::unique_ptr<log::Producer> producer_;
  std::unique_ptr<log::Consumer> consumer_;    // of inputs
  std::unique_ptr<log::Consumer> changelogs_;  // of restores
  std::shared_ptr<ResultSignal> results_;      // shared with calls that may outlive it
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Restorer> restorer_;
  std::optional<Purge> purge_;
  std::unique_ptr<GlobalTables> global_tables_;  // null: the topology has none
  std::unique_ptr<GlobalReader> global_reader_;
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<Route> routes_;  // by assignment index
  std::vector<RestoreReport> restored_;
  mutable Mutex counters_mutex_;
  std::vector<std::shared_ptr<Counters>> counters_ WEIR_GUARDED_BY(counters_mutex_);  // shared with the tasks
  bool in_transaction_ = false;
  bool wants_commit_ = false;
  std::int64_t next_commit_ms_ = 0;
  std::int64_t next_apply_ms_ = 0;
  std::size_t rows_left_ = 0;       // bytes of rows that the last eviction left
  std::size_t since_measured_ = 0;  // records, since changed values were measured
  int rebuilds_ = 0;                // since the last successful commit
};

}  // namespace weir::streams
