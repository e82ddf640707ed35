// Worker: runs its share of the tasks, one step after another: fetch, process, commit. A thread calls `step` and
// nothing more, so that a simulator can do so too. What it is made of: the tasks (TaskSet), what they do between two
// commits (Transaction), stores on their way (Restorer, GlobalReader), what is due from time to time (Upkeep). Which
// tasks it runs is the Instance's to say: they come and go between two commits.
//
// One owner thread; `post`, `wake`, `restored`, `counters` and `levels` from any.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/mutex.h"
#include "log/base/strong.h"
#include "log/client/client.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/end_tracker.h"
#include "streams/runtime/global_reader.h"
#include "streams/runtime/mailbox.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/producer_collector.h"
#include "streams/runtime/restorer.h"
#include "streams/runtime/sharing/instance.h"
#include "streams/runtime/take_over.h"
#include "streams/runtime/task_set.h"
#include "streams/runtime/transaction.h"
#include "streams/runtime/upkeep.h"

namespace weir::streams {

struct WorkerPlace {
  int index = 0;                              // among the application's workers
  int open_files = 0;                         // that each of its tasks' RocksDBs may hold open
  std::shared_ptr<state::RocksMemory> rocks;  // shared by all workers' RocksDBs
};

class Worker {
 public:
  Worker(const Plan& plan, log::Client client, const AppOptions& options, WorkerPlace place, Instance& instance)
      : plan_(plan),
        client_(std::move(client)),
        options_(options),
        place_(std::move(place)),
        instance_(instance),
        shares_(MemoryShares::of(options.memory_limit, options.threads)) {}
  ~Worker();

  // Makes producer and consumers; what an earlier one of its transactional id left open is ended. Tasks are opened by
  // the steps that follow, and their stores restored, while those that are ready run.
  Result<> start();

  // Waits at most `patience` for input, processes what there is for a while, calls timers that are due, commits if it
  // is time. Returns the monotonic time at which there is something to do even if no input comes: a commit, a timer. An
  // error ends the worker: what was not committed is undone. `ends` is that of a bounded run, else null.
  Result<std::int64_t> step(Millis patience, EndTracker* ends);
  // Commits what is there and lets go of everything.
  Result<> close();
  // Lets go of everything as it is: what is not committed is undone.
  void drop();
  bool has_committed() const { return has_committed_; }

  // Has `work` done by the worker's thread, between records.
  void post(Mailbox::Work work);
  void wake();

  log::Consumer& consumer() { return *consumer_; }
  // Of the stores that are restored by now.
  std::vector<RestoreReport> restored() const WEIR_EXCLUDES(told_mutex_);
  // Of every task that it had.
  std::vector<std::shared_ptr<Counters>> counters() const WEIR_EXCLUDES(told_mutex_);
  // As of the last step.
  Levels levels() const WEIR_EXCLUDES(told_mutex_);

 private:
  // What is known of a task before its stores are restored, for when it runs.
  struct Start {
    TaskSet::Member* member;
    std::vector<TakeOver::Place> places;  // by input
    bool goes_on_without_own = false;
    std::optional<Error> if_rows_are_there;  // of a task without positions
  };

  // Of a task that may meet records that were processed already: up to there.
  struct Replay {
    TaskSet::Member* member;
    std::map<log::TopicPartition, log::Offset> ends;
  };
  bool is_replayed(const Replay& replay) const;

  // Whether a commit waits until the instances agree on who runs what, or is left for later meanwhile.
  WEIR_FLAG(Waits);

  Result<> open_clients();
  Result<> open_global_tables();
  Result<> follow_shares();
  Result<> give_up(const std::vector<TaskId>& tasks);
  Result<> forget(const std::vector<TaskId>& tasks);
  Result<> commit_positions(std::span<const log::PartitionOffset> taken);
  Millis patience_with_members() const { return options_.rebalance_timeout + options_.session_timeout; }
  Result<> open_tasks(const std::vector<TaskId>& tasks);
  Result<Start> open_task(const TaskId& id, TakeOver& take_over);
  Result<> begin_restore(Start& start, const TakeOver& take_over);
  Result<> find_places(Start& start, TakeOver& take_over);
  Result<> run_restored();
  Result<> run_task(Start& start);
  void note_restored(RestoreReport report);
  void note_levels();
  Result<> rebuild();
  std::size_t restoring_bytes() const;
  state::RocksOptions rocks_options() const;

  Result<std::int64_t> work(Millis patience, EndTracker* ends);
  Result<bool> restore(Millis patience);
  Result<> begin_by_news();
  Result<> see_replays();
  Result<> look_for_news();
  Result<bool> fetch(Millis patience, const EndTracker* ends);
  Result<> begin_where_records_are();
  Result<> process(std::int64_t until_ms);
  Result<> call_timers();
  std::int64_t next_deadline_ms() const;
  Result<> commit_now(Waits waits = Waits::yes);
  Result<> note_ends(EndTracker& ends);
  bool is_at_end(RecordQueue& queue, const EndTracker& ends);

  const Plan& plan_;
  log::Client client_;
  const AppOptions& options_;
  const WorkerPlace place_;
  Instance& instance_;
  const MemoryShares shares_;

  Mailbox mailbox_;
  std::unique_ptr<log::Producer> producer_;
  std::unique_ptr<log::Consumer> consumer_;  // of inputs
  std::shared_ptr<ResultSignal> results_;    // shared with calls that may outlive it
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<GlobalTables> global_tables_;  // null: the topology has none
  std::unique_ptr<GlobalReader> global_reader_;
  std::optional<TaskSet> tasks_;
  std::optional<Restorer> restorer_;
  std::optional<Transaction> transaction_;
  std::optional<Upkeep> upkeep_;
  std::vector<Start> starts_;              // of tasks that are being restored
  std::vector<TaskSet::Member*> by_news_;  // tasks that run and work by what changes beside their inputs
  std::size_t begun_by_news_ = 0;          // of them, the first so many
  std::vector<Replay> replays_;
  std::uint64_t news_seen_ = 0;    // GlobalTables::taken when they were asked
  int rebuilds_ = 0;               // since the last successful commit
  std::uint64_t shares_seen_ = 0;  // Shares::version when they were followed
  bool has_committed_ = false;
  mutable Mutex told_mutex_;
  std::vector<RestoreReport> restored_ WEIR_GUARDED_BY(told_mutex_);
  std::vector<std::shared_ptr<Counters>> counters_ WEIR_GUARDED_BY(told_mutex_);  // shared with the tasks
  Levels levels_ WEIR_GUARDED_BY(told_mutex_);
};

}  // namespace weir::streams
