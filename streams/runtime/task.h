// Task: one stage over one partition: the order in which its parts are used. Records go through its nodes one after
// another; which of its input queues comes next is decided by time. What it keeps are its TaskStores, what it writes
// its TaskOutputs, what is in flight its AsyncWork.
//
// One owner thread, its worker's. What it does is undone by `undo` until `committed` was called.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streams/operators/error_guard.h"
#include "streams/runtime/async_work.h"
#include "streams/runtime/collector.h"
#include "streams/runtime/global_tables.h"
#include "streams/runtime/offset_metadata.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/record_queue.h"
#include "streams/runtime/task_outputs.h"
#include "streams/runtime/task_stores.h"
#include "streams/state/rocks_database.h"
#include "streams/state/times_store.h"

namespace weir::streams {

struct TaskOptions {
  ErrorPolicies errors;
  std::string state_directory;            // of the application; empty: every store is in memory
  GlobalTables* global_tables = nullptr;  // where the topology has some; outlives the task
  const Clock* clock = nullptr;           // outlives the task
  std::shared_ptr<ResultSignal> results = std::make_shared<ResultSignal>();  // shared with calls that may outlive all
  // How long a wait for results may last in real time, where `clock` may stand still; else a record's time-out ends it.
  std::optional<Millis> patience_for_results;
  const std::any* settings = nullptr;  // the user's own, for processors; outlives the task
  state::RocksOptions rocks;
};

enum class TaskState : std::uint8_t {
  restoring,  // its stores are on their way to the ends of their changelogs
  running,    // it takes records
  closing,    // after its last commit
};

class Task final : public TaskScope {
 public:
  using Store = TaskStore;

  // io_error with the store; unknown_topic_or_partition.
  static Result<std::unique_ptr<Task>> open(const Plan& plan, TaskId id, Collector& collector, TaskOptions options);

  const TaskId& id() const { return info_.id; }
  TaskState state() const { return state_; }
  void set_state(TaskState state) { state_ = state; }
  std::deque<RecordQueue>& queues() { return queues_; }
  std::vector<Store>& stores() { return stores_.all(); }
  // One more input, of a source of its stage; it is asked for by a topic that came while the task was there. The queue
  // stays where it is.
  Result<RecordQueue*> add_input(const Plan::Input& input);
  // Shared: they are read when the task is gone.
  const std::shared_ptr<Counters>& shared_counters() const { return counters_; }

  // Takes up to `max_records` in the order of their times. Fewer if there are no more, or if the next one's place is
  // not sure: an input without records that is not known to be at its end. Errors: user_exception, corrupt_data, ...
  Result<std::size_t> process(std::size_t max_records);
  // Calls the timers of the wall clock that are due. True if there was one.
  Result<bool> call_wall_timers();
  // The wall time at which a timer, or a record that was put off, is due next; nothing if there is none.
  std::optional<std::int64_t> next_deadline_ms();
  // There are records that can be taken now.
  bool has_input();
  // Records that others have taken count as taken by this task, too: time moves, and timers in stream time are called.
  Result<bool> see_stream_time(std::int64_t time_ms);
  // Of operators whose results come later: some have come, or are late; they are sent on.
  bool has_results() const { return async_.is_due(options_.clock->monotonic_ms()); }
  Result<> take_results();
  // Nothing is in flight: the task can be committed.
  bool is_finished() const { return async_.is_idle(); }
  // Waits until it is.
  Result<> wait_for_results();
  // A processor asked for it since the last commit.
  bool wants_commit() const { return wants_commit_; }
  // Windows that are open are closed: at the end of a bounded run.
  Result<> close_windows();

  // Of nodes that work by what changes beside their input (Node::take_up). At the start and at the end what changes is
  // to be committed.
  bool works_by_news() const { return !by_news_.empty(); }
  bool has_news() const;
  bool is_replaying() const;
  Result<> take_up(Node::TakeUp when);

  // --- the way of a commit (commit.h) ---
  bool has_progress() const;
  Result<> write_changes();
  // When what was sent is written.
  std::vector<log::PartitionOffset> offsets();
  // How far an input is processed; nothing if the task does not read it.
  std::optional<log::OffsetAndEpoch> position_in(const log::TopicPartition& partition) const;
  // Where the changelog ends: behind what was written to it since it was restored. Precondition: committed.
  log::OffsetAndEpoch end_of(const Store& store) const { return stores_.end_of(store); }
  void committed();
  // --- the way of an abort: stores are as they were; queues are not, the task is to be made anew ---
  void undo() { stores_.undo(); }

