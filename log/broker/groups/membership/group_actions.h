// What a decision about a group asks of the one who carries it out: answers to requests, at once or long after they
// came, and records for __consumer_offsets. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/base/clock.h"
#include "log/wire/messages/group_metadata_record.h"
#include "log/wire/messages/join_group.h"
#include "log/wire/messages/sync_group.h"

namespace weir::log::broker {

// Names a request that waits for its answer; chosen by the one who carries out, never used again.
enum class Ticket : std::uint64_t { none = 0 };

// Names a record of one group whose fate is to be told by `committed` or `failed`.
enum class RecordId : std::uint64_t { none = 0 };  // nothing depends on it

// A group's metadata as it is to be appended; nothing: the group is forgotten.
struct GroupRecord {
  std::string group;
  std::optional<wire::GroupMetadataValue> value;
  RecordId id = RecordId::none;
};

struct GroupActions {
  template <class Response>
  struct Answer {
    Ticket ticket = Ticket::none;
    Response response;
  };

  std::vector<Answer<wire::JoinGroupResponse>> joined;
  std::vector<Answer<wire::SyncGroupResponse>> synced;
  std::vector<GroupRecord> records;  // in this order

  void answer(Ticket ticket, wire::JoinGroupResponse response) { add(joined, ticket, std::move(response)); }
  void answer(Ticket ticket, wire::SyncGroupResponse response) { add(synced, ticket, std::move(response)); }

 private:
  template <class Response>
  static void add(std::vector<Answer<Response>>& answers, Ticket ticket, Response response) {
    Answer<Response>& added = answers.emplace_back();
    added.ticket = ticket;
    added.response = std::move(response);
  }
};

// What a JoinGroup brings besides its message.
struct JoinTerms {
  Ticket ticket = Ticket::none;
  std::string fresh_member_id;  // never used before; taken if the request brings none
  std::string client_id;
  std::string client_host;
  bool must_know_its_id = true;     // a new member is told its id before it may join (KIP-394)
  bool can_skip_assignment = true;  // a leader that returns can be told to leave the assignment as it is (KIP-814)
};

// What an administrator decides about groups; Kafka's defaults.
struct GroupLimits {
  Millis initial_rebalance_delay{3'000};  // group.initial.rebalance.delay.ms: an empty group waits for more members
  std::string protocol_without_delay = "weir-streams";  // of groups that begin with whoever comes first
  Millis min_session_timeout{6'000};                    // group.min.session.timeout.ms
  Millis max_session_timeout{1'800'000};                // group.max.session.timeout.ms
  Millis new_member_timeout{300'000};                   // a new member's first join may take so long
  std::size_t max_members = 0x7fffffff;                 // group.max.size
  Millis offsets_retention{7 * 86'400'000};             // offsets.retention.minutes
  // Of groups of the new protocol, whose members are told how often they are to be heard of.
  Millis consumer_session_timeout{45'000};    // group.consumer.session.timeout.ms
  Millis consumer_heartbeat_interval{5'000};  // group.consumer.heartbeat.interval.ms
};

}  // namespace weir::log::broker
