// Transactions: carries out what TxnCoordinator decides, over the partitions of __transaction_state.
//
// Thread-safe. A change is decided under its shard's mutex, written and synced without it, and made known under it
// again. Ending a transaction is, in this order:
//
//   `prepare` is in the log; it and the partitions that took part are durable, by one sync: the outcome is certain ─►
//   markers in every partition, durable ─► `complete` is in the log
//
// A power cut in the middle of that sync may leave `prepare` without the records: it says how long the partitions were,
// and where they are shorter after a power cut the outcome was not certain, and is to abort.
//
// where "durable" is nothing but for a broker that syncs before it answers. What fails behind `prepare` is tried again
// by the next request of this id, by `run_due`, and when the log is opened the next time.
#pragma once

#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/broker/coordinator_shards.h"
#include "log/broker/markers.h"
#include "log/broker/txn_coordinator.h"

namespace weir::log::broker {

class Transactions {
 public:
  static constexpr std::int64_t kForgetIdAfterMs = 7 * 24 * 3600 * 1'000LL;  // transactional.id.expiration.ms

  Transactions(Topics& topics, Markers& markers, Clock& clock, std::int32_t partitions)
      : topics_(topics), markers_(markers), clock_(clock), shards_(topics, kTransactionsTopic, partitions) {}

  void load();
  // Partitions of its topic that serve nobody, and why.
  std::vector<Error> faults() { return shards_.faults(); }

  // A producer begins, or goes on after an error as `expected`: older ones of this id are fenced, and what they left
  // open is aborted first. As TxnCoordinator::decide_init; no_space, storage_error.
  Result<ProducerIdentity> init(const std::string& transactional_id, std::int32_t timeout_ms,
                                std::optional<ProducerIdentity> expected);
  Result<> add_partitions(const std::string& transactional_id, ProducerIdentity producer,
                          const std::vector<TopicPartition>& partitions);
  // Ok: the outcome is certain. Readers see it at once, if nothing failed.
  Result<> end(const std::string& transactional_id, ProducerIdentity producer, EndMarkerType outcome);

  // Appends a batch of an open transaction to a partition that was added to it; a transaction that ends meanwhile ends
  // before or behind the batch, and in the latter case holds it. As TxnCoordinator::check_append, Partition::append.
  Result<Partition::Appended> append(const std::string& transactional_id, Partition& partition,
                                     const RecordBatch& batch, storage::Origin origin, Until until = Until::committed);
  // Would `append` ask for the partition to be added first? (KIP-890's "verify only".)
  Result<> check_append(const std::string& transactional_id, ProducerIdentity producer,
                        const TopicPartition& partition);

  std::optional<Transaction> describe(const std::string& transactional_id);
  std::vector<std::pair<std::string, Transaction>> list();

  // Calls `use` while nobody writes the markers of a transaction: it sees all of one's end or nothing.
  template <class Use>
  auto while_none_ends(Use use) {
    std::unique_lock lock(ending_);
    return use();
  }

  // After a power cut, before anything is written: what is prepared, and whether its records are there.
  void doubt_what_is_prepared();
  // Ends what is owed, aborts what took too long, forgets ids that nobody uses.
  void run_due();
  // Aborts every open transaction, its producer being gone for good.
  void abort_ongoing();
  // Lets every id begin anew with another producer id, its producer's epochs being in doubt.
  void retire_producers();
  // Is there a transaction of this producer, open or prepared, with this partition? storage_error: nobody knows.
  Result<bool> holds(ProducerIdentity producer, const TopicPartition& partition);

 private:
  using Shards = CoordinatorShards<TxnCoordinator>;
  using Shard = Shards::Shard;
  using Change = TxnCoordinator::Change;

  static Result<> check_served(Shard& shard) WEIR_EXCLUDES(shard.mutex);
  static bool needs_fresh_id(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  Result<Shard*> shard_of(const std::string& transactional_id);
  Result<> write(const Shard& shard, const Change& change);
  Result<> commit(Shard& shard, const Change& change) WEIR_EXCLUDES(shard.mutex);
  // How long they are, in their order; one that is gone has no length.
  std::vector<Offset> ends_of(const std::set<TopicPartition>& partitions) const;
  // Did a power cut take some of the records that were to be committed?
  bool lacks_records(const Transaction& prepared) const;
  // Takes out the partitions that have their markers: what is open there was begun behind them, and got lost elsewhere.
  void leave_later_ones(TxnCoordinator::Completion& owed) const;
  Result<> make_durable(const Shard& shard, const Change& change);
  Result<> revoke(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  // Writes the markers that are owed, if any. storage_error, corrupt_message: they cannot be written, now or later;
  // what fails for now is no error here.
  Result<> complete_or_tell(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  Result<> complete(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  void fence(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  void expire(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);
  void retire(Shard& shard, const std::string& transactional_id) WEIR_EXCLUDES(shard.mutex);

  Topics& topics_;
  Markers& markers_;
  Clock& clock_;
  // What was prepared before the power was cut, until it is complete.
  enum class Doubt { none, its_markers, its_records };
  Doubt doubt_of(const std::string& transactional_id) WEIR_EXCLUDES(doubts_mutex_);
  std::atomic<bool> has_doubts_ = false;
  Mutex doubts_mutex_;
  std::map<std::string, Doubt> doubts_ WEIR_GUARDED_BY(doubts_mutex_);
  std::shared_mutex ending_;  // shared: by those who write markers
  Shards shards_;
};

}  // namespace weir::log::broker
