// LogConsumer: the Consumer over any transport.
//
// A partition's slot has the position of its next fetch, unset until it is needed and then the committed offset or what
// offset_reset says. An answer counts only if it was asked for at the position where the slot still is. A subscription
// is a GroupMember's business: this carries its changes out and tells the user.
//
// One owner thread but for `wakeup`.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "log/client/fetcher.h"
#include "log/client/membership/group_member.h"

namespace weir::log {

class LogConsumer final : public Consumer {
 public:
  LogConsumer(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Heartbeats> heartbeats,
              ConsumerOptions options);
  ~LogConsumer() override;

  Result<> assign(std::vector<TopicPartition> partitions) override;
  const std::vector<TopicPartition>& assignment() const override { return assignment_; }
  Result<> subscribe(std::vector<std::string> topics, RebalanceCallbacks callbacks) override;
  Result<> subscribe_matching(std::string regex, RebalanceCallbacks callbacks) override;
  Result<> unsubscribe() override;
  GroupMetadata group_metadata() const override;
  Result<std::vector<FetchedBatch>> poll(Millis timeout) override;
  Result<> seek(const TopicPartition& partition, Offset offset) override;
  Result<> seek(const TopicPartition& partition, OffsetAndEpoch position) override;
  Result<Offset> position(const TopicPartition& partition) override;
  Result<OffsetAndEpoch> position_and_epoch(const TopicPartition& partition) override;
  std::optional<Offset> fetched_end(std::size_t assignment_index) const override;
  void pause(std::size_t assignment_index) override { slots_[assignment_index].is_paused = true; }
  void resume(std::size_t assignment_index) override { slots_[assignment_index].is_paused = false; }

  Result<> commit(std::span<const PartitionOffset> offsets) override;
  Result<> commit(const GroupMetadata& who, std::span<const PartitionOffset> offsets) override;
  Result<> commit() override;
  void commit_async(std::span<const PartitionOffset> offsets, CommitCallback done) override;
  Result<std::map<TopicPartition, OffsetAndMetadata>> committed(std::span<const TopicPartition> partitions) override;
  Result<std::map<TopicPartition, Offset>> end_offsets(std::span<const TopicPartition> partitions,
                                                       Isolation isolation) override;
  Result<std::map<TopicPartition, Offset>> beginning_offsets(std::span<const TopicPartition> partitions) override;
  Result<OffsetAndEpoch> end_position(const TopicPartition& partition) override;
  Result<OffsetAndEpoch> epoch_end(const TopicPartition& partition, LeaderEpoch epoch) override;
  Result<std::map<TopicPartition, Offset>> offsets_for_times(
      const std::map<TopicPartition, std::int64_t>& timestamps) override;
  Result<> close() override;
  void wakeup() override;

 private:
  struct Slot {
    Offset position = kNoOffset;         // unset
    LeaderEpoch epoch = kNoLeaderEpoch;  // of what lies before it
    Offset end = kNoOffset;              // of the partition, by the last answer
    Offset fetching = kNoOffset;         // the offset of the fetch that is on its way
    bool is_paused = false;
    bool knows_committed = false;  // was asked for, or is of no use: reset instead
    bool is_unchecked = false;     // whether the log holds the position in that epoch is not looked up yet
    bool was_reset = false;        // to where the log begins or ends, and nothing was read since: it may have moved
  };

  // What came for a partition that had been paused meanwhile.
  struct Kept {
    Fetcher::Asked asked;
    wire::FetchResponse::PartitionData answer;
  };

  // A commit that is not waited for.
  struct AsyncCommit {
    GroupMetadata who;
    std::vector<PartitionOffset> offsets;
    CommitCallback done;
    std::optional<Task<Result<>>> task;  // once it is on its way
  };

  Result<> follow(Subscription subscription, RebalanceCallbacks callbacks);
  // Does what the group asks for now, if there is a subscription.
  Result<> follow_group();
  void carry_out(const AssignmentChange& change);
  void set_assignment(std::vector<TopicPartition> partitions);
  std::chrono::nanoseconds time_to_wait(std::chrono::nanoseconds left) const;
  std::vector<PartitionOffset> positions(std::span<const TopicPartition> partitions) const;  // of those that have one
  std::int64_t next_auto_commit_ns() const;
  void auto_commit_if_due();
  // Of partitions that go; one that fails is read again from the commit before.
  void auto_commit_now(std::span<const TopicPartition> partitions);
  void start_commit();
  // Calls back for those that are done, in order; waits for all.
  void finish_commits();
  void wait_for_commits();

  Result<Slot*> slot_of(const TopicPartition& partition);
  Result<> set_positions();
  Result<> use_committed(const std::vector<std::size_t>& unset);
  Result<> reset(const std::vector<std::size_t>& unset, OffsetReset reset);
  // Does the log still hold the positions that were taken up? offset_out_of_range.
  Result<> check_positions();
  Result<> take_up_out_of_range(std::size_t index, const Error& error);
  void start_fetches(Millis max_wait);
  // Those that were kept for partitions that are not paused any more.
  void take_kept(std::vector<FetchedBatch>& batches, const std::function<void(Result<>)>& note);
  // Takes the answers that came; an error only if there are no batches to be handed out with it.
  Result<std::vector<FetchedBatch>> take_answers();
  Result<> take(const Fetcher::Asked& asked, const wire::FetchResponse::PartitionData& answer,
                std::vector<FetchedBatch>& batches);
  // Cures the error of a fetch, or gives it back.
  Result<> cure(std::vector<std::string> topics, Error error);
  Result<std::map<TopicPartition, Offset>> offsets_at(std::span<const TopicPartition> partitions,
                                                      std::int64_t timestamp, Isolation isolation);

  const ConsumerOptions options_;
  Connection connection_;
  ClusterView view_;
  const std::shared_ptr<Heartbeats> heartbeats_;  // shared: by the consumers of a Client
  std::vector<TopicPartition> assignment_;
  std::vector<Slot> slots_;                                 // by assignment index
  std::unordered_map<TopicPartition, std::size_t> places_;  // the index of each
  std::size_t generation_ = 0;                              // of the assignment; part of a fetch's tag
  std::size_t first_ = 0;         // where the next fetch begins, so that none starves behind the limits
  std::optional<Retry> retry_;    // while fetches fail
  bool has_passed_over_ = false;  // a position moved without data
  std::atomic<bool> is_woken_ = false;
  std::int64_t auto_commit_ns_;  // when the next is due
  bool is_ending_ = false;
  RebalanceCallbacks callbacks_;
  std::unique_ptr<GroupMember> member_;                 // null: no subscription
  std::vector<std::unique_ptr<GroupMember>> given_up_;  // their last requests may be on their way
  std::deque<AsyncCommit> commits_;  // in the order in which they were asked for; the first is on its way
  Fetcher fetcher_;
  std::vector<Kept> kept_;  // one a partition at most; its slot is `fetching` from there
};

}  // namespace weir::log
