// What a member of group "g" asks of a broker, and a rebalance of all of them at once.
#pragma once

#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/leave_group.h"
#include "log/wire/messages/sync_group.h"
#include "tests/log/broker/groups/membership/group_world.h"
#include "tests/log/broker/waiting_call.h"

namespace weir::log::broker {

constexpr std::int32_t kSessionMs = 10'005;

inline wire::JoinGroupRequest join_request(std::string member_id) {
  wire::JoinGroupRequest request;
  request.group_id = "g";
  request.member_id = std::move(member_id);
  request.session_timeout_ms = kSessionMs;
  request.rebalance_timeout_ms = 60'000;
  request.protocol_type = "consumer";
  request.protocols = {{"range", reads({"t"})}};
  return request;
}

inline std::string new_member_id(TestBroker& broker) {
  return Waiting<wire::JoinGroupRequest>(broker, join_request("")).response().member_id;
}

// All of them join and are given their assignments ("of " and the member's id); the generation.
inline std::int32_t rebalance(TestBroker& broker, const std::vector<std::string>& members) {
  std::vector<std::unique_ptr<Waiting<wire::JoinGroupRequest>>> joining;
  for (const auto& id : members) {
    joining.push_back(std::make_unique<Waiting<wire::JoinGroupRequest>>(broker, join_request(id)));
  }
  broker.broker->run_due();
  std::int32_t generation = -1;
  std::string leader;
  for (auto& one : joining) {
    const auto& answer = one->response();
    EXPECT_EQ(answer.error_code, ErrorCode::none);
    generation = std::max(generation, answer.generation_id);
    leader = answer.leader;
  }
  std::vector<std::unique_ptr<Waiting<wire::SyncGroupRequest>>> syncing;
  for (const auto& id : members) {
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.member_id = id;
    request.generation_id = generation;
    if (id == leader) {
      for (const auto& each : members) request.assignments.push_back({each, "of " + each});
    }
    syncing.push_back(std::make_unique<Waiting<wire::SyncGroupRequest>>(broker, std::move(request)));
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    EXPECT_EQ(syncing[i]->response().error_code, ErrorCode::none);
    EXPECT_EQ(syncing[i]->response().assignment, "of " + members[i]);
  }
  return generation;
}

inline ErrorCode commit_as(TestBroker& broker, const std::string& member_id, std::int32_t generation,
                           const TopicPartition& partition, std::int64_t offset) {
  wire::OffsetCommitRequest request;
  request.group_id = "g";
  request.member_id = member_id;
  request.generation_id_or_member_epoch = generation;
  request.topics.push_back({partition.topic, {{partition.partition, Offset(offset)}}});
  return broker.call(std::move(request)).topics.at(0).partitions.at(0).error_code;
}

}  // namespace weir::log::broker
