#include "log/client/batch_split.h"

#include <cstring>
#include <limits>

#include "log/base/buffer_pool.h"
#include "log/model/batch_bytes.h"
#include "log/model/for_each_record.h"

namespace weir::log {

namespace {

std::size_t bytes_in(const RecordView& record) {
  return (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0) +
         record.headers.encoded.size();
}

}  // namespace

Result<std::pair<RecordBatch, RecordBatch>> split_in_two(const RecordBatch& batch) {
  std::size_t total = 0;
  WEIR_TRY(for_each_record(batch, [&](const RecordView& record) { total += bytes_in(record) + 1; }));
  BatchBuilder first(batch.bytes.size() / 2);
  BatchBuilder second(batch.bytes.size() / 2);
  std::size_t seen = 0;
  std::int32_t left = batch.header.count;
  WEIR_TRY(for_each_record(batch, [&](const RecordView& record) {
    const bool is_first = first.empty() || (second.empty() && left > 1 && seen < total / 2);
    (is_first ? first : second).add(record.timestamp_ms, record.key, record.value, record.headers.decode());
    seen += bytes_in(record) + 1;
    --left;
  }));
  BatchOptions options;
  options.compression = batch.header.compression();
  options.timestamp_type = batch.header.timestamp_type();
  options.producer_id = batch.header.producer_id;
  options.producer_epoch = batch.header.producer_epoch;
  options.base_sequence = batch.header.base_sequence;
  options.is_transactional = batch.header.is_transactional();
  const std::int32_t count = first.count();
  WEIR_TRY_VAR(front, first.seal(options));
  if (options.base_sequence != kNoSequence) options.base_sequence = next_sequence(options.base_sequence, count);
  WEIR_TRY_VAR(back, second.seal(options));
  return std::pair(std::move(front), std::move(back));
}

RecordBatch with_sequence(const RecordBatch& batch, Sequence base_sequence) {
  auto buffer = fitting_buffer(batch.bytes.size()).data;
  std::memcpy(buffer.get(), batch.bytes.data(), batch.bytes.size());
  BatchHeader header = batch.header;
  header.base_sequence = base_sequence;
  return batch_bytes::finish(std::move(buffer), batch.bytes.size(), header);
}

Sequence previous_sequence(Sequence sequence) {
  return Sequence(sequence.value() == 0 ? std::numeric_limits<std::int32_t>::max() : sequence.value() - 1);
}

std::size_t record_bytes(const RecordBatch& batch) {
  std::size_t bytes = 0;
  (void)for_each_record(batch, [&](const RecordView& record) { bytes += bytes_in(record); });
  return bytes;
}

}  // namespace weir::log
