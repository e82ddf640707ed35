#include "log/model/record_batch.h"

#include "log/base/crc32c.h"
#include "log/base/cursor.h"
#include "log/model/batch_bytes.h"

namespace weir::log {

Sequence BatchHeader::last_sequence() const {
  return base_sequence == kNoSequence ? kNoSequence : next_sequence(base_sequence, last_offset_delta);
}

namespace {

// Bytes that end before a batch does are no damage, but only if what is there could be the beginning of one: zeros are
// not, as for Kafka.
Result<> check_begin(Bytes bytes) {
  constexpr auto kLeast = static_cast<std::int32_t>(kBatchHeaderSize - kBatchPrefixSize);
  constexpr std::size_t kMagicAt = 16;
  if (bytes.size() >= kBatchPrefixSize) {
    const auto length = load_big_endian<std::int32_t>(bytes.data() + 8);
    if (length < kLeast) return fail(ErrorCode::corrupt_message, "batch length " + std::to_string(length));
  }
  if (bytes.size() > kMagicAt && bytes[kMagicAt] != 2) {
    return fail(ErrorCode::corrupt_message, "batch magic " + std::to_string(static_cast<std::int8_t>(bytes[kMagicAt])));
  }
  return bytes.size() < kBatchHeaderSize ? fail(ErrorCode::truncated, "batch header") : Result<>{};
}

}  // namespace

Result<BatchHeader> BatchHeader::parse(Bytes bytes) {
  WEIR_TRY(check_begin(bytes));
  const char* at = bytes.data();
  BatchHeader header;
  header.base_offset = Offset(load_big_endian<std::int64_t>(at));
  header.batch_length = load_big_endian<std::int32_t>(at + 8);
  header.leader_epoch = LeaderEpoch(load_big_endian<std::int32_t>(at + 12));
  header.magic = static_cast<std::int8_t>(at[16]);
  header.crc = load_big_endian<std::uint32_t>(at + batch_bytes::kCrcAt);
  header.attributes = load_big_endian<std::int16_t>(at + batch_bytes::kAttributesAt);
  header.last_offset_delta = load_big_endian<std::int32_t>(at + 23);
  header.base_timestamp = load_big_endian<std::int64_t>(at + 27);
  header.max_timestamp = load_big_endian<std::int64_t>(at + 35);
  header.producer_id = ProducerId(load_big_endian<std::int64_t>(at + 43));
  header.producer_epoch = ProducerEpoch(load_big_endian<std::int16_t>(at + 51));
  header.base_sequence = Sequence(load_big_endian<std::int32_t>(at + 53));
  header.count = load_big_endian<std::int32_t>(at + 57);
  return header;
}

Result<RecordBatch> RecordBatch::parse(const SharedBytes& bytes, Trust trust) {
  WEIR_TRY_VAR(header, BatchHeader::parse(bytes.view()));
  if (bytes.size() < header.size_bytes()) return fail(ErrorCode::truncated, "batch");
  return RecordBatch{header, bytes.slice(0, header.size_bytes()), trust};
}

Result<> RecordBatch::check_crc() const {
  std::uint32_t crc = crc32c(bytes.view().substr(batch_bytes::kAttributesAt));
  if (crc == header.crc) return {};
  return fail(ErrorCode::corrupt_message, "batch at offset " + std::to_string(header.base_offset.value()) +
                                              " has checksum " + std::to_string(crc) + ", not " +
                                              std::to_string(header.crc));
}

void assign_offset(char* batch_bytes, Offset base_offset, LeaderEpoch epoch) {
  store_big_endian(batch_bytes, base_offset.value());
  store_big_endian(batch_bytes + kBatchPrefixSize, epoch.value());
}

namespace batch_bytes {

void put_header(char* at, const BatchHeader& header) {
  store_big_endian(at, header.base_offset.value());
  store_big_endian(at + 8, header.batch_length);
  store_big_endian(at + 12, header.leader_epoch.value());
  at[16] = static_cast<char>(header.magic);
  store_big_endian(at + kCrcAt, header.crc);
  store_big_endian(at + kAttributesAt, header.attributes);
  store_big_endian(at + 23, header.last_offset_delta);
  store_big_endian(at + 27, header.base_timestamp);
  store_big_endian(at + 35, header.max_timestamp);
  store_big_endian(at + 43, header.producer_id.value());
  store_big_endian(at + 51, header.producer_epoch.value());
  store_big_endian(at + 53, header.base_sequence.value());
  store_big_endian(at + 57, header.count);
}

RecordBatch finish(std::shared_ptr<char[]> buffer, std::size_t size, BatchHeader header) {
  char* at = buffer.get();
  header.batch_length = static_cast<std::int32_t>(size - kBatchPrefixSize);
  put_header(at, header);
  header.crc = crc32c(Bytes(at + kAttributesAt, size - kAttributesAt));
  store_big_endian(at + kCrcAt, header.crc);
  return {header, SharedBytes(std::move(buffer), Bytes(at, size)), Trust::sealed_here};
}

}  // namespace batch_bytes

}  // namespace weir::log
