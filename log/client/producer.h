// Producer: appends records to partitions, in batches, idempotently, and in transactions if it has a transactional id.
//
// One owner thread. Order per partition is the order of `send`. A record counts as written when `flush` (or
// commit_transaction) returned without an error; a producer that failed to deliver a record says so in every later call
// until the transaction is aborted (or, without transactions, the producer is closed).
// Rules: KIP-98 (idempotence, transactions), KIP-447 (offsets with group metadata), KIP-360 (epoch bump).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/model/compression.h"
#include "log/model/ids.h"
#include "log/model/record.h"
#include "log/model/record_batch.h"

namespace weir::log {

// The partition, of so many, of a record that was sent by topic without one. Called on the producer's thread; an index
// that is not there is unknown_topic_or_partition.
using Partitioner =
    std::function<PartitionIndex(const std::string& topic, NullableBytes key, NullableBytes value, std::int32_t count)>;

struct ProducerOptions {
  std::optional<std::string> transactional_id{};  // transactional.id: survives restarts, fences older producers
  bool idempotent = true;                         // enable.idempotence
  std::size_t batch_bytes = 128 * 1024;           // batch.size: a batch is sent when it is this large
  // linger.ms: a batch that is not full leaves after this time, if need be by a thread that the producers of a Client
  // share; what goes wrong then is told by the next call. Nothing: it leaves when it is full, or flushed.
  std::optional<Millis> linger{};
  Compression compression = Compression::none;  // compression.type
  std::int16_t acks = -1;                       // acks: -1 all, 1 the leader, 0 none
  Millis request_timeout{30'000};               // request.timeout.ms
  Millis transaction_timeout{60'000};           // transaction.timeout.ms
  // max.in.flight.requests.per.connection, of each partition: so many batches are on their way at once, 1 to 5. In
  // order and once all the same. Without idempotence it is one.
  int max_in_flight = 5;
  std::size_t buffer_bytes = 64 * 1024 * 1024;  // buffer.memory: `send` waits while so much is not acknowledged
  Millis metadata_max_age{300'000};             // metadata.max.age.ms: new partitions are noticed within
  Partitioner partitioner{};                    // none: by murmur2 of the key; without a key, batch by batch in turn
  bool reports_deliveries = false;              // keeps what take_deliveries tells
  // A record that is too large for its topic is left out and kept for take_refusals, instead of failing flush and
  // commit_transaction. Everything else is written either way; a batch that is too large is sent in parts (KIP-126).
  bool reports_refusals = false;
};

struct OffsetAndEpoch {
  Offset offset = kNoOffset;
  LeaderEpoch epoch = kNoLeaderEpoch;
};

// A consumed position that becomes part of a transaction: the next offset to read.
struct OffsetAndMetadata {
  Offset offset{0};
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::string metadata{};  // at most 4096 bytes
};
struct PartitionOffset {
  TopicPartition partition;
  OffsetAndMetadata position{};
};

// Who commits the offsets; generation -1 and empty member id when partitions are assigned by hand.
struct GroupMetadata {
  std::string group_id;
  std::int32_t generation = -1;
  std::string member_id{};
  std::optional<std::string> group_instance_id{};
};

// A batch that was acknowledged. Its records are those that were sent next to the partition, in the order of `send`.
struct Delivery {
  TopicPartition partition;
  Offset first = kNoOffset;  // of its records; -1 where the answer does not say (acks 0, or it had been written before)
  std::int32_t count = 0;
};

// A record that the broker takes in no batch. Its error names partition, size and limit.
struct Refusal {
  TopicPartition partition;
  RecordBatch record;  // a batch of that one
  Error error;         // message_too_large
};

class Producer {
 public:
  // One partition's open batch: looked up once, then used per record.
  class Lane;

  virtual ~Producer() = default;

  // Stable until the producer dies. unknown_topic_or_partition.
  virtual Result<Lane*> lane(const TopicPartition& partition) = 0;
  virtual Result<std::int32_t> partition_count(const std::string& topic) = 0;

  // Hot path: no allocation, no look-up. Sends the lane's batch when it is full.
  virtual Result<> send(Lane& lane, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                        std::span<const HeaderView> headers = {}) = 0;
  // The same by name. Without a partition: the partitioner's choice, else murmur2 of the key, as Java's default
  // partitioner; no key: round robin per batch.
  virtual Result<> send(const std::string& topic, std::optional<PartitionIndex> partition, std::int64_t timestamp_ms,
                        NullableBytes key, NullableBytes value, std::span<const HeaderView> headers = {}) = 0;

  // Returns when everything sent before is acknowledged, or with the first error. message_too_large: a record is larger
  // than its topic takes; everything else is acknowledged, and without transactions the producer can go on.
  virtual Result<> flush() = 0;
  // Behind the last record of a lane that was acknowledged, and the leader epoch that it was sent under, as far as is
  // known: {-1, -1} where no answer said it.
  virtual OffsetAndEpoch acknowledged(const Lane& lane) const = 0;
  // What was acknowledged since the last call, in order for each partition. Empty unless reports_deliveries is set.
  virtual std::vector<Delivery> take_deliveries() = 0;
  // The records that were refused since the last call. Empty unless reports_refusals is set.
  virtual std::vector<Refusal> take_refusals() = 0;

  // Fences every older producer of this transactional id and finishes what it left open. Once, before the first begin.
  virtual Result<> init_transactions() = 0;
  virtual Result<> begin_transaction() = 0;
  virtual Result<> send_offsets(const GroupMetadata& group, std::span<const PartitionOffset> offsets) = 0;
  // producer_fenced: another one took over, stop. Any other error: the outcome may be unknown; call again with the same
  // intent until it is known, or init_transactions() for a new epoch.
  virtual Result<> commit_transaction() = 0;
  virtual Result<> abort_transaction() = 0;

  // Partitions touched by the open transaction, for statistics and tests.
  virtual std::size_t partitions_in_transaction() const = 0;
};

}  // namespace weir::log
