// Producer::Lane: one partition's open batch, and the sealed ones that are not acknowledged yet.
//
// Several batches of a lane may be on their way at once, in sequence: the broker takes one only behind those before it,
// so when one fails those behind it fail too, or had been written before. Then nothing more leaves until all that is on
// its way has come back (`is_held`), and what was not written is sent again, in order and with the same bytes: order
// and sequence numbers hold through any retry.
//
// Two rules make that hold. A batch leaves only if fewer than `most` are before it that are not acknowledged: the
// broker remembers the last five, and recognises one whose answer was lost only as long as it is among them. And a
// broker that knows nothing of a producer takes any sequence number, so the first batch goes alone until it is
// acknowledged. Owner: the producer's thread.
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
  struct Sealed {
    enum class State { waiting, on_the_way, written };

    RecordBatch batch;
    std::int64_t number = 0;  // tells it from the others of its lane
    State state = State::waiting;
    bool was_sent = false;     // it may have been written
    bool was_first = false;    // at the last try everything before it had been acknowledged
    Offset first = kNoOffset;  // once it is written, if the answer said it
    Error error{};             // why the last try failed
  };

  Lane(TopicPartition name, std::size_t room) : partition(std::move(name)), batch_bytes(room), builder(room) {}

  bool has_records() const { return !builder.empty() || !sealed.empty(); }

  // Seals the open batch as the next in sequence. `options` are those of the producer.
  Result<> seal(BatchOptions options);

  // The next one that may leave, if it is among the first `most`; null: none.
  Sealed* next_to_send(std::size_t most);
  Sealed* find(std::int64_t number);
  void push_front(RecordBatch batch) { sealed.push_front({std::move(batch), ++last_number}); }

  // The front batch, of one record, was taken away unwritten: its sequence number is that of the next record.
  // Precondition: nothing is on its way.
  void forget_sequence();

  // Was something sent of which nobody knows whether it was written? Precondition: nothing is on its way.
  bool is_uncertain() const;
  // Forgets everything that is not acknowledged; sequence numbers go on behind what is. Precondition: as before.
  void discard();
  // Starts again at sequence 0, as a new epoch does.
  void restart() {
    discard();
    next_sequence = Sequence(0);
    is_known = false;
  }

  const TopicPartition partition;
  const std::size_t batch_bytes;
  BatchBuilder builder;
  std::deque<Sealed> sealed;   // in sequence
  int on_the_way = 0;          // of them
  bool is_known = false;       // a batch of this epoch was acknowledged
  bool is_held = false;        // nothing leaves: it waits for what is on its way, rests, or its leader is looked up
  std::optional<Retry> retry;  // of the front batch, once it failed
  Sequence next_sequence{0};   // of the next batch to be sealed
  std::int64_t batches_sealed = 0;
  std::int64_t last_number = 0;
  std::int64_t opened_ns = 0;     // when the open batch got its first record; kept for those that linger
  OffsetAndEpoch acknowledged{};  // Producer::acknowledged
  std::int64_t transaction = 0;   // the last one that this partition was added to
};

}  // namespace weir::log
