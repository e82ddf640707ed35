// TaskStores: the stores of a task, from where they are opened to the end of each commit. What they hold is one state:
// all are written, committed, undone and taken back to a savepoint together.
//
// One owner thread, its task's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "streams/runtime/collector.h"
#include "streams/runtime/offset_metadata.h"
#include "streams/runtime/plan.h"
#include "streams/state/rocks_database.h"

namespace weir::streams {

// What a task holds of memory, in bytes, and how many rows of its stores are changed and not committed.
struct TaskUsage {
  std::size_t row_bytes = 0;
  std::size_t pending_bytes = 0;
  std::size_t dirty_rows = 0;
  std::size_t fetched_bytes = 0;

  TaskUsage operator+(const TaskUsage& other) const {
    return {row_bytes + other.row_bytes, pending_bytes + other.pending_bytes, dirty_rows + other.dirty_rows,
            fetched_bytes + other.fetched_bytes};
  }
  TaskUsage operator-(const TaskUsage& other) const {
    return {row_bytes - other.row_bytes, pending_bytes - other.pending_bytes, dirty_rows - other.dirty_rows,
            fetched_bytes - other.fetched_bytes};
  }
};

struct TaskStore {
  const StoreSpec* spec;
  std::unique_ptr<state::Store> rows;
  std::unique_ptr<state::ChangeSink> changelog;
  log::TopicPartition changelog_partition;
  log::OffsetAndEpoch end = {};  // of the changelog, when the store was restored

  // What its rows become is written to a topic of its own.
  bool writes_changelog() const { return spec->has_changelog && !spec->source; }
};

class TaskStores {
 public:
  // `plan` and `collector` outlive this.
  TaskStores(const Plan& plan, TaskId id, Collector& collector) : plan_(plan), id_(id), collector_(collector) {}

  // Those of the task's stage, in that order; `directory` is the application's, empty: all are in memory. io_error, ...
  // with the store or the directory.
  Result<> open(const std::string& directory, const state::RocksOptions& rocks);

  std::vector<TaskStore>& all() { return all_; }
  const std::vector<TaskStore>& all() const { return all_; }
  state::Store* find(const std::string& name) const;  // null: there is none of that name

  // --- the way of a commit
  Result<> write_changes();  // an error names the store
  // Where changelogs end behind what was written to them, after a flush.
  void note_written(OffsetMetadata::Written& written) const;
  // The same of one: also where nothing was written since it was restored. Precondition: committed.
  log::OffsetAndEpoch end_of(const TaskStore& store) const;
  void committed();
  void undo();

  // --- an attempt of an operator
  void set_savepoint();
  void roll_back();
  void release_savepoint();

  // Of stores that keep the time they have seen: "/store" and that time.
  void add_times(OffsetMetadata::Times& times) const;
  void restore_times(const OffsetMetadata::Times& times);

  // Values that were changed in place are looked at again, before `usage`.
  void measure();
  TaskUsage usage() const;

 private:
  Result<> open_database(const std::string& directory, const state::RocksOptions& rocks);
  Result<TaskStore> open_store(const std::string& name) const;
  bool is_on_disk(const std::string& name) const;

  const Plan& plan_;
  const TaskId id_;
  Collector& collector_;
  bool has_directory_ = false;
  std::shared_ptr<state::RocksDatabase> database_;  // shared with the stores' backings
  std::vector<TaskStore> all_;
};

}  // namespace weir::streams
