// Consumer: reads partitions in batches, without copying. Positions are the consumer's own until they are committed.
//
// One owner thread; only `wakeup` may be called from another.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/client/producer.h"
#include "log/model/ids.h"
#include "log/model/isolation.h"
#include "log/model/record_batch.h"

namespace weir::log {

enum class OffsetReset { earliest, latest, none };

struct ConsumerOptions {
  std::optional<std::string> group_id{};             // group.id: where offsets are committed
  Isolation isolation = Isolation::read_committed;   // isolation.level
  OffsetReset offset_reset = OffsetReset::earliest;  // auto.offset.reset, for positions that are not there
  std::size_t max_partition_bytes = 1024 * 1024;     // max.partition.fetch.bytes
  std::size_t max_bytes = 50 * 1024 * 1024;          // fetch.max.bytes
  Millis request_timeout{30'000};
};

// One batch of data as fetched: control batches, aborted transactions and batches wholly below the position are left
// out. A batch may begin below `position_before`: records with a lower offset are to be skipped by the reader.
struct FetchedBatch {
  TopicPartition partition;
  std::size_t assignment_index = 0;  // of the partition in assignment(): stable until the next assign()
  RecordBatch batch;
  Offset first_wanted;  // skip records below
};

class Consumer {
 public:
  virtual ~Consumer() = default;

  // Replaces the assignment; positions of partitions that stay are kept, new ones start at the committed offset if
  // there is a group and one is committed, else as offset_reset says. unknown_topic_or_partition.
  virtual Result<> assign(std::vector<TopicPartition> partitions) = 0;
  virtual const std::vector<TopicPartition>& assignment() const = 0;

  // Waits at most `timeout` for data of partitions that are not paused. Empty when none came, and at once when a
  // position moved over what is no data (markers, aborted records), so that a reader on its way to a known end sees
  // that it is there. The batches are kept alive by their own shared bytes. offset_out_of_range if offset_reset is
  // none; corrupt_message names partition and offset.
  virtual Result<std::vector<FetchedBatch>> poll(Millis timeout) = 0;

  virtual Result<> seek(const TopicPartition& partition, Offset offset) = 0;
  virtual Result<Offset> position(const TopicPartition& partition) = 0;  // next offset to fetch; passes control batches
  virtual void pause(std::size_t assignment_index) = 0;
  virtual void resume(std::size_t assignment_index) = 0;

  virtual Result<> commit(std::span<const PartitionOffset> offsets) = 0;
  // The committed positions of the group; partitions without one are missing. Waits until no transaction that commits
  // one of these offsets is open (require_stable, KIP-447) for at most request_timeout.
  virtual Result<std::map<TopicPartition, OffsetAndMetadata>> committed(std::span<const TopicPartition> partitions) = 0;

  // read_uncommitted: the high watermark; read_committed: the last stable offset.
  virtual Result<std::map<TopicPartition, Offset>> end_offsets(std::span<const TopicPartition> partitions,
                                                               Isolation isolation) = 0;
  virtual Result<std::map<TopicPartition, Offset>> beginning_offsets(std::span<const TopicPartition> partitions) = 0;
  // First offset whose record has a timestamp >= the one given; missing if there is none.
  virtual Result<std::map<TopicPartition, Offset>> offsets_for_times(
      const std::map<TopicPartition, std::int64_t>& timestamps) = 0;

  // Makes a running or the next poll return early, empty. From any thread.
  virtual void wakeup() = 0;
};

}  // namespace weir::log