  // Takes up what was committed with the offsets of `partition`.
  Result<> resume(const log::TopicPartition& partition, const log::OffsetAndMetadata& committed);
  // What was committed with the offsets of the application's own topics counts no more.
  void forget_written();
  TaskUsage usage() const;
  // Values that were changed in place are looked at again, before `usage`.
  void measure() { stores_.measure(); }

  // TaskScope, for the nodes
  state::KeyValueStore& key_value_store(const std::string& name) override;
  state::WindowStore& window_store(const std::string& name) override;
  TableView& global_table(const std::string& name) override { return *options_.global_tables->find(name); }
  state::Store* global_store(const std::string& name) override;
  const StoreSpec* global_store_spec(const std::string& name) const override;
  state::Store* store(const std::string& name) override { return stores_.find(name); }
  const StoreSpec* store_spec(const std::string& name) const override;
  std::string topic_name(const std::string& topic, TopicOwner owner) const override {
    return plan_.topic_for(topic, owner);
  }
  log::PartitionIndex partition() const override { return info_.id.partition; }
  const TaskInfo& info() const override { return info_; }
  Result<Output*> output(const std::string& topic, TopicOwner owner) override {
    return outputs_.open(plan_.topic_for(topic, owner));
  }
  Counters& counters() override { return *counters_; }
  Timers& timers() override;
  std::int64_t stream_time_ms() const override;
  std::int64_t wall_time_ms() const override { return options_.clock->wall_ms(); }
  std::optional<SourceRecord> source_record() const override;
  void request_commit() override { wants_commit_ = true; }
  // The place where an input begins is to be committed, even if no record comes.
  void keep_place() { has_progress_ = true; }
  void set_savepoint() override;
  void roll_back() override;
  void release_savepoint() override;
  std::shared_ptr<ResultSignal> result_signal() override { return options_.results; }
  void finish_results() override;
  void present(const RecordOrigin* origin) override { presented_ = origin; }
  void fail(Error error) override;

 private:
  Task(const Plan& plan, TaskId id, Collector& collector, TaskOptions options);
  Result<> open_nodes();
  Node& guarded_entry(const NodeSpec& spec, Node& node);
  Result<> open_queues();
  Result<std::size_t> process_due(std::size_t max_records);
  Result<> send_undecodable();
  Result<> check_metadata_fits() const;
  OffsetMetadata::Times times() const;
  void note_written();
  bool inputs_may_change() const;
  state::TimesStore* times_store();  // null: the times fit beside an offset
  void restore_times(const OffsetMetadata::Times& times);
  Result<bool> call_timers(TimerClock clock, std::int64_t now_ms);
  Result<> between_records();
  Stop calm() const;
  Result<std::size_t> run(RecordQueue& queue, std::size_t max_records, std::int64_t latest_ms);
  template <class Work>
  auto guarded(Work work) -> decltype(work());
  std::string to_string() const { return "task " + info_.id.to_string(); }

  const Plan& plan_;
  const TaskInfo info_;
  const TaskOptions options_;
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
  TaskStores stores_;
  TaskOutputs outputs_;
  std::vector<std::unique_ptr<Node>> nodes_;        // parents before children
  std::vector<Node*> by_news_;                      // of them
  std::vector<std::unique_ptr<GuardNode>> guards_;  // of operators with a policy for errors
  AsyncWork async_;
  std::deque<RecordQueue> queues_;           // they do not move
  RecordQueue* running_ = nullptr;           // whose record is being processed
  const RecordQueue* last_ = nullptr;        // whose record was processed last; kept if results may come later
  const RecordOrigin* presented_ = nullptr;  // of what is sent on late
  Timers timers_;
  OffsetMetadata::Times resumed_times_;  // of all inputs together
  OffsetMetadata::Written written_;      // up to the last commit
  std::int64_t others_time_ms_ = -1;     // stream time of other tasks that counts here
  TaskState state_ = TaskState::restoring;
  bool has_progress_ = false;  // since the last commit
  bool wants_commit_ = false;
  Stop stop_ = Stop::no;
  std::optional<Error> failure_;
};

}  // namespace weir::streams
