// The group of a LogWorld. Its members rejoin as soon as they can, so that it is stable, or empty, between steps.
#include "tests/log/broker/log_world.h"

namespace weir::log::broker {

void LogWorld::rebalance_all() {
  if (members_.empty()) return;
  std::vector<std::string> ids;
  for (const auto& member : members_) ids.push_back(member.id);
  const std::int32_t next = rebalance(broker_, ids);
  EXPECT_GT(next, generation_);
  generation_ = next;
  for (auto& member : members_) member.heard_ms = now();
}

void LogWorld::join() {
  if (members_.size() == 3) return;
  pass(2'000);
  members_.insert(members_.begin(), {new_member_id(broker_), now()});  // whose coming makes the others rejoin
  rebalance_all();
}

void LogWorld::leave() {
  if (members_.empty()) return;
  pass(2'000);
  if (members_.empty()) return;
  const auto gone = members_.begin() + pick(static_cast<int>(members_.size()));
  wire::LeaveGroupRequest request;
  request.group_id = "g";
  request.members.push_back({gone->id, std::nullopt, std::nullopt});
  EXPECT_EQ(broker_.call(std::move(request)).error_code, ErrorCode::none);
  members_.erase(gone);
  rebalance_all();
}

void LogWorld::hear(Member& member) {
  EXPECT_EQ(broker_.call(wire::HeartbeatRequest{"g", generation_, member.id, std::nullopt}).error_code,
            ErrorCode::none);
  member.heard_ms = now();
}

// All but the first go on.
void LogWorld::fall_silent() {
  for (int i = 0; i < 2; ++i) {
    for (std::size_t at = 1; at < members_.size(); ++at) hear(members_[at]);
    pass(6'000);
  }
}

void LogWorld::note_dead_members() {
  const auto dead = [&](const Member& member) {
    return member.heard_ms + kSessionMs <= now();
  };
  for (const auto& member : members_) {
    if (!dead(member)) continue;
    EXPECT_EQ(broker_.call(wire::HeartbeatRequest{"g", generation_, member.id, std::nullopt}).error_code,
              ErrorCode::unknown_member_id);
  }
  if (std::erase_if(members_, dead) > 0) rebalance_all();
}

void LogWorld::commit_offset() {
  const TopicPartition& of = any(names_);
  const std::int64_t offset = ++last_value_;
  if (members_.empty()) {
    ASSERT_EQ(broker_.commit_offset("g", of, offset), ErrorCode::none);
  } else {
    Member& member = any(members_);
    EXPECT_EQ(broker_.commit_offset("g", of, offset), ErrorCode::unknown_member_id) << "the group has members";
    EXPECT_EQ(commit_as(broker_, member.id, generation_ - 1, of, offset), ErrorCode::illegal_generation);
    EXPECT_EQ(commit_as(broker_, "nobody", generation_, of, offset), ErrorCode::unknown_member_id);
    ASSERT_EQ(commit_as(broker_, member.id, generation_, of, offset), ErrorCode::none);
    hear(member);
  }
  model_.commit(of, {offset, offset});
  ever_committed_[of].insert(offset);
}

}  // namespace weir::log::broker
