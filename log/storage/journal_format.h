// The files of a journal, byte for byte; docs/formats.md has a worked example. Numbers are big-endian.
//
//   file    = header | zeros up to byte 4096 | record* | anything
//   header  = "WJNL" | version int16 = 1 | generation int64 | crc32c of all before (uint32)
//   record  = size int32 | generation int64 | entry* | crc32c of all before in the record (uint32)
//   entry   = kind int8 | directory (size int16, bytes) | what is of that kind
//     0, bytes:    segment int64 | position int64 | count int32 | count bytes
//     1, settled:  nothing
//
// `size` is that of the entries. A file that is used again gets a larger generation before anything else, so that what
// an earlier use left behind the last record is no record: it has another generation. Records end at the first that
// does not check, which a power cut may have torn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/ids.h"

namespace weir::log::storage {

inline constexpr std::size_t kJournalHeaderSpace = 4096;  // a header is never written together with a record

struct JournalEntry {
  enum class Kind : std::int8_t {  // on disk: do not renumber
    bytes = 0,                     // belong at `position` of the segment
    settled = 1,                   // what earlier entries say of the directory is in its segments, and void
  };
  Kind kind = Kind::bytes;
  Bytes directory;  // the partition's, by name
  Offset segment{0};
  std::uint64_t position = 0;
  Bytes bytes;
};

// A record that is being put together.
class JournalRecord {
 public:
  JournalRecord() : bytes_(kFrontSize, '\0') {}

  void add(const JournalEntry& entry);
  bool empty() const { return bytes_.size() == kFrontSize; }
  // As it will be in the file.
  std::size_t size_bytes() const { return bytes_.size() + kChecksumSize; }
  // The finished record, borrowed; nothing can be added any more.
  Bytes seal(std::int64_t generation);

 private:
  static constexpr std::size_t kFrontSize = 4 + 8;
  static constexpr std::size_t kChecksumSize = 4;

  OwnedBytes bytes_;
};

OwnedBytes encode_journal_header(std::int64_t generation);

struct JournalContent {
  std::int64_t generation = 0;
  std::vector<JournalEntry> entries;  // borrow from what was read
};
// Generation 0 and no entries for a file that was made but never begun. corrupt_data: a header that is neither, or a
// record that checks and holds what is not known.
Result<JournalContent> read_journal(Bytes file);

}  // namespace weir::log::storage
