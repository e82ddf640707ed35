// ProducerState: what a partition knows of its producers: epochs, the last five batches of each (so that one sent twice
// is recognised), and their open transactions, from which the last stable offset follows.
//
// It is a function of the batches in the log: recovery applies them again. Rules: KIP-98, KIP-360; the same decisions
// as Apache Kafka's broker takes. No I/O; guarded by its partition's owner.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "log/base/cursor.h"
#include "log/model/record_batch.h"

namespace weir::log::storage {

// A transaction whose records must not be shown to read_committed.
struct AbortedTransaction {
  ProducerId producer_id;
  Offset first_offset;
  Offset marker_offset;
  bool operator==(const AbortedTransaction&) const = default;
};

// A producer's last batch: where its sequence numbers can be read again.
struct LastBatch {
  std::optional<Offset> data;  // its last offset; nothing if only a marker is known of this epoch
  ProducerEpoch epoch = kNoProducerEpoch;
};
using LastBatches = std::unordered_map<ProducerId, LastBatch>;

class ProducerState {
 public:
  // The batch was written before; its records got the offsets from here on.
  struct Duplicate {
    Offset base_offset;
    Offset last_offset;
    std::int64_t timestamp_ms;
  };

  // May a producer append this batch? invalid_producer_epoch, out_of_order_sequence_number, invalid_txn_state,
  // invalid_record; a Duplicate if it is there already.
  Result<std::optional<Duplicate>> check(const BatchHeader& batch) const;
  // May a coordinator append it in the producer's name? Such batches have no sequences. invalid_producer_epoch.
  Result<> check_epoch(const BatchHeader& batch) const;
  // May a coordinator append this marker? invalid_producer_epoch, transaction_coordinator_fenced.
  Result<> check_marker(ProducerId id, ProducerEpoch epoch, CoordinatorEpoch coordinator) const;

  // A batch with a producer id is in the log now; its offsets are set. `now_ms`: by the clock of whoever learns of it.
  void apply(const BatchHeader& batch, std::int64_t now_ms);
  // A marker is in the log at `offset`; tells of the transaction that it aborted.
  std::optional<AbortedTransaction> apply_marker(const BatchHeader& batch, EndMarker marker, std::int64_t now_ms);

  // The first offset that a reader of committed records must not pass, given that everything below `high_watermark` is
  // committed to the log: the begin of a transaction that is open or whose marker is not below the high watermark.
  Offset last_stable_offset(Offset high_watermark) const;
  void high_watermark_moved(Offset high_watermark);

  bool has_open_transaction(ProducerId id) const;
  bool has_open_transaction(ProducerId id, ProducerEpoch epoch) const;
  std::vector<std::pair<ProducerId, ProducerEpoch>> open_transactions() const;
  struct ActiveProducer {
    ProducerId id;
    ProducerEpoch epoch;
    Sequence last_sequence = kNoSequence;
    std::int64_t last_timestamp_ms = kNoTimestamp;
    CoordinatorEpoch coordinator_epoch{-1};
    std::optional<Offset> transaction_start;
  };
  std::vector<ActiveProducer> active_producers() const;  // by id
  LastBatches last_batches() const;
  std::size_t producer_count() const { return producers_.size(); }
  // Forgets producers that wrote nothing for longer than `idle_ms` and have no open transaction. What their records say
  // of the time counts for nothing; of one that was seen later than now, because the clock was set back, it is now.
  void expire(std::int64_t now_ms, std::int64_t idle_ms);
  void clear();

  void encode(Writer& writer) const;
  void decode(Reader& reader);

 private:
  static constexpr std::size_t kRemembered = 5;

  struct Batch {
    Sequence first_sequence;
    Sequence last_sequence;
    Offset base_offset;
    Offset last_offset;
    std::int64_t timestamp_ms;
  };
  struct Producer {
    ProducerEpoch epoch = kNoProducerEpoch;
    CoordinatorEpoch coordinator_epoch{-1};
    std::int64_t last_timestamp_ms = kNoTimestamp;  // of its records
    std::int64_t last_seen_ms = 0;                  // when something of it was appended
    std::optional<Offset> transaction_start;
    std::size_t count = 0;  // of batches
    std::array<Batch, kRemembered> batches{};

    const Batch* last() const { return count == 0 ? nullptr : &batches[count - 1]; }
    void remember(const Batch& batch);
  };
  struct Completed {
    Offset first_offset;
    Offset marker_offset;
  };

  std::unordered_map<ProducerId, Producer> producers_;
  std::map<Offset, ProducerId> open_;  // by first offset
  std::deque<Completed> completed_;    // markers not yet below the high watermark
};

}  // namespace weir::log::storage
