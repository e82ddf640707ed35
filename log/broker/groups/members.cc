// GroupService: members.
#include "log/broker/groups/records.h"
#include "log/broker/groups/service.h"

namespace weir::log::broker {

namespace {

// The versions in which a member is told its id before it joins, and a leader that assignments may stay.
constexpr std::int16_t kIdRequired = 4;
constexpr std::int16_t kSkipAssignment = 9;

}  // namespace

ErrorCode GroupService::code_for_members(const Error& error) {
  if (static_cast<int>(error.code) < 1'000) return error.code;
  return is_refused_for_now(error.code) ? ErrorCode::coordinator_not_available : ErrorCode::storage_error;
}

GroupService::GroupService(Topics& topics, Clock& clock, Timers& timers, Options options)
    : topics_(topics),
      clock_(clock),
      timers_(timers),
      limits_(options.limits),
      shards_(topics, kOffsetsTopic, options.partitions, GroupCoordinator(limits_),
              [this](Shard& shard) { set_alarm(shard); }),
      random_(options.seed) {}

GroupService::Shards::Apply GroupService::apply_now() const {
  return [now = now()](GroupCoordinator& groups, const RecordBatch& batch) {
    return apply_groups(groups, batch, now);
  };
}

void GroupService::load() {
  shards_.load(apply_now());
}

// Requests --------------------------------------------------------------------------------------------------------

Task<wire::JoinGroupResponse> GroupService::join(wire::JoinGroupRequest request, Caller caller) {
  Result<Shard*> shard = fail(ErrorCode::invalid_group_id);
  if (!request.group_id.empty()) shard = co_await shards_.find_or_make(request.group_id, caller.executor);
  if (!shard) {
    wire::JoinGroupResponse response;
    response.error_code = code_for_members(shard.error());
    response.member_id = request.member_id;
    response.protocol_name = "";
    co_return response;
  }
  JoinTerms terms;
  terms.ticket = new_ticket();
  terms.fresh_member_id = new_member_id(request.group_instance_id.value_or(caller.client_id));
  terms.client_id = caller.client_id;
  terms.client_host = caller.client_host;
  terms.must_know_its_id = caller.version >= kIdRequired;
  terms.can_skip_assignment = caller.version >= kSkipAssignment;
  auto held = joining_.add(terms.ticket, caller.executor);
  carry_out(**shard, [&](GroupCoordinator& groups, GroupCoordinator::Now now, GroupActions& out) {
    groups.join(request, terms, now, out);
  });
  co_await held->waiter;
  co_return std::move(held->response);
}

Task<wire::SyncGroupResponse> GroupService::sync(wire::SyncGroupRequest request, Caller caller) {
  Shard* shard = shards_.find(request.group_id);
  if (shard == nullptr) {
    wire::SyncGroupResponse response;
    response.error_code = ErrorCode::unknown_member_id;
    co_return response;
  }
  const Ticket ticket = new_ticket();
  auto held = syncing_.add(ticket, caller.executor);
  carry_out(*shard, [&](GroupCoordinator& groups, GroupCoordinator::Now now, GroupActions& out) {
    groups.sync(request, ticket, now, out);
  });
  co_await held->waiter;
  co_return std::move(held->response);
}

Result<> GroupService::heartbeat(const MemberIdentity& who) {
  Shard* shard = shards_.find(who.group);
  if (shard == nullptr) return fail(ErrorCode::unknown_member_id, "group " + who.group);
  return shard->look([&](GroupCoordinator& groups) { return groups.heartbeat(who, now()); });
}

Result<> GroupService::leave(const std::string& group, const std::string& member_id,
                             const std::optional<std::string>& instance_id) {
  Shard* shard = shards_.find(group);
  if (shard == nullptr) return fail(ErrorCode::unknown_member_id, "group " + group);
  WEIR_TRY(shard->look([](GroupCoordinator&) { return Result<>{}; }));
  Result<> left;
  carry_out(*shard, [&](GroupCoordinator& groups, GroupCoordinator::Now now, GroupActions& out) {
    left = groups.leave(group, member_id, instance_id, now, out);
  });
  return left;
}

void GroupService::remove_dynamic_members() {
  for (Shard* shard : shards_.all()) {
    carry_out(*shard, [](GroupCoordinator& groups, GroupCoordinator::Now now, GroupActions& out) {
      groups.remove_dynamic_members(now, out);
    });
  }
}

std::vector<wire::ListGroupsResponse::ListedGroup> GroupService::list() {
  std::vector<wire::ListGroupsResponse::ListedGroup> all;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    for (auto& one : shard->state.list()) all.push_back(std::move(one));
  }
  return all;
}

wire::DescribeGroupsResponse::DescribedGroup GroupService::describe(const std::string& group) {
  using Described = wire::DescribeGroupsResponse::DescribedGroup;
  Described unknown;
  unknown.group_id = group;
  unknown.group_state = name_of(GroupState::dead);
  Shard* shard = shards_.find(group);
  if (shard == nullptr) return unknown;
  auto described = shard->look([&](GroupCoordinator& groups) { return Result<Described>(groups.describe(group)); });
  if (described) return *std::move(described);
  unknown.error_code = described.error().code;
  return unknown;
}

// Carrying out ----------------------------------------------------------------------------------------------------

template <class Decide>
void GroupService::carry_out(Shard& shard, Decide decide) {
  {
    MutexLock lock(shard.mutex);
    GroupActions actions;
    if (auto served = shard.check_served(); !served) {
      // Whoever is not answered by the decision is told so by what knows of nobody.
      GroupCoordinator nobodys(limits_);
      decide(nobodys, now(), actions);
      nobodys.abandon(served.error().code, actions);
      refuse(served.error(), actions);
    } else {
      decide(shard.state, now(), actions);
      append_changes(shard);
      append(shard, actions);
    }
    deliver(actions);
  }
  shard.go_on();
}

void GroupService::refuse(const Error& why, GroupActions& actions) {
  for (auto& answer : actions.joined) answer.response.error_code = why.code;
  for (auto& answer : actions.synced) answer.response.error_code = why.code;
  actions.records.clear();
}

// What follows of a record's fate may be more records: those are appended behind it.
void GroupService::append(Shard& shard, GroupActions& actions) {
  for (auto& record : std::exchange(actions.records, {})) {
    auto settle = [this, &shard, record](GroupCoordinator& groups, const Result<Offset>& at)
                      WEIR_REQUIRES(shard.mutex) {
                        GroupActions next;
                        if (at) {
                          groups.committed(record, now(), next);
                        } else {
                          groups.failed(record, now(), next);
                        }
                        append(shard, next);
                        deliver(next);
                      };
    auto batch = encode_group(record, clock_.wall_ms());
    if (!batch) {
      settle(shard.state, fail(batch.error()));
    } else {
      (void)shard.append(Entry{*std::move(batch), std::move(settle), own(shard)});
    }
  }
}

void GroupService::deliver(GroupActions& actions) {
  for (auto& [ticket, response] : actions.joined) joining_.answer(ticket, std::move(response));
  for (auto& [ticket, response] : actions.synced) syncing_.answer(ticket, std::move(response));
}

// Time ------------------------------------------------------------------------------------------------------------

void GroupService::start() {
  {
    MutexLock lock(mutex_);
    is_started_ = true;
  }
  for (Shard* shard : shards_.all()) set_alarm(*shard);
}

void GroupService::set_alarm(Shard& shard) {
  std::int64_t due_ms = GroupCoordinator::kNever;
  {
    MutexLock lock(shard.mutex);
    due_ms = shard.state.next_deadline_ms();
  }
  if (due_ms == GroupCoordinator::kNever) return;
  {
    MutexLock lock(mutex_);
    auto alarm = alarms_.try_emplace(&shard, GroupCoordinator::kNever).first;
    if (!is_started_ || alarm->second <= due_ms) return;
    alarm->second = due_ms;
  }
  timers_.at(saturated_product(due_ms, 1'000'000), [this, &shard] { ring(shard); });
}

void GroupService::ring(Shard& shard) {
  {
    MutexLock lock(mutex_);
    alarms_[&shard] = GroupCoordinator::kNever;
  }
  carry_out(shard,
            [](GroupCoordinator& groups, GroupCoordinator::Now now, GroupActions& out) { groups.run_due(now, out); });
}

// Coming and going ------------------------------------------------------------------------------------------------

void GroupService::resign(PartitionIndex partition, LeaderEpoch epoch) {
  Shard* shard = shards_.at(partition);
  if (shard == nullptr) return;
  shard->resign(epoch, [this](GroupCoordinator& groups) {
    GroupActions actions;
    groups.abandon(ErrorCode::not_coordinator, actions);
    deliver(actions);
  });
}

Task<Result<>> GroupService::adopt(PartitionIndex partition, LeaderEpoch epoch, Executor& executor) {
  Shard* shard = shards_.at(partition);
  if (shard == nullptr) co_return Result<>{};
  std::function<std::vector<Wish>(const GroupCoordinator&)> first = [this, shard](const GroupCoordinator&) {
    return own(*shard);
  };
  co_return co_await shard->adopt(epoch, apply_now(), std::move(first), executor);
}

// Ids -------------------------------------------------------------------------------------------------------------

Ticket GroupService::new_ticket() {
  MutexLock lock(mutex_);
  return Ticket(++last_ticket_);
}

std::string GroupService::new_member_id(const std::string& prefix) {
  MutexLock lock(mutex_);
  Uuid id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random_());
  return (prefix.empty() ? "weir" : prefix) + "-" + id.to_string();
}

}  // namespace weir::log::broker
