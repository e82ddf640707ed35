// Assignor: divides the partitions of the subscribed topics among the members of a consumer group. The group's leader
// runs it when a generation is formed. The four of Kafka stand beside this file; a program may bring its own.
//
// Pure: same members and topics, same assignment, whatever their order. Every partition goes to at most one member, and
// only to one that subscribes its topic.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/wire/consumer_protocol.h"

namespace weir::log {

// What happens to a member's partitions in a rebalance: eager gives all of them up before it joins; cooperative keeps
// them, and gives up in a first rebalance what another member gets in the next (KIP-429).
enum class RebalanceProtocol : std::uint8_t { eager, cooperative };

struct SubscribedMember {
  std::string id{};
  std::optional<std::string> instance_id{};  // static membership (KIP-345)
  wire::ConsumerSubscription subscription{};
};

struct TopicLayout {
  std::int32_t partitions = 0;  // 0: nothing is known of the topic
  // By partition: the racks of its replicas. Empty where no rack is known.
  std::vector<std::vector<std::string>> replica_racks{};
};
using TopicLayouts = std::map<std::string, TopicLayout>;

// What a member had been assigned before it joined, and in which generation.
struct OwnedPartitions {
  std::vector<TopicPartition> partitions{};
  std::int32_t generation = wire::kNoGeneration;
};

class Assignor {
 public:
  virtual ~Assignor() = default;

  // The protocol's name in JoinGroup; all members of a group must have one in common.
  virtual std::string_view name() const = 0;
  // Those that it can work under, the preferred one last.
  virtual std::vector<RebalanceProtocol> protocols() const { return {RebalanceProtocol::eager}; }
  // What goes into a subscription's user data.
  virtual std::optional<OwnedBytes> subscription_user_data(const OwnedPartitions& /*owned*/) const {
    return std::nullopt;
  }
  // One assignment a member, in the order of the members. A topic that is subscribed and not in `topics` is left out.
  virtual Result<std::vector<wire::ConsumerAssignment>> assign(const std::vector<SubscribedMember>& members,
                                                               const TopicLayouts& topics) const = 0;
};

// By its name: "range", "roundrobin", "sticky" or "cooperative-sticky". not_found.
Result<std::unique_ptr<Assignor>> find_assignor(std::string_view name);

}  // namespace weir::log
