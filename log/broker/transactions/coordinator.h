// TxnCoordinator: decides about the transactions whose ids belong to one partition of __transaction_state.
//
// No I/O and no clock. A decision may give a Change: the record to append. Until its fate is told by `committed` or
// `failed` the change is pending: the state that others see is the old one, and any other decision about that id is
// concurrent_transactions. The answer leaves when the change is committed. So what was answered is in the log, and what
// could not be written never was.
//
// A transaction that is prepared owes its markers. Whoever finds it so (the request that prepared it, a later one, the
// timer, the next open after a crash) takes them by `decide_complete`, one at a time.
//
// Guarded by its owner. Rules: KIP-98, KIP-360, KIP-447; the same answers as Apache Kafka's coordinator gives.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/base/result.h"
#include "log/broker/coordination/producer_identity.h"
#include "log/broker/transactions/transaction.h"
#include "log/model/record_batch.h"

namespace weir::log::broker {

class TxnCoordinator {
 public:
  struct Change {
    std::string transactional_id;
    std::optional<Transaction> next;  // nothing: the id is forgotten
  };

  struct Now {
    std::int64_t wall_ms;       // goes into records
    std::int64_t monotonic_ms;  // for time-outs
  };

  struct Initialised {
    ProducerIdentity producer;
    std::optional<Change> change;
    // A transaction was open and is aborted by this change; its producer is fenced. Ask again when it is complete.
    bool is_fencing = false;
  };
  struct InitOptions {
    std::int32_t timeout_ms = 0;
    std::optional<ProducerIdentity> expected;  // of a producer that goes on after an error (KIP-360)
    ProducerId fresh_id = kNoProducerId;       // never used before; taken if the id is new or its epochs are used up
  };
  // invalid_transaction_timeout, concurrent_transactions, producer_fenced.
  Result<Initialised> decide_init(const std::string& transactional_id, const InitOptions& options, std::int64_t now_ms);
  // Will decide_init take the fresh id?
  bool needs_fresh_id(const std::string& transactional_id) const;

  // Adds partitions, and begins a transaction if none is open. Nothing to do if they are all part of it already.
  // invalid_producer_id_mapping, producer_fenced, concurrent_transactions.
  Result<std::optional<Change>> decide_add(const std::string& transactional_id, ProducerIdentity producer,
                                           const std::vector<TopicPartition>& partitions, Now now);

  // Commits or aborts. Nothing to do if that is how it ended already: the request was repeated.
  // invalid_producer_id_mapping, producer_fenced, concurrent_transactions, invalid_txn_state.
  Result<std::optional<Change>> decide_end(const std::string& transactional_id, ProducerIdentity producer,
                                           EndMarkerType outcome, std::int64_t now_ms);

  // Of a change that decide_end gave, and nobody knows of yet.
  void set_ends(Change& change, std::vector<Offset> ends);
  // A commit that was prepared and cannot have been certain: what it would commit was lost. Nothing, if it is not so
  // prepared.
  std::optional<Change> decide_revoke(const std::string& transactional_id, std::int64_t now_ms);

  // Aborts what is open, with the next epoch, so that its producer is fenced; nothing if nothing is open.
  std::optional<Change> decide_fence(const std::string& transactional_id, std::int64_t now_ms);

  struct Completion {
    Change change;  // to be appended when every partition has its marker
    ProducerIdentity producer;
    EndMarkerType outcome = EndMarkerType::abort;
    std::set<TopicPartition> partitions;
    std::vector<Offset> ends;  // as Transaction's
  };
  // What is owed; nothing if nothing is, or another one is at it.
  std::optional<Completion> decide_complete(const std::string& transactional_id, std::int64_t now_ms);

  // An id that did nothing for `idle_ms` is forgotten.
  std::optional<Change> decide_expire(const std::string& transactional_id, std::int64_t idle_ms, std::int64_t now_ms);

  // Lets the id's epochs be used up, so that its next producer gets another producer id.
  std::optional<Change> decide_retire(const std::string& transactional_id, std::int64_t now_ms);

  // May this producer append records of its transaction to `partition`? (KIP-890, part 1.)
  // invalid_producer_id_mapping, invalid_producer_epoch, invalid_txn_state.
  Result<> check_append(const std::string& transactional_id, ProducerIdentity producer,
                        const TopicPartition& partition) const;

  void committed(const Change& change);
  void failed(const Change& change);

  // A record of the log that was written before.
  void load(const std::string& transactional_id, std::optional<Transaction> transaction);

  const Transaction* find(const std::string& transactional_id) const;
  std::vector<std::string> ids() const;
  std::vector<std::string> prepared() const;
  std::vector<std::string> ongoing() const;
  // Open for longer than their producers allow; those that were read from the log since the first time that this is
  // asked.
  std::vector<std::string> timed_out(std::int64_t monotonic_ms);
  std::vector<std::string> idle(std::int64_t idle_ms, std::int64_t now_ms) const;
  // Is there a transaction of this producer, open or prepared, with this partition?
  bool holds(ProducerIdentity producer, const TopicPartition& partition) const;

 private:
  struct Entry {
    std::optional<Transaction> current;  // nothing: the first record is not committed yet
    std::optional<Change> pending;
  };

  Result<const Transaction*> find_for(const std::string& transactional_id, ProducerIdentity producer) const;
  template <class Wanted>
  std::vector<std::string> ids_where(Wanted wanted) const;
  Change begin(const std::string& transactional_id, std::optional<Transaction> next);

  std::map<std::string, Entry> entries_;
};

// The longest time-out that a producer may ask for (transaction.max.timeout.ms).
inline constexpr std::int32_t kMaxTransactionTimeoutMs = 15 * 60 * 1'000;

}  // namespace weir::log::broker
