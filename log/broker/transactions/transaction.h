// Transaction: what its coordinator knows of one transactional id. Each record of __transaction_state is one of these.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include "log/model/ids.h"

namespace weir::log::broker {

//   empty ──► ongoing ──► prepare_commit ──► complete_commit ──► ongoing, empty, ...
//                │                                                 (empty: a producer began anew)
//                └──────► prepare_abort ───► complete_abort ───► the same
//
// `prepare` is the decision: once it is in the log, the outcome is certain, whatever crashes. `complete`: every
// partition has its marker. Dead (expired) and prepare_epoch_fence (about to be aborted in favour of another producer)
// are states of Kafka's that are never written; here an expired id is simply gone, and fencing is part of the step to
// prepare_abort.
enum class TransactionState : std::int8_t {  // on disk: do not renumber
  empty = 0,
  ongoing = 1,
  prepare_commit = 2,
  prepare_abort = 3,
  complete_commit = 4,
  complete_abort = 5,
  dead = 6,
  prepare_epoch_fence = 7,
};

struct Transaction {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch epoch = kNoProducerEpoch;
  std::int32_t timeout_ms = 0;
  TransactionState state = TransactionState::empty;
  std::set<TopicPartition> partitions;
  // Of what is to be committed: how long each of the partitions was, in their order. `prepare` says so because it
  // becomes durable with the records and not behind them: after a power cut it counts only where they are all there.
  // Empty: not known, and not to be asked.
  std::vector<Offset> ends{};
  std::int64_t start_ms = kNoTimestamp;  // by the wall clock, as told; what counts is opened_ms
  std::int64_t last_update_ms = kNoTimestamp;

  // Before the last InitProducerId, so that its repetition is recognised. Not in the log: after a restart such a
  // repetition is fenced, as with Kafka.
  ProducerId last_producer_id = kNoProducerId;
  ProducerEpoch last_epoch = kNoProducerEpoch;

  // When it was begun, or read from the log, by the monotonic clock: time-outs do not follow the wall clock's steps.
  // Not in the log.
  std::int64_t opened_ms = kNoTimestamp;

  bool operator==(const Transaction&) const = default;

  bool is_prepared() const {
    return state == TransactionState::prepare_commit || state == TransactionState::prepare_abort;
  }
};

// The last epoch of a producer id is kept for fencing; an id whose epoch came this far is replaced by a new one.
inline constexpr ProducerEpoch kLastEpochButOne{std::numeric_limits<std::int16_t>::max() - 1};

constexpr bool is_exhausted(ProducerEpoch epoch) {
  return epoch >= kLastEpochButOne;
}

}  // namespace weir::log::broker
