#include "streams/runtime/transaction.h"

#include <algorithm>

#include "log/base/log_line.h"
#include "log/base/saturate.h"

namespace weir::streams {

Result<> Transaction::begin() {
  if (is_open_) return {};
  WEIR_TRY(collector_.begin());
  is_open_ = true;
  return {};
}

// How long it is until then is measured by the clock that nobody sets.
void Transaction::schedule() {
  const std::int64_t interval = std::max<std::int64_t>(1, interval_.count());
  const std::int64_t since_grid = clock_.wall_ms() % interval;
  due_ms_ = saturated_sum(clock_.monotonic_ms(), interval - since_grid);
  is_wanted_ = false;
}

CommitOutcome Transaction::commit(std::span<Task* const> tasks) {
  if (auto begun = begin(); !begun) return {CommitEnd::nothing_visible, std::move(begun).error()};
  CommitOutcome outcome = streams::commit(collector_, tasks);
  if (outcome.end == CommitEnd::committed) is_open_ = false;
  return outcome;
}

void Transaction::abort(std::span<Task* const> tasks, int worker) {
  if (!is_open_) return;
  is_open_ = false;
  if (auto aborted = collector_.abort(); !aborted) {
    log_line::warn("worker {}: the transaction could not be aborted: {}", worker, aborted.error().to_string());
  }
  for (Task* task : tasks) task->undo();
}

}  // namespace weir::streams
