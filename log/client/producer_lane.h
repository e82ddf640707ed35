// Producer::Lane: one partition's open batch, and the sealed ones that are not acknowledged yet.
//
// At most one batch of a lane is on its way, the front one, so that order and sequence numbers hold through any retry:
// it is sent again with the same bytes until it is acknowledged. Owner: the producer's thread.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "log/client/connection.h"
#include "log/client/producer.h"
#include "log/model/record_batch.h"

namespace weir::log {

class Producer::Lane {
 public:
  Lane(TopicPartition name, std::size_t room) : partition(std::move(name)), batch_bytes(room), builder(room) {}

  bool has_records() const { return !builder.empty() || !sealed.empty(); }

  // Seals the open batch as the next in sequence. `options` are those of the producer.
  Result<> seal(BatchOptions options);

  // The front batch, of one record, was taken away unwritten: its sequence number is that of the next record.
  void forget_sequence();

  // Forgets everything that is not acknowledged; sequence numbers go on behind what is.
  void discard();
  // Starts again at sequence 0, as a new epoch does.
  void restart() {
    discard();
    next_sequence = Sequence(0);
  }

  const TopicPartition partition;
  const std::size_t batch_bytes;
  BatchBuilder builder;
  std::deque<RecordBatch> sealed;
  bool is_sending = false;
  std::optional<Retry> retry;  // of the front batch, once it failed
  Sequence next_sequence{0};   // of the next batch to be sealed
  std::int64_t batches_sealed = 0;
  std::int64_t opened_ns = 0;     // when the open batch got its first record; kept for those that linger
  OffsetAndEpoch acknowledged{};  // Producer::acknowledged
  std::int64_t transaction = 0;   // the last one that this partition was added to
};

}  // namespace weir::log
