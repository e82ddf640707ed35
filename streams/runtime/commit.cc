#include "streams/runtime/commit.h"

namespace weir::streams {

namespace {

// Up to what cannot be taken back.
Result<> prepare(Collector& collector, std::span<Task* const> tasks) {
  for (Task* task : tasks) WEIR_TRY(task->wait_for_results());
  for (Task* task : tasks) {
    if (task->has_progress()) WEIR_TRY(task->write_changes());
  }
  WEIR_TRY(collector.flush());
  std::vector<log::PartitionOffset> offsets;
  for (Task* task : tasks) {
    if (!task->has_progress()) continue;
    auto of_task = task->offsets();
    offsets.insert(offsets.end(), std::make_move_iterator(of_task.begin()), std::make_move_iterator(of_task.end()));
  }
  return collector.send_offsets(offsets);
}

}  // namespace

CommitOutcome commit(Collector& collector, std::span<Task* const> tasks) {
  if (auto prepared = prepare(collector, tasks); !prepared) {
    return {CommitEnd::nothing_visible, std::move(prepared).error()};
  }
  if (auto ended = collector.end(); !ended) return {CommitEnd::unknown, std::move(ended).error()};
  for (Task* task : tasks) {
    if (task->has_progress()) task->committed();
  }
  return {};
}

}  // namespace weir::streams
