// Member of a group of the new protocol: who it is, what it reads, and how far it is with what is to be its own.
//
//   stable      it has what it is to have
//   unrevoked   it is to give up `revoking` before anything else; it stays in its epoch until it says that it has
//   unreleased  what it is to have is still another's, in part
//
// `assigned` is what it may read; `revoking` is still its own until it has given it up. No partition is in both, nor in
// those of another member.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>

#include "log/broker/groups/consumer/partitions.h"

namespace weir::log::broker {

// In records: do not renumber.
enum class ReconcileState : std::int8_t { stable = 0, unrevoked = 1, unreleased = 2 };

struct ConsumerMember {
  static constexpr std::int32_t kHasLeftForNow = -2;  // the epoch of an instance that is to come back
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::string id{};
  std::optional<std::string> instance_id{};
  std::optional<std::string> rack_id{};
  std::string client_id{};
  std::string client_host{};
  std::set<std::string> topics{};  // by name
  std::optional<std::string> regex{};
  std::optional<std::string> assignor{};
  std::int32_t rebalance_timeout_ms = -1;

  std::int32_t epoch = 0;
  std::int32_t previous_epoch = 0;
  ReconcileState state = ReconcileState::stable;
  PartitionsByTopic assigned{};
  PartitionsByTopic revoking{};

  // Not in records.
  std::int64_t alive_until_ms = kNever;
  std::int64_t revokes_until_ms = kNever;  // while it is unrevoked

  bool has_left_for_now() const { return epoch == kHasLeftForNow; }
  std::int64_t deadline_ms() const { return alive_until_ms < revokes_until_ms ? alive_until_ms : revokes_until_ms; }
};

}  // namespace weir::log::broker
