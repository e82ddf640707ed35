#include "log/client/assignors/ownership.h"

#include <algorithm>

namespace weir::log {

namespace {

struct LastClaim {
  int member = -1;
  std::int32_t generation = wire::kNoGeneration;
  bool is_disputed = false;

  void hear(int by, std::int32_t in_generation) {
    if (member == by) return;
    if (member >= 0 && in_generation < generation) return;
    is_disputed = member >= 0 && in_generation == generation;
    if (member < 0 || in_generation > generation) member = by;
    generation = in_generation;
  }
};

}  // namespace

Ownership::Ownership(const GroupLayout& group, const std::vector<OwnedPartitions>& claims)
    : held(claims.size()),
      is_disputed(static_cast<std::size_t>(group.partition_count())),
      earlier_holder(static_cast<std::size_t>(group.partition_count()), -1) {
  std::int32_t latest = wire::kNoGeneration;
  for (const auto& claim : claims) latest = std::max(latest, claim.generation);

  std::vector<LastClaim> last(static_cast<std::size_t>(group.partition_count()));
  std::vector<LastClaim> last_earlier(last.size());
  for (std::size_t member = 0; member < claims.size(); ++member) {
    for (const auto& each : claims[member].partitions) {
      const int partition = group.find(each);
      if (partition < 0) continue;
      const auto at = static_cast<std::size_t>(partition);
      last[at].hear(static_cast<int>(member), claims[member].generation);
      if (claims[member].generation < latest) {
        last_earlier[at].hear(static_cast<int>(member), claims[member].generation);
      }
    }
  }
  for (std::size_t at = 0; at < last.size(); ++at) {
    is_disputed[at] = last[at].is_disputed;
    earlier_holder[at] = last_earlier[at].member;
    if (last[at].member >= 0 && !last[at].is_disputed) {
      held[static_cast<std::size_t>(last[at].member)].push_back(static_cast<int>(at));
    }
  }
}

}  // namespace weir::log
