// The record batch, format version 2 ("magic 2"): the one layout on disk, in memory, in fetch responses and on the
// wire.
//
//   offset  size  field                     offset  size  field
//        0     8  base_offset                   27     8  base_timestamp
//        8     4  batch_length (from 12 on)     35     8  max_timestamp
//       12     4  partition_leader_epoch        43     8  producer_id
//       16     1  magic = 2                     51     2  producer_epoch
//       17     4  crc (CRC-32C of 21..end)      53     4  base_sequence
//       21     2  attributes                    57     4  count
//       23     4  last_offset_delta             61     -  records, compressed as a whole if attributes say so
//
// attributes: bits 0-2 compression, 3 timestamp type (1 = log append time), 4 transactional, 5 control batch,
// 6 delete horizon (base_timestamp is that horizon). base_offset and partition_leader_epoch lie outside the checksum,
// so that a log can set them without touching the rest. All numbers are big-endian; varints inside records are zig-zag.
// Source: Apache Kafka's message format, KIP-98, KIP-534.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/compression.h"
#include "log/model/ids.h"
#include "log/model/record.h"
#include "log/model/records.h"

namespace weir::log {

inline constexpr std::size_t kBatchHeaderSize = 61;
inline constexpr std::size_t kBatchPrefixSize = 12;  // base_offset and batch_length

enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

struct BatchHeader {
  Offset base_offset{0};
  std::int32_t batch_length = 0;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
  std::int8_t magic = 2;
  std::uint32_t crc = 0;
  std::int16_t attributes = 0;
  std::int32_t last_offset_delta = 0;
  std::int64_t base_timestamp = 0;
  std::int64_t max_timestamp = 0;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  std::int32_t count = 0;

  std::size_t size_bytes() const { return kBatchPrefixSize + static_cast<std::size_t>(batch_length); }
  Offset last_offset() const { return base_offset + last_offset_delta; }
  Offset next_offset() const { return base_offset + last_offset_delta + 1; }
  Sequence last_sequence() const;  // -1 without sequences
  Compression compression() const { return static_cast<Compression>(attributes & 7); }
  TimestampType timestamp_type() const { return static_cast<TimestampType>((attributes >> 3) & 1); }
  bool is_transactional() const { return (attributes & 0x10) != 0; }
  bool is_control() const { return (attributes & 0x20) != 0; }
  bool has_delete_horizon() const { return (attributes & 0x40) != 0; }
  bool has_producer() const { return producer_id.value() >= 0; }

  // Reads the 61 bytes; truncated, or corrupt_message if the length or magic cannot be right. Checks no checksum.
  static Result<BatchHeader> parse(Bytes bytes);
};

// One batch: its header and its bytes.
struct RecordBatch {
  BatchHeader header;
  SharedBytes bytes;  // exactly header.size_bytes()
  Trust trust = Trust::foreign;

  // Splits the first batch off `bytes`; truncated if it is not whole. Checks no checksum.
  static Result<RecordBatch> parse(const SharedBytes& bytes, Trust trust);
  Result<> check_crc() const;  // corrupt_message
};

// Sets base_offset and the leader epoch in a batch's own bytes (both outside the checksum).
void assign_offset(char* batch_bytes, Offset base_offset, LeaderEpoch epoch);

// Reads the records of one batch after another, decompressing into a buffer that it keeps. Views stay valid until the
// next `open`, or as long as the batch itself if it was not compressed.
class BatchReader {
 public:
  // Starts on a batch. Errors: unsupported_compression_type, corrupt_message. The checksum is checked unless the batch
  // is trusted.
  Result<> open(const RecordBatch& batch);

  // Fills up to `into.size()` views and returns how many; 0 at the end. invalid_record if a record's bytes are wrong.
  Result<std::size_t> fill(std::span<RecordView> into);

 private:
  BatchHeader header_;
  SharedBytes keep_;
  OwnedBytes decompressed_;
  Bytes rest_;
  std::int32_t remaining_ = 0;
};

struct BatchOptions {
  Compression compression = Compression::none;
  TimestampType timestamp_type = TimestampType::create_time;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = kNoProducerEpoch;
  Sequence base_sequence = kNoSequence;
  bool is_transactional = false;
  bool is_control = false;
  LeaderEpoch leader_epoch = kNoLeaderEpoch;
};

// Collects records and seals them into a batch. `add` costs some ten nanoseconds and allocates only when the buffer
// grows. The buffer has room for the header in front, so sealing an uncompressed batch copies nothing, unless it is
// much larger than what is in it: a sealed batch holds capacity_for(its size) bytes (buffer_pool.h), so that small ones
// can be kept. The buffer begins as large as the last batch was, at most with `reserve_bytes`.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::size_t reserve_bytes = 16 * 1024);

  // Appends a record at the next offset. The first one's timestamp is the batch's base.
  void add(std::int64_t timestamp_ms, const NullableBytes& key, const NullableBytes& value,
           std::span<const HeaderView> headers = {});

  bool empty() const { return count_ == 0; }
  std::int32_t count() const { return count_; }
  std::size_t size_bytes() const { return used_; }  // header included, before compression
  std::int64_t max_timestamp() const { return max_timestamp_; }

  // Gives the finished batch at base offset 0 and starts an empty one. unsupported_compression_type cannot happen here.
  Result<RecordBatch> seal(const BatchOptions& options);

 private:
  void grow(std::size_t needed);

  std::shared_ptr<char[]> buffer_;  // shared: becomes the sealed batch
  std::size_t reserve_bytes_;
  std::size_t last_size_ = 0;  // of the last batch that was sealed
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;
  std::int32_t count_ = 0;
  std::int64_t base_timestamp_ = 0;
  std::int64_t max_timestamp_ = kNoTimestamp;
};

// A transaction's end as it stands in a partition: a control batch with one record.
enum class EndMarkerType : std::int16_t { abort = 0, commit = 1 };  // on disk: do not renumber
struct EndMarker {
  EndMarkerType type = EndMarkerType::abort;
  CoordinatorEpoch coordinator_epoch{0};
};
RecordBatch end_marker_batch(EndMarker marker, ProducerId id, ProducerEpoch epoch, std::int64_t timestamp_ms);
Result<EndMarker> parse_end_marker(const RecordView& control_record);  // invalid_record if it is not one

}  // namespace weir::log
