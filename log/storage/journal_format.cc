#include "log/storage/journal_format.h"

#include "log/base/crc32c.h"
#include "log/base/cursor.h"
#include "log/storage/format.h"

namespace weir::log::storage {

namespace {

constexpr std::string_view kMagic = "WJNL";
constexpr std::int16_t kVersion = 1;
constexpr std::size_t kHeaderSize = 4 + 2 + 8 + 4;
constexpr std::size_t kFrontSize = 4 + 8;
constexpr std::size_t kChecksumSize = 4;

// False if the entries are none.
bool read_entries(Bytes payload, std::vector<JournalEntry>& entries) {
  Reader reader(payload);
  while (!reader.at_end()) {
    JournalEntry entry;
    entry.kind = static_cast<JournalEntry::Kind>(reader.int8());
    entry.directory = reader.bytes(reader.uint16());
    if (entry.kind == JournalEntry::Kind::bytes) {
      entry.segment = Offset(reader.int64());
      entry.position = static_cast<std::uint64_t>(reader.int64());
      entry.bytes = reader.bytes(static_cast<std::uint32_t>(reader.int32()));
    } else if (entry.kind != JournalEntry::Kind::settled) {
      return false;
    }
    if (!reader.ok()) return false;
    entries.push_back(entry);
  }
  return true;
}

}  // namespace

void JournalRecord::add(const JournalEntry& entry) {
  Writer writer(bytes_);
  writer.int8(static_cast<std::int8_t>(entry.kind));
  writer.uint16(static_cast<std::uint16_t>(entry.directory.size()));
  writer.bytes(entry.directory);
  if (entry.kind == JournalEntry::Kind::settled) return;
  writer.int64(entry.segment.value());
  writer.int64(static_cast<std::int64_t>(entry.position));
  writer.int32(static_cast<std::int32_t>(entry.bytes.size()));
  writer.bytes(entry.bytes);
}

Bytes JournalRecord::seal(std::int64_t generation) {
  store_big_endian(bytes_.data(), static_cast<std::int32_t>(bytes_.size() - kFrontSize));
  store_big_endian(bytes_.data() + 4, generation);
  Writer(bytes_).uint32(crc32c(bytes_));
  return bytes_;
}

OwnedBytes encode_journal_header(std::int64_t generation) {
  OwnedBytes payload;
  Writer(payload).int64(generation);
  return seal_file(kMagic, kVersion, payload);
}

Result<JournalContent> read_journal(Bytes file) {
  JournalContent content;
  const Bytes header = file.substr(0, kHeaderSize);
  const bool is_begun = header.find_first_not_of('\0') != Bytes::npos;
  if (!is_begun) return content;
  WEIR_TRY_VAR(payload, open_sealed(header, kMagic, kVersion));
  if (payload.size() != sizeof content.generation) return fail(ErrorCode::corrupt_data, "header");
  content.generation = load_big_endian<std::int64_t>(payload.data());
  Bytes rest = file.size() < kJournalHeaderSpace ? Bytes() : file.substr(kJournalHeaderSpace);
  while (rest.size() >= kFrontSize + kChecksumSize) {
    const auto size = static_cast<std::size_t>(load_big_endian<std::uint32_t>(rest.data()));
    if (size > rest.size() - kFrontSize - kChecksumSize) break;
    if (load_big_endian<std::int64_t>(rest.data() + 4) != content.generation) break;
    const Bytes covered = rest.substr(0, kFrontSize + size);
    if (load_big_endian<std::uint32_t>(rest.data() + covered.size()) != crc32c(covered)) break;
    if (!read_entries(covered.substr(kFrontSize), content.entries)) {
      return fail(ErrorCode::corrupt_data, "a record that checks holds what this version does not know");
    }
    rest.remove_prefix(covered.size() + kChecksumSize);
  }
  return content;
}

}  // namespace weir::log::storage
