// LogProducer: the Producer over any transport. Records gather in lanes; a full batch leaves at once, the rest at
// flush; TransactionState says what may be done, TransactionCalls and BatchSender do it.
//
// Before the first batch of a partition in a transaction leaves, the partition is added to the transaction, together
// with all others that have records by then. After a batch could not be delivered the transaction can only be aborted,
// and its abort also takes a new epoch: which sequence numbers were used is not known any more.
//
// One owner thread.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "log/client/batch_sender.h"
#include "log/client/transaction_calls.h"
#include "log/client/transaction_state.h"

namespace weir::log {

class LogProducer final : public Producer {
 public:
  // `on_news` is told, under locks, when there is something for `send_due` to go on with.
  LogProducer(std::shared_ptr<Transport> transport, Clock& clock, ProducerOptions options,
              std::function<void()> on_news = {});
  ~LogProducer() override;  // aborts an open transaction; without transactions, what was not flushed is not sent

  Result<Lane*> lane(const TopicPartition& partition) override;
  Result<std::int32_t> partition_count(const std::string& topic) override;
  Result<> send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                std::span<const HeaderView> headers) override;
  Result<> send(const std::string& topic, std::optional<PartitionIndex> partition, std::int64_t timestamp_ms,
                NullableBytes key, NullableBytes value, std::span<const HeaderView> headers) override;
  Result<> flush() override;
  OffsetAndEpoch acknowledged(const Lane& lane) const override;
  std::vector<Delivery> take_deliveries() override { return sender_.take_deliveries(); }
  std::vector<Refusal> take_refusals() override { return sender_.take_refusals(); }

  Result<> init_transactions() override;
  Result<> begin_transaction() override;
  Result<> send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) override;
  Result<> commit_transaction() override;
  Result<> abort_transaction() override;
  std::size_t partitions_in_transaction() const override { return partitions_in_transaction_; }

  // When the first batch will have lingered long enough, or is to be tried again (monotonic); the largest number if
  // nothing is to be done by itself.
  std::int64_t linger_due_ns() const { return std::min(linger_ns_, connection_.loop.next_due_ns()); }
  // Sends those that have, and goes on with what is on its way.
  Result<> send_due();

 private:
  static constexpr std::int64_t kNever = 0x7fffffffffffffff;

  // A topic's lanes by partition, made as they are needed, and where records without a key go now.
  struct TopicLanes {
    std::vector<Lane*> lanes;
    std::size_t sticky = 0;
    std::int64_t sticky_until = 0;  // batches sealed in the sticky lane at which the next one's turn comes
  };

  bool is_transactional() const { return options_.transactional_id.has_value(); }

  // batching
  // New partitions of the topics that are written, looked for at the end of a batch when it is time.
  void refresh_if_due();
  // Of the partitions that are written: before something is sent after an interruption, so that the epochs that
  // `acknowledged` tells are those in which it was written, or later ones.
  Result<> refresh_after_interruption();
  Result<TopicLanes*> lanes_of(const std::string& topic);
  Result<Lane*> lane_at(const std::string& topic, TopicLanes& lanes, std::size_t index);
  Result<Lane*> sticky_lane(const std::string& topic, TopicLanes& lanes);
  BatchOptions batch_options() const;

  // sending
  Result<> may_send() const;
  Result<> make_room(Lane& lane, std::size_t needed);
  // Sends what lingers for long enough.
  Result<> send_lingering();
  void open_batch(Lane& lane);
  Result<> send_full(Lane& lane);
  // Sends and waits until no more than buffer_bytes are sealed and not acknowledged.
  void relieve();
  Result<> prepare_to_send();
  Result<> deliver_all();
  Result<> note(Result<> outcome);
  void update_can_send() { can_send_ = static_cast<bool>(may_send()); }

  // transactions
  Result<> require_transactional(const char* call) const;
  // The coordinator may know of an open transaction.
  bool has_touched_transaction() const { return partitions_in_transaction_ > 0 || has_offsets_in_transaction_; }
  Result<> add_new_partitions();
  Result<> leave_transaction();
  Result<> initialize();
  Result<> end(Commit commit);
  bool forget_unsent();

  const ProducerOptions options_;
  Connection connection_;
  ClusterView view_;
  TransactionCalls calls_;
  TransactionState state_;
  std::unordered_map<TopicPartition, std::unique_ptr<Lane>> lanes_;
  std::vector<Lane*> all_lanes_;  // in the order in which they were made
  std::unordered_map<std::string, TopicLanes> topics_;
  std::pair<const std::string, TopicLanes>* last_ = nullptr;  // of those, that was asked for
  const std::size_t room_bytes_;                              // of a batch before make_room is asked; 0: always
  std::int64_t linger_ns_ = kNever;                           // when the first batch has lingered long enough
  std::int64_t refresh_ns_;                                   // when the topics are looked at again
  std::int64_t interruptions_ = 0;  // of the connection, when the topics were looked at last because of one
  std::int64_t transaction_ = 0;    // numbers the transactions of this producer
  std::size_t partitions_in_transaction_ = 0;
  bool has_offsets_in_transaction_ = false;
  bool can_send_ = false;  // what may_send() says, for the hot path
  BatchSender sender_;     // last: it waits for what is on its way before anything else goes
};

}  // namespace weir::log
