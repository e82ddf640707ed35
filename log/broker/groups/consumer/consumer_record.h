// One record of __consumer_offsets about a group of the new protocol; without a value it takes back what an earlier one
// of its key said. Kafka's own formats.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "log/wire/messages/consumer_group_record.h"

namespace weir::log::broker {

template <class KeyMessage, class ValueMessage>
struct ConsumerEntry {
  using Value = ValueMessage;

  KeyMessage key;
  std::optional<ValueMessage> value{};
};

using ConsumerGroupEntry = ConsumerEntry<wire::ConsumerGroupMetadataKey, wire::ConsumerGroupMetadataValue>;
using ConsumerMemberEntry = ConsumerEntry<wire::ConsumerGroupMemberMetadataKey, wire::ConsumerGroupMemberMetadataValue>;
using ConsumerTargetEntry =
    ConsumerEntry<wire::ConsumerGroupTargetAssignmentMetadataKey, wire::ConsumerGroupTargetAssignmentMetadataValue>;
using ConsumerMemberTargetEntry =
    ConsumerEntry<wire::ConsumerGroupTargetAssignmentMemberKey, wire::ConsumerGroupTargetAssignmentMemberValue>;
using ConsumerCurrentEntry =
    ConsumerEntry<wire::ConsumerGroupCurrentMemberAssignmentKey, wire::ConsumerGroupCurrentMemberAssignmentValue>;
using ConsumerRegexEntry =
    ConsumerEntry<wire::ConsumerGroupRegularExpressionKey, wire::ConsumerGroupRegularExpressionValue>;

using ConsumerRecord = std::variant<ConsumerGroupEntry, ConsumerMemberEntry, ConsumerTargetEntry,
                                    ConsumerMemberTargetEntry, ConsumerCurrentEntry, ConsumerRegexEntry>;

inline const std::string& group_of(const ConsumerRecord& record) {
  return std::visit([](const auto& entry) -> const std::string& { return entry.key.group; }, record);
}

}  // namespace weir::log::broker
