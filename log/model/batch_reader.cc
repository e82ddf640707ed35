#include <algorithm>

#include "log/model/record_batch.h"
#include "log/model/record_codec.h"

namespace weir::log {

namespace {
// Of what came from outside; a batch of a megabyte can claim to hold terabytes.
constexpr std::size_t kMostForeignBytes = std::size_t{256} << 20;
constexpr std::size_t kMostBytes = std::size_t{1} << 30;

tl::unexpected<Error> wrong_record(const BatchHeader& header, const char* what) {
  return fail(ErrorCode::invalid_record,
              "batch at offset " + std::to_string(header.base_offset.value()) + ": " + std::string(what));
}
}  // namespace

Result<> BatchReader::open(const RecordBatch& batch) {
  remaining_ = 0;
  rest_ = {};
  if (batch.trust == Trust::foreign) WEIR_TRY(batch.check_crc());
  header_ = batch.header;
  keep_ = batch.bytes;
  if (header_.count < 0) return wrong_record(header_, "negative count of records");
  if (header_.count == 0) return {};
  Bytes payload = keep_.view().substr(kBatchHeaderSize);
  if (header_.compression() == Compression::none) {
    rest_ = payload;
  } else {
    const std::size_t most = batch.trust == Trust::foreign ? kMostForeignBytes : kMostBytes;
    WEIR_TRY(decompress(header_.compression(), payload, decompressed_, most));
    rest_ = decompressed_;
  }
  remaining_ = header_.count;
  return {};
}

// Some ten nanoseconds a record of 100 bytes: all varints but the first length are mostly of one byte.
Result<std::size_t> BatchReader::fill(std::span<RecordView> into) {
  const bool append_time = header_.timestamp_type() == TimestampType::log_append_time;
  const char* at = rest_.data();
  const char* const end = at + rest_.size();
  const std::size_t wanted = std::min(into.size(), static_cast<std::size_t>(remaining_));
  for (std::size_t i = 0; i < wanted; ++i) {
    at = record_codec::get_record(at, end, header_.base_offset, header_.base_timestamp, into[i]);
    if (at == nullptr) [[unlikely]] {
      remaining_ = 0;
      return wrong_record(header_, "a record's bytes are wrong");
    }
    if (append_time) into[i].timestamp_ms = header_.max_timestamp;
  }
  remaining_ -= static_cast<std::int32_t>(wanted);
  rest_ = Bytes(at, static_cast<std::size_t>(end - at));
  if (wanted > 0 && remaining_ == 0 && !rest_.empty()) return wrong_record(header_, "bytes behind the last record");
  return wanted;
}

}  // namespace weir::log
