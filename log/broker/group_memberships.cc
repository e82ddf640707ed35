#include "log/broker/group_memberships.h"

#include "log/broker/coordinator_records.h"

namespace weir::log::broker {

namespace {

// The versions in which a member is told its id before it joins, and a leader that assignments may stay.
constexpr std::int16_t kIdRequired = 4;
constexpr std::int16_t kSkipAssignment = 9;

// What passes is worth another try; what does not is not told as if it did.
ErrorCode code_of(const Error& error) {
  if (static_cast<int>(error.code) < 1'000) return error.code;
  return is_refused_for_now(error.code) ? ErrorCode::coordinator_not_available : ErrorCode::storage_error;
}

}  // namespace

// Requests --------------------------------------------------------------------------------------------------------

GroupMemberships::Joining::Held GroupMemberships::join(const wire::JoinGroupRequest& request, const Caller& caller) {
  JoinTerms terms;
  terms.ticket = new_ticket();
  terms.fresh_member_id = new_member_id(request.group_instance_id.value_or(caller.client_id));
  terms.client_id = caller.client_id;
  terms.client_host = caller.client_host;
  terms.must_know_its_id = caller.version >= kIdRequired;
  terms.can_skip_assignment = caller.version >= kSkipAssignment;
  auto held = joining_.add(terms.ticket, caller.executor);
  auto shard = request.group_id.empty() ? fail(ErrorCode::invalid_group_id) : shards_.find_or_make(request.group_id);
  if (!shard) {
    wire::JoinGroupResponse response;
    response.error_code = code_of(shard.error());
    response.member_id = request.member_id;
    response.protocol_name = "";
    joining_.answer(terms.ticket, std::move(response));
    return held;
  }
  carry_out(**shard,
            [&](Groups& groups, Groups::Now now, GroupActions& out) { groups.join(request, terms, now, out); });
  return held;
}

GroupMemberships::Syncing::Held GroupMemberships::sync(const wire::SyncGroupRequest& request, const Caller& caller) {
  const Ticket ticket = new_ticket();
  auto held = syncing_.add(ticket, caller.executor);
  Shard* shard = shards_.find(request.group_id);
  if (shard == nullptr) {
    wire::SyncGroupResponse response;
    response.error_code = ErrorCode::unknown_member_id;
    syncing_.answer(ticket, std::move(response));
    return held;
  }
  carry_out(*shard,
            [&](Groups& groups, Groups::Now now, GroupActions& out) { groups.sync(request, ticket, now, out); });
  return held;
}

Result<> GroupMemberships::heartbeat(const MemberIdentity& who) {
  Shard* shard = shards_.find(who.group);
  if (shard == nullptr) return fail(ErrorCode::unknown_member_id, "group " + who.group);
  MutexLock lock(shard->mutex);
  WEIR_TRY(shard->check_served());
  return shard->state.heartbeat(who, group_time(clock_));
}

Result<> GroupMemberships::leave(const std::string& group, const std::string& member_id,
                                 const std::optional<std::string>& instance_id) {
  Shard* shard = shards_.find(group);
  if (shard == nullptr) return fail(ErrorCode::unknown_member_id, "group " + group);
  {
    MutexLock lock(shard->mutex);
    WEIR_TRY(shard->check_served());
  }
  Result<> left;
  carry_out(*shard, [&](Groups& groups, Groups::Now now, GroupActions& out) {
    left = groups.leave(group, member_id, instance_id, now, out);
  });
  return left;
}

std::vector<wire::ListGroupsResponse::ListedGroup> GroupMemberships::list() {
  std::vector<wire::ListGroupsResponse::ListedGroup> all;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    for (auto& one : shard->state.list()) all.push_back(std::move(one));
  }
  return all;
}

wire::DescribeGroupsResponse::DescribedGroup GroupMemberships::describe(const std::string& group) {
  wire::DescribeGroupsResponse::DescribedGroup unknown;
  unknown.group_id = group;
  unknown.group_state = name_of(GroupState::dead);
  Shard* shard = shards_.find(group);
  if (shard == nullptr) return unknown;
  MutexLock lock(shard->mutex);
  if (auto served = shard->check_served(); !served) {
    unknown.error_code = served.error().code;
    return unknown;
  }
  return shard->state.describe(group);
}

// Carrying out ----------------------------------------------------------------------------------------------------

template <class Decide>
void GroupMemberships::carry_out(Shard& shard, Decide decide) {
  GroupActions actions;
  std::vector<GroupRecord> written;
  {
    MutexLock lock(shard.mutex);
    // Given up: whoever is not answered by the decision is told so by its blank state.
    if (auto served = shard.check_served(); !served) {
      const ErrorCode code = served.error().code;
      Groups nobodys(shard.state);
      decide(nobodys, group_time(clock_), actions);
      for (auto& answer : actions.joined) answer.response.error_code = code;
      for (auto& answer : actions.synced) answer.response.error_code = code;
      nobodys.abandon(code, actions);
      actions.records.clear();
    } else {
      decide(shard.state, group_time(clock_), actions);
      written = append(shard, actions);
    }
    deliver(actions);
  }
  settle(shard, std::move(written));
  set_alarm(shard);
}

std::vector<GroupRecord> GroupMemberships::append(Shard& shard, GroupActions& actions) {
  std::vector<GroupRecord> written;
  while (!actions.records.empty()) {
    for (auto& record : std::exchange(actions.records, {})) {
      auto batch = encode_group(record, clock_.wall_ms());
      Result<> appended;
      if (!batch) {
        appended = fail(batch.error());
      } else if (auto done = shard.partition->append(*batch, storage::Origin::coordinator); !done) {
        appended = fail(done.error());
      }
      if (appended) {
        written.push_back(std::move(record));
      } else {
        shard.state.failed(record, group_time(clock_), actions);
      }
    }
  }
  return written;
}

void GroupMemberships::settle(Shard& shard, std::vector<GroupRecord> written) {
  if (written.empty()) return;
  const Partition& log = *shard.partition;
  if (pool_ == nullptr || log.outcome(log.positions().end, Until::committed)) {
    return settle_now(shard, std::move(written));
  }
  pool_->post([this, &shard, records = std::move(written)]() mutable {
    settle_now(shard, std::move(records));
    set_alarm(shard);
  });
}

void GroupMemberships::settle_now(Shard& shard, std::vector<GroupRecord> written) {
  while (!written.empty()) {
    const bool is_durable = shard.partition->make_durable().has_value();
    GroupActions actions;
    MutexLock lock(shard.mutex);
    if (!shard.is_served) return;  // those who wait were told
    for (const auto& record : written) {
      if (is_durable) {
        shard.state.committed(record, group_time(clock_), actions);
      } else {
        shard.state.failed(record, group_time(clock_), actions);
      }
    }
    written = append(shard, actions);
    deliver(actions);
  }
}

void GroupMemberships::deliver(GroupActions& actions) {
  for (auto& [ticket, response] : actions.joined) joining_.answer(ticket, std::move(response));
  for (auto& [ticket, response] : actions.synced) syncing_.answer(ticket, std::move(response));
}

// Time ------------------------------------------------------------------------------------------------------------

void GroupMemberships::start() {
  {
    MutexLock lock(mutex_);
    is_started_ = true;
  }
  for (Shard* shard : shards_.all()) set_alarm(*shard);
}

void GroupMemberships::set_alarm(Shard& shard) {
  std::int64_t due_ms = Groups::kNever;
  {
    MutexLock lock(shard.mutex);
    due_ms = shard.state.next_deadline_ms();
  }
  if (due_ms == Groups::kNever) return;
  {
    MutexLock lock(mutex_);
    auto alarm = alarms_.try_emplace(&shard, Groups::kNever).first;
    if (!is_started_ || alarm->second <= due_ms) return;
    alarm->second = due_ms;
  }
  timers_.at(saturated_product(due_ms, 1'000'000), [this, &shard] { ring(shard); });
}

void GroupMemberships::ring(Shard& shard) {
  {
    MutexLock lock(mutex_);
    alarms_[&shard] = Groups::kNever;
  }
  carry_out(shard, [](Groups& groups, Groups::Now now, GroupActions& out) { groups.run_due(now, out); });
}

// Coming and going ------------------------------------------------------------------------------------------------

void GroupMemberships::remove_dynamic_members() {
  for (Shard* shard : shards_.all()) {
    carry_out(*shard,
              [](Groups& groups, Groups::Now now, GroupActions& out) { groups.remove_dynamic_members(now, out); });
  }
}

void GroupMemberships::give_up(PartitionIndex partition) {
  Shard* shard = shards_.at(partition);
  if (shard == nullptr) return;
  shards_.give_up(*shard, [this](Groups& groups) {
    GroupActions actions;
    groups.abandon(ErrorCode::not_coordinator, actions);
    deliver(actions);
  });
}

Result<> GroupMemberships::take_back(PartitionIndex partition) {
  Shard* shard = shards_.at(partition);
  if (shard == nullptr) return {};
  WEIR_TRY(shards_.take_back(*shard, apply_group_batches(clock_)));
  set_alarm(*shard);
  return {};
}

// Ids -------------------------------------------------------------------------------------------------------------

Ticket GroupMemberships::new_ticket() {
  MutexLock lock(mutex_);
  return Ticket(++last_ticket_);
}

std::string GroupMemberships::new_member_id(const std::string& prefix) {
  MutexLock lock(mutex_);
  Uuid id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_());
  return (prefix.empty() ? "weir" : prefix) + "-" + id.to_string();
}

}  // namespace weir::log::broker
