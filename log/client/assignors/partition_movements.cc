#include "log/client/assignors/partition_movements.h"

namespace weir::log {

int PartitionMovements::instead_of(int partition, int from, int to) const {
  auto before = by_partition_.find(partition);
  if (before != by_partition_.end()) from = before->second.from;
  auto back = by_way_.find({group_.topic_of(partition), to, from});
  return back == by_way_.end() ? partition : *back->second.begin();
}

void PartitionMovements::moved(int partition, int from, int to) {
  Way way{group_.topic_of(partition), from, to};
  auto before = by_partition_.find(partition);
  if (before != by_partition_.end()) {
    way.from = before->second.from;
    auto known = by_way_.find(before->second);
    known->second.erase(partition);
    if (known->second.empty()) by_way_.erase(known);
    by_partition_.erase(before);
  }
  if (way.from == to) return;  // it is where it was
  by_way_[way].insert(partition);
  by_partition_.emplace(partition, way);
}

}  // namespace weir::log
