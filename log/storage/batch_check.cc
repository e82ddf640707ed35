#include "log/storage/batch_check.h"

#include "log/model/for_each_record.h"
#include "log/model/record_codec.h"

namespace weir::log::storage {

namespace {
tl::unexpected<Error> invalid(const char* what) {
  return fail(ErrorCode::invalid_record, what);
}
}  // namespace

Result<> check_header(const BatchHeader& header) {
  if (header.count < 1) return invalid("a batch without records");
  if (header.last_offset_delta != header.count - 1) return invalid("last offset delta and count disagree");
  if ((header.attributes & 7) > static_cast<int>(Compression::zstd)) {
    return fail(ErrorCode::unsupported_compression_type, std::to_string(header.attributes & 7));
  }
  if (header.has_producer() && header.producer_epoch.value() < 0) return invalid("a producer without epoch");
  if (header.is_transactional() && !header.has_producer()) return invalid("a transaction without producer");
  return {};
}

Result<> check_foreign(const RecordBatch& batch) {
  std::int64_t seen = 0;
  return for_each_record(batch, [&](const RecordView& record) -> Result<> {
    const Offset expected(record_codec::wrapping_add(batch.header.base_offset.value(), seen++));
    if (record.offset != expected) return invalid("offsets of records do not follow one another");
    return {};
  });
}

}  // namespace weir::log::storage
