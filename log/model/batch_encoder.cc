#include "log/model/batch_encoder.h"

#include "log/base/buffer_pool.h"
#include "log/model/batch_bytes.h"
#include "log/model/record_codec.h"

namespace weir::log {

namespace {

std::int64_t timestamp_delta(const BatchHeader& header, const RecordToEncode& record) {
  return record_codec::wrapping_subtract(record.timestamp_ms, header.base_timestamp);
}
std::int32_t offset_delta(const BatchHeader& header, const RecordToEncode& record) {
  return static_cast<std::int32_t>(record.offset - header.base_offset);
}
std::size_t body_size(const BatchHeader& header, const RecordToEncode& record) {
  return record_codec::body_size(timestamp_delta(header, record), offset_delta(header, record), record.key,
                                 record.value, record.headers);
}

}  // namespace

Result<RecordBatch> encode_batch(BatchHeader header, std::span<const RecordToEncode> records) {
  std::size_t size = kBatchHeaderSize;
  for (const auto& record : records) size += record_codec::whole_size(body_size(header, record));
  auto buffer = fitting_buffer(size).data;
  char* at = buffer.get() + kBatchHeaderSize;
  for (const auto& record : records) {
    at = record_codec::put_record(at, body_size(header, record), timestamp_delta(header, record),
                                  offset_delta(header, record), record.key, record.value, record.headers);
  }
  header.count = static_cast<std::int32_t>(records.size());
  if (header.compression() != Compression::none && !records.empty()) {
    OwnedBytes packed;
    WEIR_TRY(compress(header.compression(), Bytes(buffer.get(), size).substr(kBatchHeaderSize), packed));
    size = kBatchHeaderSize + packed.size();
    buffer = fitting_buffer(size).data;
    std::memcpy(buffer.get() + kBatchHeaderSize, packed.data(), packed.size());
  }
  return batch_bytes::finish(std::move(buffer), size, header);
}

}  // namespace weir::log
