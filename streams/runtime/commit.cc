#include "streams/runtime/commit.h"

namespace weir::streams {

Result<> commit(Collector& collector, std::span<const std::unique_ptr<Task>> tasks, bool& is_outcome_known) {
  is_outcome_known = true;
  for (const auto& task : tasks) WEIR_TRY(task->wait_for_results());
  for (const auto& task : tasks) {
    if (task->has_progress()) WEIR_TRY(task->write_changes());
  }
  WEIR_TRY(collector.flush());
  std::vector<log::PartitionOffset> offsets;
  for (const auto& task : tasks) {
    if (!task->has_progress()) continue;
    auto of_task = task->offsets();
    offsets.insert(offsets.end(), std::make_move_iterator(of_task.begin()), std::make_move_iterator(of_task.end()));
  }
  WEIR_TRY(collector.send_offsets(offsets));
  is_outcome_known = false;
  WEIR_TRY(collector.end());
  is_outcome_known = true;
  for (const auto& task : tasks) {
    if (task->has_progress()) task->committed();
  }
  return {};
}

}  // namespace weir::streams
