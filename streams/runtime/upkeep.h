// Upkeep: what a worker does from time to time beside its records: committed rows go down to RocksDB, memory is given
// back when it is short, what was read of topics between stages is deleted.
//
// One owner thread, its worker's.
#pragma once

#include <cstdint>

#include "log/base/clock.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/global_tables.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/purge.h"
#include "streams/runtime/task_set.h"

namespace weir::streams {

class Upkeep {
 public:
  // All of them outlive this. `globals` may be null.
  Upkeep(TaskSet& tasks, GlobalTables* globals, const Plan& plan, Clock& clock, const AppOptions& options,
         std::unique_ptr<log::Admin> admin);

  // Changed values are measured again as often as records come, so that it costs the same however many they are; less
  // often while they grow by little of what is left.
  void note_processed(std::size_t records);
  // Rows hold too much, or too many are changed: what is committed and written down can be freed, and what is written
  // down at once is bounded.
  bool needs_commit() const;
  // Nothing more can be freed: inputs are fetched from only where they have nothing left.
  bool is_out_of_room() const { return tasks_.usage().fetched_bytes > shares_.fetched || rows_left_ > shares_.rows; }
  std::size_t row_bytes() const;

  // What the inputs of these members that lie between stages have behind them can be deleted. After a commit.
  void note_committed(std::span<TaskSet::Member* const> members);
  // After a commit: what is due. Committed rows go down every few seconds, or when they are many, or when memory is
  // short.
  Result<> run(int worker);
  // Everything that is committed goes down.
  Result<> write_down();
  // From now on, as at a start.
  void schedule();

 private:
  bool is_short() const;
  std::size_t pending_bytes() const;
  void purge(int worker);
  Result<> apply();
  void evict(std::size_t down_to);
  state::Position position_of(const Task& task, const Task::Store& store) const;

  TaskSet& tasks_;
  GlobalTables* globals_;
  const Plan& plan_;
  Clock& clock_;
  const MemoryShares shares_;
  const Millis apply_interval_;
  Purge purge_;
  std::int64_t next_apply_ms_ = 0;
  std::size_t rows_left_ = 0;       // bytes of rows that the last eviction left
  std::size_t since_measured_ = 0;  // records, since changed values were measured
  std::size_t records_per_dirty_row_;
};

}  // namespace weir::streams
