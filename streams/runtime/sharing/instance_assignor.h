// InstanceAssignor: what the leader among an application's instances decides: who takes part, and which tasks each runs
// from now on (share_tasks). A task that goes to another instance is nobody's in this generation: who runs it sees that
// it is to give it up, does so behind a commit, and joins again; then it is handed out (KIP-429).
//
// Asked on one thread, that of the group's session.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "log/client/assignors/assignor.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/sharing/instance_messages.h"

namespace weir::streams {

class InstanceAssignor final : public log::Assignor {
 public:
  static constexpr std::string_view kName = "weir-streams";

  struct Asks {
    std::function<InstanceSaid()> said;  // of this instance
    // The plan that all are to run by: of the topics that there are now, if `anew`.
    std::function<Result<std::shared_ptr<const Plan>>(bool anew)> plan;
    // These are there now: what others left open can be ended.
    std::function<void(const std::vector<InstanceName>&)> present;
  };
  explicit InstanceAssignor(Asks asks) : asks_(std::move(asks)) {}

  std::string_view name() const override { return kName; }
  std::vector<log::RebalanceProtocol> protocols() const override {
    return {log::RebalanceProtocol::eager, log::RebalanceProtocol::cooperative};
  }
  std::optional<OwnedBytes> subscription_user_data(const log::OwnedPartitions&) const override {
    return to_bytes(asks_.said());
  }
  // An error ends the run of each, told in words: the plan's, and what stands in the way of sharing.
  Result<std::vector<log::wire::ConsumerAssignment>> assign(const std::vector<log::SubscribedMember>& members,
                                                            const log::TopicLayouts& topics) const override;

 private:
  const Asks asks_;
};

// The decision itself, without questions. `said` and `owns` (what each had when it joined, and by which generation) in
// the order of the members.
struct InstanceMember {
  std::string member_id;
  InstanceSaid said;
  log::OwnedPartitions owns = {};
};
struct InstanceShare {
  InstanceTold told;
  std::vector<log::TopicPartition> partitions = {};  // that its tasks read
};
std::vector<InstanceShare> share_among(const Plan& plan, const std::vector<InstanceMember>& members);

}  // namespace weir::streams
