// GroupCoordinator: what the coordinator knows of the groups whose ids belong to one partition of __consumer_offsets:
// their members, their generations or epochs, and their offsets.
//
// No I/O and no clock: a decision gives answers, and records to append; replaying those gives the same state again. A
// group that only commits offsets, and has no members, exists by its offsets alone. One with members is of the classic
// protocol (Group) or of the new one (ConsumerGroup), never both; while it has no members it becomes one of the kind
// that the first to join speaks, and keeps its offsets.
//
// Guarded by its owner. Rules: KIP-98, KIP-211, KIP-447, KIP-496, KIP-848; the same answers as Apache Kafka's
// coordinator gives where groups with members are not converted (group.consumer.migration.policy=disabled).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "log/broker/groups/committed_offsets.h"
#include "log/broker/groups/consumer/consumer_group.h"
#include "log/broker/groups/membership/group.h"
#include "log/wire/messages/list_groups.h"

namespace weir::log::broker {

class GroupCoordinator {
 public:
  static constexpr std::size_t kLongestMetadata = 4096;  // offset.metadata.max.bytes
  static constexpr std::int64_t kNever = Group::kNever;
  using Now = Group::Now;

  // The limits must outlive this.
  explicit GroupCoordinator(const GroupLimits& limits) : limits_(&limits) {}

  // Members. Answers to the first two come with their tickets, at once or later.
  void join(const wire::JoinGroupRequest& request, const JoinTerms& terms, Now now, GroupActions& out);
  void sync(const wire::SyncGroupRequest& request, Ticket ticket, Now now, GroupActions& out);
  Result<> heartbeat(const MemberIdentity& who, Now now);  // as Group::heartbeat
  Result<> leave(const std::string& group, const std::string& member_id, const std::optional<std::string>& instance_id,
                 Now now, GroupActions& out);  // as Group::leave
  void remove_dynamic_members(Now now, GroupActions& out);

  // What became of a record that a decision gave.
  void committed(const GroupRecord& record, Now now, GroupActions& out);
  void failed(const GroupRecord& record, Now now, GroupActions& out);

  // Time. kNever: nothing will be due.
  void run_due(Now now, GroupActions& out);
  std::int64_t next_deadline_ms() const { return due_.empty() ? kNever : due_.begin()->first; }

  // Members of groups of the new protocol. As ConsumerGroup::heartbeat, of a request that was checked; also
  // group_id_not_found: the group has members of the classic protocol.
  Result<ConsumerGroup::Response> consumer_heartbeat(const ConsumerGroup::Request& request,
                                                     const ConsumerGroup::Terms& terms, const TopicsView& topics,
                                                     Now now);
  // What decisions changed of groups of the new protocol since the last call: a batch a group, to be appended before
  // the other records that a decision gave. Each is settled, in order.
  struct ConsumerChange {
    std::string group;
    std::vector<ConsumerRecord> records{};
    bool ends_classic = false;  // the group was a classic one: that is taken back with it
  };
  std::vector<ConsumerChange> take_changes();
  WEIR_FLAG(IsWritten);
  void settled(const ConsumerChange& change, IsWritten is_written);

  // Offsets.
  struct Commit {
    std::vector<OffsetChange> changes;  // to be appended, in one batch; may be none
    std::vector<Result<>> outcomes;     // one for each offset asked for; offset_metadata_too_large
  };
  // unknown_member_id, fenced_instance_id, illegal_generation, rebalance_in_progress: nothing is committed.
  Result<Commit> decide_commit(const MemberIdentity& who, const std::vector<OffsetToCommit>& offsets,
                               InTransaction in_transaction, Now now);
  // May who says to be that member ask for the group's offsets? unknown_member_id, stale_member_epoch.
  Result<> check_fetch(const std::string& group, const std::optional<std::string>& member_id, std::int32_t epoch) const;
  CommittedOffsets& offsets() { return offsets_; }

  // What is to be forgotten, in one batch: offsets, and groups.
  struct Forgotten {
    std::vector<OffsetChange> offsets;
    std::vector<GroupRecord> groups;
    std::vector<ConsumerRecord> consumer_groups{};
    bool empty() const { return offsets.empty() && groups.empty() && consumer_groups.empty(); }
  };
  // group_id_not_found, non_empty_group.
  Result<Forgotten> decide_delete(const std::string& group) const;
  struct OffsetDeletion {
    Forgotten forgotten;
    std::vector<Result<>> outcomes;  // one for each partition; group_subscribed_to_topic
  };
  // group_id_not_found; non_empty_group: its members are no consumers, so that nobody knows what they read (KIP-496).
  Result<OffsetDeletion> decide_delete_offsets(const std::string& group,
                                               const std::vector<TopicPartition>& partitions) const;
  // What was kept long enough: of a group without members since it lost the last one; of one with members what none of
  // them reads, and of one that never had any, since it was committed.
  Forgotten decide_expire(std::int64_t wall_ms) const;

  // The record stands in the log. An offset's change is applied by `offsets().apply`.
  void load(const GroupRecord& record, Now now);
  void load(const ConsumerRecord& record, Now now);
  void apply(const Forgotten& forgotten, Offset position);

  // Every group there is.
  std::vector<wire::ListGroupsResponse::ListedGroup> list() const;
  // One that is not known is Dead.
  wire::DescribeGroupsResponse::DescribedGroup describe(const std::string& group) const;
  // nullopt: it is none of the new protocol.
  std::optional<wire::ConsumerGroupDescribeResponse::DescribedGroup> describe_consumer(const std::string& group,
                                                                                       const TopicsView& topics) const;
  const Group* find(const std::string& group) const;
  const ConsumerGroup* find_consumer(const std::string& group) const;

  // All that wait are answered; the state is used no more.
  void abandon(ErrorCode reason, GroupActions& out);

 private:
  struct Entry {
    Group group;
    std::int64_t due_ms = kNever;  // its place in due_
  };

  struct ConsumerEntry {
    ConsumerGroup group;
    std::int64_t due_ms = kNever;
    int unsettled = 0;  // changes that are not known to be written
  };

  Entry* find_entry(const std::string& group);
  ConsumerEntry* find_consumer_entry(const std::string& group);
  // Its deadline may have come nearer, or it may have become nothing.
  void touch(Entry& entry);
  void touch(ConsumerEntry& entry);
  void set_due(const std::string& id, std::int64_t& known_ms, std::int64_t due_ms);
  void erase_classic(const std::string& group);
  void erase_consumer(const std::string& group);
  bool is_known(const std::string& group) const {
    return find(group) != nullptr || find_consumer(group) != nullptr || offsets_.has_any(group);
  }
  void expire_consumer(const ConsumerGroup& group, std::int64_t limit_ms, Forgotten& forgotten) const;
  std::vector<std::string> ids() const;

  const GroupLimits* limits_;
  CommittedOffsets offsets_;
  std::map<std::string, Entry> entries_;                // groups that have, or had, members
  std::map<std::string, ConsumerEntry> consumers_;      // the same of the new protocol
  std::map<std::string, ConsumerChange> more_changes_;  // of groups that are no more, or no longer of the kind
  std::set<std::string> changed_;                       // groups of the new protocol that may have something to write
  std::set<std::pair<std::int64_t, std::string>> due_;
};

}  // namespace weir::log::broker
