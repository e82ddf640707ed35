// ConsumerGroup: one group of the new protocol (KIP-848): its members, what is to be whose, and how far each of them
// is.
//
//   epoch            grows where members, or what they read, or its partitions change
//   target epoch     <= epoch: that for which it is decided what is to be whose
//   member's epoch   <= target epoch: that which it has come to; it is in each of its requests
//
// A member only has what nobody else has: it is given a partition when whoever had it says that it has not, has left,
// or has been silent for a session or slow to give up for its rebalance time-out.
//
// No I/O and no clock; times are milliseconds of any steady clock. A change takes place at once, and `take_records`
// says what of it is to be written; an answer may leave when that is durable. What could not be written (`failed`) is
// part of the next records. `load` makes the same group of records, in whatever order compaction left them.
//
// Guarded by its owner. Rules: KIP-848, KIP-1082; the same answers as Apache Kafka's coordinator gives.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/broker/groups/consumer/assignors.h"
#include "log/broker/groups/consumer/consumer_record.h"
#include "log/broker/groups/consumer/member.h"
#include "log/broker/groups/consumer/topics_view.h"
#include "log/broker/groups/membership/group.h"
#include "log/wire/messages/consumer_group_describe.h"
#include "log/wire/messages/consumer_group_heartbeat.h"

namespace weir::log::broker {

class ConsumerGroup {
 public:
  using Request = wire::ConsumerGroupHeartbeatRequest;
  using Response = wire::ConsumerGroupHeartbeatResponse;
  static constexpr std::int64_t kNever = ConsumerMember::kNever;

  // The limits must outlive this.
  ConsumerGroup(std::string id, const GroupLimits& limits) : id_(std::move(id)), limits_(&limits) {}

  // Who asks, besides what the message says.
  struct Terms {
    std::string fresh_member_id;  // never used before; taken if the request brings none
    std::string client_id;
    std::string client_host;
  };
  // What is wrong with the request by itself: invalid_request, unsupported_assignor, invalid_regular_expression.
  static Result<> check(const Request& request, std::int16_t version);
  // Of a request that was checked. unknown_member_id, fenced_member_epoch, fenced_instance_id, unreleased_instance_id,
  // group_max_size_reached: nothing has changed.
  Result<Response> heartbeat(const Request& request, const Terms& terms, const TopicsView& topics, std::int64_t now_ms);

  // May that member commit offsets? unknown_member_id; stale_member_epoch, or within a transaction illegal_generation.
  Result<> check_commit(const MemberIdentity& who, InTransaction in_transaction) const;
  // May it ask for them? unknown_member_id, stale_member_epoch.
  Result<> check_fetch(const std::string& member_id, std::int32_t epoch) const;

  // Members whose session, or whose time to give up, is over are gone.
  void run_due(std::int64_t now_ms);
  std::int64_t next_deadline_ms() const { return due_.empty() ? kNever : due_.begin()->first; }
  // All go but for instances: the process that they lived in is gone.
  void remove_dynamic_members();

  // What of the changes is not in the log, or on its way there; in one batch.
  std::vector<ConsumerRecord> take_records();
  void failed(const std::vector<ConsumerRecord>& records);
  // How far that member is, even if it has not changed: an answer that tells of what is on its way waits for that.
  void write_again(const std::string& member_id) { dirty_.currents.insert(member_id); }
  // Everything that may be in the log of it taken back.
  std::vector<ConsumerRecord> tombstones() const;
  // A record stands in the log. The sessions of members begin now.
  void load(const ConsumerRecord& record, std::int64_t now_ms);

  const std::string& id() const { return id_; }
  bool is_empty() const { return members_.empty(); }
  bool is_blank() const { return members_.empty() && epoch_ == 0; }
  std::int32_t epoch() const { return epoch_; }
  std::int32_t target_epoch() const { return target_epoch_; }
  const std::map<std::string, ConsumerMember>& members() const { return members_; }
  const PartitionsByTopic& target_of(const std::string& member_id) const;
  bool is_subscribed_to(const std::string& topic) const;
  std::string_view state_name() const;     // "Empty", "Assigning", "Reconciling", "Stable"
  std::string_view assignor_name() const;  // the one that most members want

  // Names of topics as they are now.
  wire::ConsumerGroupDescribeResponse::DescribedGroup describe(const TopicsView& topics) const;

 private:
  struct Dirty {
    bool epoch = false;
    bool target_epoch = false;
    std::set<std::string> members{}, targets{}, currents{}, regexes{};
  };
  WEIR_FLAG(IsNew);
  struct Found {
    ConsumerMember* member;
    IsNew is_new;
  };

  ConsumerMember* find(const std::string& member_id);
  ConsumerMember* find_instance(const std::string& instance_id);
  Result<ConsumerMember*> find_known(const Request& request);
  Result<Found> find_or_admit(const Request& request, const Terms& terms);
  Result<> check_epoch(const ConsumerMember& member, const Request& request) const;
  ConsumerMember& admit(const Request& request, const Terms& terms);
  ConsumerMember& replace(const ConsumerMember& before, const Request& request, const Terms& terms);
  Response leave(ConsumerMember& member, std::int32_t epoch);
  void remove(const std::string& member_id);
  // True if it reads something else from now on.
  bool take(const Request& request, const Terms& terms, ConsumerMember& member);

  void resolve_regexes(const TopicsView& topics);
  std::set<std::string> names_read_by(const ConsumerMember& member) const;
  std::map<TopicId, std::int32_t> topics_that_are_read(const TopicsView& topics) const;
  // The topics that the target is about, with as many partitions.
  std::map<TopicId, std::int32_t> topics_of_target() const;
  void bump();
  void decide_target(const TopicsView& topics);
  bool reconcile_member(ConsumerMember& member, const Request& request, bool reads_otherwise);
  void own(const ConsumerMember& member);
  void disown(const ConsumerMember& member);
  void watch(const ConsumerMember& member);
  void keep_alive(ConsumerMember& member, std::int64_t now_ms);
  ConsumerMember& loaded(const std::string& member_id);
  void load_member(const ConsumerMemberEntry& entry, std::int64_t now_ms);
  void load_current(const ConsumerCurrentEntry& entry, std::int64_t now_ms);
  void begin_times(ConsumerMember& member, std::int64_t now_ms);

  const std::string id_;
  const GroupLimits* limits_;
  std::int32_t epoch_ = 0;
  std::int32_t target_epoch_ = 0;
  std::map<std::string, ConsumerMember> members_;  // by id
  std::map<std::string, std::string> instances_;   // the member of each
  std::map<std::string, PartitionsByTopic> targets_;
  std::map<std::pair<TopicId, PartitionIndex>, std::string> owners_;  // assigned, or not given up yet
  std::map<std::string, std::set<std::string>> regexes_;              // the topics that match each
  std::uint64_t topics_version_ = 0;                                  // that regexes and target were held to
  std::set<std::pair<std::int64_t, std::string>> due_;  // members that may be due then; one that is not is put in again
  Dirty dirty_;
};

}  // namespace weir::log::broker
