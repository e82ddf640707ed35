// What the members of a consumer group tell each other through its coordinator: subscriptions in JoinGroup, assignments
// in SyncGroup. The coordinator does not look inside.
//
// In bytes: int16 version, then the message (messages/consumer_protocol.h). Kafka's writers sort topics and owned
// partitions, so that the same subscription is the same bytes; readers take a newer version as the newest that they
// know and ignore what is behind it. Values only: no I/O, no threads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log::wire {

inline constexpr std::int16_t kConsumerProtocolVersion = 3;
inline constexpr std::int32_t kNoGeneration = -1;

struct ConsumerSubscription {
  std::vector<std::string> topics{};
  std::optional<OwnedBytes> user_data{};           // the assignor's own
  std::vector<TopicPartition> owned_partitions{};  // version 1 and later (KIP-429)
  std::int32_t generation = kNoGeneration;         // of what is owned; version 2 and later (KIP-792)
  std::optional<std::string> rack{};               // version 3 and later (KIP-881); empty is none

  bool operator==(const ConsumerSubscription&) const = default;
};

struct ConsumerAssignment {
  std::vector<TopicPartition> partitions{};
  std::optional<OwnedBytes> user_data{};

  bool operator==(const ConsumerAssignment&) const = default;
};

// What the version has no room for is left out. unsupported_version.
Result<OwnedBytes> subscription_bytes(const ConsumerSubscription& subscription,
                                      std::int16_t version = kConsumerProtocolVersion);
Result<OwnedBytes> assignment_bytes(const ConsumerAssignment& assignment,
                                    std::int16_t version = kConsumerProtocolVersion);

// unsupported_version: a negative one; truncated, corrupt_message.
Result<ConsumerSubscription> parse_subscription(Bytes bytes);
Result<ConsumerAssignment> parse_assignment(Bytes bytes);

}  // namespace weir::log::wire
