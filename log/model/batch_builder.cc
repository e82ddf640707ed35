#include <algorithm>

#include "log/base/assert.h"
#include "log/base/buffer_pool.h"
#include "log/model/batch_bytes.h"
#include "log/model/record_codec.h"

namespace weir::log {

namespace {

constexpr std::int16_t kTransactional = 0x10;
constexpr std::int16_t kControl = 0x20;
constexpr std::size_t kScratchKept = 1024 * 1024;  // by each thread, between two batches

std::int16_t attributes_of(const BatchOptions& options) {
  int bits = static_cast<int>(options.compression) | static_cast<int>(options.timestamp_type) << 3;
  if (options.is_transactional) bits |= kTransactional;
  if (options.is_control) bits |= kControl;
  return static_cast<std::int16_t>(bits);
}

}  // namespace

BatchBuilder::BatchBuilder(std::size_t reserve_bytes) : reserve_bytes_(reserve_bytes), used_(kBatchHeaderSize) {}

void BatchBuilder::add(std::int64_t timestamp_ms, const NullableBytes& key, const NullableBytes& value,
                       std::span<const HeaderView> headers) {
  if (count_ == 0) {
    base_timestamp_ = timestamp_ms;
    max_timestamp_ = timestamp_ms;
  }
  const std::int64_t delta = record_codec::wrapping_subtract(timestamp_ms, base_timestamp_);
  const std::size_t body = record_codec::body_size(delta, count_, key, value, headers);
  const std::size_t size = record_codec::whole_size(body);
  if (!buffer_ || used_ + size > capacity_) [[unlikely]]
    grow(size);
  record_codec::put_record(buffer_.get() + used_, body, delta, count_, key, value, headers);
  used_ += size;
  ++count_;
  if (timestamp_ms > max_timestamp_) max_timestamp_ = timestamp_ms;
}

void BatchBuilder::grow(std::size_t needed) {
  // A batch's length has 31 bits; producers refuse a record long before.
  WEIR_ASSERT(used_ + needed <= 0x7fffffff, "a batch of more than 2 GiB");
  const std::size_t least = used_ + needed;
  const std::size_t wanted = buffer_ ? capacity_ * 2 : std::min(reserve_bytes_, last_size_);
  PooledBuffer larger = pooled_buffer(std::max(least, wanted));
  if (buffer_) std::memcpy(larger.data.get(), buffer_.get(), used_);
  buffer_ = std::move(larger.data);
  capacity_ = larger.capacity;
}

Result<RecordBatch> BatchBuilder::seal(const BatchOptions& options) {
  BatchHeader header;
  header.leader_epoch = options.leader_epoch;
  header.attributes = attributes_of(options);
  header.last_offset_delta = count_ - 1;
  header.base_timestamp = base_timestamp_;
  header.max_timestamp = max_timestamp_;
  header.producer_id = options.producer_id;
  header.producer_epoch = options.producer_epoch;
  header.base_sequence = options.base_sequence;
  header.count = count_;
  if (!buffer_) grow(0);
  std::size_t size = used_;
  last_size_ = size;
  std::shared_ptr<char[]> buffer = std::move(buffer_);
  if (options.compression == Compression::none && capacity_for(size) < capacity_) {
    auto fitting = fitting_buffer(size).data;
    std::memcpy(fitting.get() + kBatchHeaderSize, buffer.get() + kBatchHeaderSize, size - kBatchHeaderSize);
    buffer = std::move(fitting);
  }
  used_ = kBatchHeaderSize;
  count_ = 0;
  base_timestamp_ = 0;
  max_timestamp_ = kNoTimestamp;
  if (options.compression != Compression::none) {
    thread_local OwnedBytes packed;
    packed.clear();
    WEIR_TRY(compress(options.compression, Bytes(buffer.get() + kBatchHeaderSize, size - kBatchHeaderSize), packed));
    size = kBatchHeaderSize + packed.size();
    buffer = fitting_buffer(size).data;
    std::memcpy(buffer.get() + kBatchHeaderSize, packed.data(), packed.size());
    if (packed.capacity() > kScratchKept) OwnedBytes().swap(packed);
  }
  return batch_bytes::finish(std::move(buffer), size, header);
}

}  // namespace weir::log
