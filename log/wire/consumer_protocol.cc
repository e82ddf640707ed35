#include "log/wire/consumer_protocol.h"

#include <algorithm>
#include <map>

#include "log/wire/message.h"
#include "log/wire/messages/consumer_protocol.h"

namespace weir::log::wire {

namespace {

// By topic, in the order in which the topics first appear.
template <class Group>
std::vector<Group> grouped(const std::vector<TopicPartition>& partitions) {
  std::vector<Group> groups;
  std::map<std::string_view, std::size_t> places;
  for (const auto& each : partitions) {
    auto [place, is_new] = places.emplace(each.topic, groups.size());
    if (is_new) groups.push_back({each.topic, {}});
    groups[place->second].partitions.push_back(each.partition);
  }
  return groups;
}

template <class Group>
std::vector<TopicPartition> flattened(const std::vector<Group>& groups) {
  std::vector<TopicPartition> partitions;
  for (const auto& group : groups) {
    for (PartitionIndex partition : group.partitions) partitions.push_back({group.topic, partition});
  }
  return partitions;
}

// A newer version as the newest that is known, with more bytes behind it.
template <class Message>
Result<Message> parse(Bytes bytes) {
  MessageReader in(SharedBytes(nullptr, bytes));
  const std::int16_t version = in.int16();
  if (!in.ok()) return fail(ErrorCode::truncated, "no version in front of what a group's member said");
  Message message;
  WEIR_TRY(decode(message, std::min(version, kConsumerProtocolVersion), in));
  return message;
}

}  // namespace

Result<OwnedBytes> subscription_bytes(const ConsumerSubscription& subscription, std::int16_t version) {
  ConsumerProtocolSubscription message;
  message.topics = subscription.topics;
  std::ranges::sort(message.topics);
  message.user_data = subscription.user_data;
  auto owned = subscription.owned_partitions;
  std::ranges::sort(owned);
  message.owned_partitions = grouped<ConsumerProtocolSubscription::TopicPartition>(owned);
  message.generation_id = subscription.generation;
  message.rack_id = subscription.rack;
  return encoded_with_version(message, version);
}

Result<OwnedBytes> assignment_bytes(const ConsumerAssignment& assignment, std::int16_t version) {
  ConsumerProtocolAssignment message;
  message.assigned_partitions = grouped<ConsumerProtocolAssignment::TopicPartition>(assignment.partitions);
  message.user_data = assignment.user_data;
  return encoded_with_version(message, version);
}

Result<ConsumerSubscription> parse_subscription(Bytes bytes) {
  WEIR_TRY_VAR(message, parse<ConsumerProtocolSubscription>(bytes));
  ConsumerSubscription subscription;
  subscription.topics = std::move(message.topics);
  subscription.user_data = std::move(message.user_data);
  subscription.owned_partitions = flattened(message.owned_partitions);
  subscription.generation = std::max(message.generation_id, kNoGeneration);
  if (message.rack_id && !message.rack_id->empty()) subscription.rack = std::move(message.rack_id);
  return subscription;
}

Result<ConsumerAssignment> parse_assignment(Bytes bytes) {
  WEIR_TRY_VAR(message, parse<ConsumerProtocolAssignment>(bytes));
  return ConsumerAssignment{flattened(message.assigned_partitions), std::move(message.user_data)};
}

}  // namespace weir::log::wire
