// TxnService: carries out what TxnCoordinator decides, over the partitions of __transaction_state; how a change becomes
// known is StateLog's. Ending a transaction is, in this order:
//
//   `prepare` is in the log; it and the partitions that took part are durable, by one sync: the outcome is certain ─►
//   markers in every partition, durable ─► `complete` is in the log
//
// A power cut in the middle of that sync may leave `prepare` without the records: it says how long the partitions were,
// and where they are shorter after a power cut the outcome was not certain, and is to abort.
//
// where "durable" is nothing but for a broker that syncs before it answers. What fails behind `prepare` is tried again
// by the next request of this id, by `run_due`, when the partition is adopted, and when the log is opened the next
// time. A request whose task is destroyed has decided or has not; what it owes is found in the same way.
//
// Markers are written by the leaders of the partitions, which are told through a transport. Thread-safe; nothing here
// blocks.
#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/base/clock.h"
#include "log/broker/coordination/state_logs.h"
#include "log/broker/transactions/coordinator.h"
#include "log/wire/transport.h"

namespace weir::log::broker {

class TxnService {
 public:
  static constexpr std::int64_t kForgetIdAfterMs = 7 * 24 * 3600 * 1'000LL;  // transactional.id.expiration.ms

  // `leaders` takes WriteTxnMarkers to any node that leads a partition, this one too.
  TxnService(Topics& topics, Transport& leaders, Clock& clock, std::int32_t partitions)
      : topics_(topics),
        leaders_(leaders),
        clock_(clock),
        shards_(topics, kTransactionsTopic, partitions, TxnCoordinator()) {}

  void load();
  // Partitions of its topic that serve nobody, and why.
  std::vector<Error> faults() { return shards_.faults(); }

  // This node is the coordinator of that partition's ids no more, or again, from that epoch of the partition's
  // leadership on. As StateLog. What is prepared is completed when it is adopted, as far as that is possible now.
  void resign(PartitionIndex partition, LeaderEpoch epoch);
  Task<Result<>> adopt(PartitionIndex partition, LeaderEpoch epoch, Executor& executor);

  // A producer begins, or goes on after an error as `expected`: older ones of this id are fenced, and what they left
  // open is aborted first. As TxnCoordinator::decide_init; not_coordinator, no_space, storage_error, as the others.
  Task<Result<ProducerIdentity>> init(std::string transactional_id, std::int32_t timeout_ms,
                                      std::optional<ProducerIdentity> expected, Executor& executor);
  Task<Result<>> add_partitions(std::string transactional_id, ProducerIdentity producer,
                                std::vector<TopicPartition> partitions, Executor& executor);
  // Ok: the outcome is certain. Readers see it at once, if nothing failed.
  Task<Result<>> end(std::string transactional_id, ProducerIdentity producer, EndMarkerType outcome,
                     Executor& executor);

  // Appends a batch of an open transaction to a partition that was added to it; a transaction that ends meanwhile ends
  // before or behind the batch, and in the latter case holds it. As TxnCoordinator::check_append, Partition::append.
  Result<Partition::Appended> append(const std::string& transactional_id, Partition& partition,
                                     const RecordBatch& batch, storage::Origin origin, Until until = Until::committed);
  // Would `append` ask for the partition to be added first? (KIP-890's "verify only".)
  Result<> check_append(const std::string& transactional_id, ProducerIdentity producer,
                        const TopicPartition& partition);

  std::optional<Transaction> describe(const std::string& transactional_id);
  std::vector<std::pair<std::string, Transaction>> list();

  // After a power cut, before anything is written: what is prepared, and whether its records are there.
  void doubt_what_is_prepared();
  // Ends what is owed, aborts what took too long, forgets ids that nobody uses. What fails is tried again the next
  // time.
  Task<Result<>> run_due(Executor& executor);
  // Aborts every open transaction, its producer being gone for good.
  Task<Result<>> abort_ongoing(Executor& executor);
  // Lets every id begin anew with another producer id, its producer's epochs being in doubt.
  Task<Result<>> retire_producers(Executor& executor);
  // Is there a transaction of this producer, open or prepared, with this partition? storage_error: nobody knows.
  Result<bool> holds(ProducerIdentity producer, const TopicPartition& partition);

 private:
  using Shards = StateLogs<TxnCoordinator>;
  using Shard = Shards::Shard;
  using Change = TxnCoordinator::Change;
  using Completion = TxnCoordinator::Completion;

  // What was prepared before the power was cut, until it is complete.
  enum class Doubt { none, its_markers, its_records };

  Result<Shard*> shard_of(const std::string& transactional_id);

  // decide(TxnCoordinator&) gives a Result<std::optional<Change>>.
  template <class Decide>
  Written write(Shard& shard, Decide decide, std::optional<Shard::Tenure> tenure = {}) WEIR_EXCLUDES(shard.mutex);
  // What must be durable before the change is known.
  std::vector<Wish> safe_for(const Shard& shard, const Change& change) const;
  std::vector<Wish> together(const std::shared_ptr<Partition>& own, const std::set<TopicPartition>& partitions,
                             bool with_records) const;
  // How long they are, in their order; one that is gone has no length.
  std::vector<Offset> ends_of(const std::set<TopicPartition>& partitions) const;

  // Writes the markers that are owed, if any. storage_error, corrupt_message: they cannot be written, now or later;
  // what fails for now is no error here.
  Task<Result<>> complete_or_tell(Shard& shard, std::string transactional_id, Executor& executor);
  Task<Result<>> complete(Shard& shard, std::string transactional_id, Executor& executor);
  Task<Result<>> write_markers(Completion owed, CoordinatorEpoch epoch, Executor& executor);
  Task<Result<>> revoke(Shard& shard, std::string transactional_id, Executor& executor);
  Task<Result<>> fence(Shard& shard, std::string transactional_id, Executor& executor);

  Doubt doubt_of(const std::string& transactional_id) WEIR_EXCLUDES(doubts_mutex_);
  void settle_doubt(const std::string& transactional_id) WEIR_EXCLUDES(doubts_mutex_);
  // Did a power cut take some of the records that were to be committed?
  bool lacks_records(const Transaction& prepared) const;
  // Takes out the partitions that have their markers: what is open there was begun behind them, and got lost elsewhere.
  void leave_later_ones(Completion& owed) const;

  Topics& topics_;
  Transport& leaders_;
  Clock& clock_;
  std::atomic<bool> has_doubts_ = false;
  Mutex doubts_mutex_;
  std::map<std::string, Doubt> doubts_ WEIR_GUARDED_BY(doubts_mutex_);
  Shards shards_;
};

}  // namespace weir::log::broker
