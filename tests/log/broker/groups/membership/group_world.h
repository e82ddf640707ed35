// GroupCoordinator as a test drives them: a clock that stands still, answers by ticket, and a log that is told to be
// written at once, later, or never.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/broker/groups/coordinator.h"
#include "log/wire/consumer_protocol.h"

namespace weir::log::broker {

inline OwnedBytes reads(std::vector<std::string> topics) {
  wire::ConsumerSubscription subscription;
  subscription.topics = std::move(topics);
  return *wire::subscription_bytes(subscription);
}

struct Joiner {
  std::string member_id{};
  std::optional<std::string> instance_id{};
  std::vector<MemberProtocol> protocols{{"range", reads({"t"})}};
  std::int32_t session_ms = 10'000;
  std::int32_t rebalance_ms = 60'000;
  bool must_know_its_id = true;
  bool can_skip_assignment = true;
};

class GroupWorld {
 public:
  Ticket join(const Joiner& joiner) {
    wire::JoinGroupRequest request;
    request.group_id = "g";
    request.member_id = joiner.member_id;
    request.group_instance_id = joiner.instance_id;
    request.session_timeout_ms = joiner.session_ms;
    request.rebalance_timeout_ms = joiner.rebalance_ms;
    request.protocol_type = "consumer";
    request.protocols = joiner.protocols;
    JoinTerms terms;
    terms.ticket = Ticket(++last_ticket_);
    terms.fresh_member_id = "m" + std::to_string(++last_member_);
    terms.must_know_its_id = joiner.must_know_its_id;
    terms.can_skip_assignment = joiner.can_skip_assignment;
    act([&](GroupActions& out) { groups.join(request, terms, time(), out); });
    return terms.ticket;
  }
  // Asks for an id and joins with it.
  Ticket join_known(Joiner joiner = {}) {
    joiner.member_id = joined.at(join(joiner)).member_id;
    return join(joiner);
  }

  Ticket sync(const std::string& member, std::int32_t generation, std::map<std::string, std::string> assignments = {},
              std::optional<std::string> instance_id = {}) {
    wire::SyncGroupRequest request;
    request.group_id = "g";
    request.generation_id = generation;
    request.member_id = member;
    request.group_instance_id = std::move(instance_id);
    for (auto& [id, assignment] : assignments) request.assignments.push_back({id, assignment});
    const Ticket ticket = Ticket(++last_ticket_);
    act([&](GroupActions& out) { groups.sync(request, ticket, time(), out); });
    return ticket;
  }

  ErrorCode heartbeat(const std::string& member, std::int32_t generation, std::optional<std::string> instance_id = {}) {
    return code_of(groups.heartbeat({"g", generation, member, std::move(instance_id)}, time()));
  }
  ErrorCode commit(MemberIdentity who, InTransaction in_transaction = InTransaction::no) {
    who.group = "g";
    auto commit = groups.decide_commit(who, {{{"t", PartitionIndex(0)}, {Offset(1), kNoLeaderEpoch, "", 0}}},
                                       in_transaction, time());
    return commit ? ErrorCode::none : commit.error().code;
  }
  ErrorCode leave(const std::string& member, std::optional<std::string> instance_id = {}) {
    Result<> left;
    act([&](GroupActions& out) { left = groups.leave("g", member, instance_id, time(), out); });
    return code_of(left);
  }

  void advance(std::int64_t by_ms) {
    now_ms += by_ms;
    act([&](GroupActions& out) { groups.run_due(time(), out); });
  }

  // Until the first generation is formed: the members that are there by now put it off once.
  void gather() {
    advance(limits.initial_rebalance_delay.count());
    advance(limits.initial_rebalance_delay.count());
  }

  // A group of members that know their assignments "1", "2", ...; gives their ids.
  std::vector<std::string> stable(std::vector<Joiner> joiners) {
    std::vector<Ticket> tickets;
    for (auto& joiner : joiners) {
      tickets.push_back(joiner.instance_id ? join(joiner) : join_known(joiner));
    }
    gather();
    std::vector<std::string> ids;
    std::map<std::string, std::string> assignments;
    for (Ticket ticket : tickets) {
      ids.push_back(joined.at(ticket).member_id);
      assignments[ids.back()] = std::to_string(ids.size());
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto& answer = joined.at(tickets[i]);
      bool leads = answer.leader == ids[i];
      auto given = leads ? assignments : std::map<std::string, std::string>{};
      sync(ids[i], answer.generation_id, given, joiners[i].instance_id);
    }
    EXPECT_EQ(group().state(), GroupState::stable);
    return ids;
  }

  // What became of the records that wait, if they are held back.
  void settle(bool is_written) {
    auto records = std::exchange(held, {});
    for (const auto& record : records) {
      act([&](GroupActions& out) {
        if (is_written) {
          log.push_back(record);
          groups.committed(record, time(), out);
        } else {
          groups.failed(record, time(), out);
        }
      });
    }
  }
  // The coordinator goes, and another one reads the log.
  void reload() {
    GroupActions out;
    groups.abandon(ErrorCode::not_coordinator, out);
    take(out);
    held.clear();
    groups = GroupCoordinator(limits);
    for (const auto& record : log) groups.load(record, time());
  }

  bool is_answered(Ticket ticket) const { return joined.contains(ticket) || synced.contains(ticket); }
  const Group& group() const { return *groups.find("g"); }
  GroupCoordinator::Now time() const { return {now_ms, now_ms + 1'700'000'000'000}; }

  GroupLimits limits;
  GroupCoordinator groups{limits};
  std::int64_t now_ms = 1'000;
  bool holds_records = false;
  std::vector<GroupRecord> held;
  std::vector<GroupRecord> log;
  std::map<Ticket, wire::JoinGroupResponse> joined;
  std::map<Ticket, wire::SyncGroupResponse> synced;

 private:
  static ErrorCode code_of(const Result<>& outcome) { return outcome ? ErrorCode::none : outcome.error().code; }

  template <class Act>
  void act(Act act) {
    GroupActions out;
    act(out);
    take(out);
    held.insert(held.end(), out.records.begin(), out.records.end());
    if (!holds_records && !held.empty()) settle(true);
  }
  void take(GroupActions& out) {
    for (auto& answer : out.joined) {
      EXPECT_TRUE(joined.emplace(answer.ticket, std::move(answer.response)).second) << "answered twice";
    }
    for (auto& answer : out.synced) {
      EXPECT_TRUE(synced.emplace(answer.ticket, std::move(answer.response)).second) << "answered twice";
    }
  }

  std::uint64_t last_ticket_ = 0;
  int last_member_ = 0;
};

}  // namespace weir::log::broker
