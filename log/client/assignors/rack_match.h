// RackMatch: which members are near which partitions: in the rack of one of its replicas (KIP-881).
//
// Racks matter for a set of partitions only where they tell its partitions apart and some member is in one of them;
// elsewhere every question is answered as if there were none. Immutable.
#pragma once

#include "log/client/assignors/group_layout.h"

namespace weir::log {

class RackMatch {
 public:
  explicit RackMatch(const GroupLayout& group);

  // Over all topics and members, and for one topic with its subscribers.
  bool matters() const { return matters_; }
  bool matters_for(int topic) const;

  // The member's rack holds a replica.
  bool is_near(int member, int partition) const;
  // The member has a rack, and it holds no replica. A member without a rack is far from nothing.
  bool is_far(int member, int partition) const;
  // Members that are near, by partition.
  std::vector<int> count_near() const;

 private:
  bool tells_apart(const std::vector<int>& members, int first_partition, int end_partition) const;

  const GroupLayout& group_;
  std::vector<int> rack_of_member_;                   // -1: none
  std::vector<std::vector<int>> racks_of_partition_;  // ascending
  bool matters_;
};

}  // namespace weir::log
