// LogConsumer: the Consumer over any transport.
//
// A partition's slot has the position of its next fetch, unset until it is needed and then the committed offset or what
// offset_reset says. An answer counts only if it was asked for at the position where the slot still is.
//
// One owner thread but for `wakeup`.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "log/client/fetcher.h"

namespace weir::log {

class LogConsumer final : public Consumer {
 public:
  LogConsumer(std::shared_ptr<Transport> transport, Clock& clock, ConsumerOptions options);

  Result<> assign(std::vector<TopicPartition> partitions) override;
  const std::vector<TopicPartition>& assignment() const override { return assignment_; }
  Result<std::vector<FetchedBatch>> poll(Millis timeout) override;
  Result<> seek(const TopicPartition& partition, Offset offset) override;
  Result<Offset> position(const TopicPartition& partition) override;
  void pause(std::size_t assignment_index) override { slots_[assignment_index].is_paused = true; }
  void resume(std::size_t assignment_index) override { slots_[assignment_index].is_paused = false; }

  Result<> commit(std::span<const PartitionOffset> offsets) override;
  Result<std::map<TopicPartition, OffsetAndMetadata>> committed(std::span<const TopicPartition> partitions) override;
  Result<std::map<TopicPartition, Offset>> end_offsets(std::span<const TopicPartition> partitions,
                                                       Isolation isolation) override;
  Result<std::map<TopicPartition, Offset>> beginning_offsets(std::span<const TopicPartition> partitions) override;
  Result<std::map<TopicPartition, Offset>> offsets_for_times(
      const std::map<TopicPartition, std::int64_t>& timestamps) override;
  void wakeup() override;

 private:
  struct Slot {
    Offset position = kNoOffset;  // unset
    Offset fetching = kNoOffset;  // the offset of the fetch that is on its way
    bool is_paused = false;
    bool knows_committed = false;  // was asked for, or is of no use: reset instead
  };

  Result<Slot*> slot_of(const TopicPartition& partition);
  Result<> set_positions();
  Result<> use_committed(const std::vector<std::size_t>& unset);
  Result<> reset(const std::vector<std::size_t>& unset);
  void start_fetches(Millis max_wait);
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
  std::vector<TopicPartition> assignment_;
  std::vector<Slot> slots_;       // by assignment index
  std::size_t generation_ = 0;    // of the assignment; part of a fetch's tag
  std::size_t first_ = 0;         // where the next fetch begins, so that none starves behind the limits
  std::optional<Retry> retry_;    // while fetches fail
  bool has_passed_over_ = false;  // a position moved without data
  std::atomic<bool> is_woken_ = false;
  Fetcher fetcher_;  // last: it waits for what is on its way before anything else goes
};

}  // namespace weir::log
