// commit: the one way in which what tasks did becomes visible: their records, the changes of their stores and the
// positions of their inputs, together.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "streams/runtime/collector.h"
#include "streams/runtime/task.h"

namespace weir::streams {

// 1 results that are still to come, 2 changelogs, 3 everything sent is written, 4 positions, 5 the transaction ends,
// 6 the stores know.
// When it fails before the end nothing is visible: abort, undo, begin anew. An error of the end itself leaves the
// outcome open: a new producer epoch settles it (Producer::init_transactions), and the tasks are made anew from what is
// committed. The two are told apart by `is_outcome_known`.
Result<> commit(Collector& collector, std::span<const std::unique_ptr<Task>> tasks, bool& is_outcome_known);

}  // namespace weir::streams
