// BatchScanner: goes over the batches of a segment file one by one, for recovery, look-ups and rebuilt indexes. Reads
// headers only, or whole batches if their checksums are wanted.
#pragma once

#include <cstdint>

#include "log/base/buffer_pool.h"
#include "log/base/file.h"
#include "log/model/record_batch.h"

namespace weir::log::storage {

WEIR_FLAG(CheckCrc);

class BatchScanner {
 public:
  // What was found at the position: a batch; the end, exactly; bytes that end before their batch does; bytes that are
  // no batch (header, or checksum if it is checked).
  enum class Found { batch, end, incomplete, damaged };

  BatchScanner(const File& file, std::uint64_t position, std::uint64_t end, CheckCrc check_crc)
      : file_(file), next_(position), end_(end), check_crc_(check_crc) {}

  Result<Found> next();                                           // io_error
  void check_crc(CheckCrc check_crc) { check_crc_ = check_crc; }  // of the batches to come

  // Of the batch found last.
  const BatchHeader& header() const { return header_; }
  std::uint64_t position() const { return position_; }
  std::uint64_t next_position() const { return next_; }
  Result<RecordBatch> load();  // its bytes; foreign

 private:
  Result<Bytes> window(std::uint64_t position, std::size_t size);

  const File& file_;
  std::uint64_t position_ = 0;
  std::uint64_t next_;
  std::uint64_t end_;
  CheckCrc check_crc_;
  BatchHeader header_;
  PooledBuffer buffer_;
  std::uint64_t buffer_position_ = 0;
  std::size_t buffered_ = 0;
};

}  // namespace weir::log::storage
