// PartitionMovements: what has moved between which members while an assignment is balanced, so that of two partitions
// of a topic that would pass each other on the way between two members, one stays where it was.
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "log/client/assignors/group_layout.h"

namespace weir::log {

class PartitionMovements {
 public:
  explicit PartitionMovements(const GroupLayout& group) : group_(group) {}

  // The partition that should move from `from` to `to` in the place of `partition`: one of its topic that came the
  // other way before, if there is one.
  int instead_of(int partition, int from, int to) const;
  void moved(int partition, int from, int to);

 private:
  struct Way {
    int topic;
    int from;
    int to;
    auto operator<=>(const Way&) const = default;
  };

  const GroupLayout& group_;
  std::map<Way, std::set<int>> by_way_;
  std::unordered_map<int, Way> by_partition_;  // from where it was at first to where it is
};

}  // namespace weir::log
