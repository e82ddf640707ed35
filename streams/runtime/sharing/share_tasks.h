// share_tasks: who runs which task: the plain sticky assignment. Pure: the same tasks and instances give the same
// shares, whatever their order.
//
// - Every task goes to one instance.
// - Balanced: of T tasks an instance with c of all C threads gets T*c/C, rounded down or up.
// - Sticky: as few tasks move as that allows: what an instance runs it keeps up to its share, then comes whoever has a
//   task's state from before.
// - Within that the tasks of each stage are spread, so that a stage has all instances.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "streams/operators/task_info.h"

namespace weir::streams {

struct Sharer {
  std::string id;               // no two have the same
  std::size_t threads = 1;      // at least 1
  std::set<TaskId> runs = {};   // no two run the same task
  std::set<TaskId> knows = {};  // whose state it has from before
};

// In the order of the sharers, sorted each. Tasks that are not among `tasks` count for nothing.
std::vector<std::vector<TaskId>> share_tasks(const std::vector<TaskId>& tasks, const std::vector<Sharer>& sharers);

}  // namespace weir::streams
