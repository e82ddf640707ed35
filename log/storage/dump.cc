#include "log/storage/dump.h"

#include <algorithm>

#include "log/storage/batch_scan.h"

namespace weir::log::storage {

namespace {

std::string shown(const NullableBytes& bytes) {
  if (!bytes) return "null";
  bool printable = std::all_of(bytes->begin(), bytes->end(), [](char c) { return c >= 0x20 && c < 0x7f && c != '"'; });
  return printable ? "\"" + std::string(*bytes) + "\"" : to_hex(*bytes);
}

}  // namespace

Result<> dump_segment(FileSystem& files, const std::string& path,
                      const std::function<Result<>(const DumpedBatch&)>& use, std::uint64_t from) {
  WEIR_TRY_VAR(file, files.open(path, OpenMode::read));
  WEIR_TRY_VAR(size, file->size());
  BatchScanner scanner(*file, from, size, CheckCrc::no);
  for (;;) {
    WEIR_TRY_VAR(found, scanner.next());
    const std::string place = path + ", byte " + std::to_string(scanner.next_position());
    switch (found) {
      case BatchScanner::Found::end:
        return {};
      case BatchScanner::Found::incomplete:
        return fail(ErrorCode::truncated, place);
      case BatchScanner::Found::damaged:
        return fail(ErrorCode::corrupt_data, place);
      case BatchScanner::Found::batch:
        break;
    }
    WEIR_TRY_VAR(batch, scanner.load());
    bool right = batch.check_crc().has_value();
    WEIR_TRY(use({scanner.position(), std::move(batch), right}));
  }
}

std::string describe(const DumpedBatch& dumped) {
  const BatchHeader& header = dumped.batch.header;
  std::string text = "offset " + std::to_string(header.base_offset.value()) + ".." +
                     std::to_string(header.last_offset().value()) + " at " + std::to_string(dumped.position) + ": " +
                     std::to_string(header.count) + " records, " + std::to_string(header.size_bytes()) +
                     " bytes, epoch " + std::to_string(header.leader_epoch.value());
  if (header.has_producer()) {
    text += ", producer " + std::to_string(header.producer_id.value()) + "/" +
            std::to_string(header.producer_epoch.value());
    if (header.base_sequence != kNoSequence) text += " sequence " + std::to_string(header.base_sequence.value());
  }
  if (header.is_transactional()) text += ", transactional";
  if (header.is_control()) text += ", control";
  if (header.compression() != Compression::none) text += ", " + std::string(name_of(header.compression()));
  if (!dumped.has_right_checksum) text += ", WRONG CHECKSUM";
  return text;
}

std::string describe(const RecordView& record) {
  return std::to_string(record.offset.value()) + " @" + std::to_string(record.timestamp_ms) +
         " key=" + shown(record.key) + " value=" + shown(record.value) +
         " headers=" + std::to_string(record.headers.count);
}

}  // namespace weir::log::storage
