// Member: what a group knows of one of its members.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/broker/groups/membership/group_actions.h"

namespace weir::log::broker {

using MemberProtocol = wire::JoinGroupRequest::JoinGroupRequestProtocol;

struct Member {
  std::string id{};
  std::optional<std::string> instance_id{};  // static: survives the client's restart (KIP-345)
  std::string client_id{};
  std::string client_host{};
  std::int64_t session_timeout_ms = 0;
  std::int64_t rebalance_timeout_ms = 0;
  std::vector<MemberProtocol> protocols{};  // the preferred one first
  OwnedBytes assignment{};                  // in the group's generation; empty until its leader has divided

  bool is_new = true;  // has not seen a generation yet
  Ticket joining = Ticket::none;
  Ticket syncing = Ticket::none;
  std::int64_t alive_until_ms = 0;  // of no meaning while it waits for the group

  // While the group keeps it waiting its silence is no sign of death; but a new one is not waited for without end.
  bool is_kept_waiting() const { return (joining != Ticket::none && !is_new) || syncing != Ticket::none; }

  bool supports(std::string_view protocol) const { return metadata_for(protocol) != nullptr; }
  // Null if it does not support that.
  const OwnedBytes* metadata_for(std::string_view protocol) const {
    auto found = std::ranges::find(protocols, protocol, &MemberProtocol::name);
    return found == protocols.end() ? nullptr : &found->metadata;
  }
};

}  // namespace weir::log::broker
