// commit: the one way in which what tasks did becomes visible: their records, the changes of their stores and the
// positions of their inputs, together.
#pragma once

#include <span>

#include "streams/runtime/collector.h"
#include "streams/runtime/task.h"

namespace weir::streams {

// How one ended, and so what is to be done.
enum class CommitEnd {
  committed,        // all is visible; the stores know
  nothing_visible,  // it failed before the end: abort, undo, begin anew
  // The end itself failed, and all may be visible or nothing. A new producer epoch settles it
  // (Producer::init_transactions), and the tasks are made anew from what is committed.
  unknown,
};

struct CommitOutcome {
  CommitEnd end = CommitEnd::committed;
  Error error;  // why, where it is not committed
};

// 1 results that are still to come, 2 changelogs, 3 everything sent is written, 4 positions, 5 the transaction ends,
// 6 the stores know. Of tasks without progress nothing is committed.
[[nodiscard]] CommitOutcome commit(Collector& collector, std::span<Task* const> tasks);

}  // namespace weir::streams
