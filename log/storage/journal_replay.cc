#include "log/storage/journal_replay.h"

#include <algorithm>
#include <map>
#include <vector>

#include "log/base/path.h"
#include "log/storage/format.h"
#include "log/storage/journal_format.h"

namespace weir::log::storage {

namespace {

struct ReadFile {
  OwnedBytes bytes;  // the entries borrow from these
  JournalContent content;
};

Result<std::vector<std::unique_ptr<ReadFile>>> read_files(FileSystem& files, const std::string& journal) {
  std::vector<std::unique_ptr<ReadFile>> all;
  WEIR_TRY_VAR(names, files.list(journal));
  for (const auto& name : names) {
    const std::string path = journal + "/" + name;
    auto one = std::make_unique<ReadFile>();
    WEIR_TRY_VAR(bytes, read_file(files, path));
    one->bytes = std::move(bytes);
    auto content = read_journal(one->bytes);
    if (!content) return fail(content.error().at(path));
    one->content = *std::move(content);
    all.push_back(std::move(one));
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a->content.generation < b->content.generation; });
  return all;
}

// By the path of the segment, in order.
using Wanted = std::map<std::string, std::vector<JournalEntry>>;

Wanted wanted_entries(const std::vector<std::unique_ptr<ReadFile>>& read, const std::string& partitions) {
  Wanted wanted;
  for (const auto& file : read) {
    for (const auto& entry : file->content.entries) {
      if (!PartitionDirectory::parse(entry.directory)) continue;  // would not be a path of this log
      const std::string directory = partitions + "/" + std::string(entry.directory) + "/";
      if (entry.kind == JournalEntry::Kind::settled) {
        std::erase_if(wanted, [&](const auto& one) { return one.first.starts_with(directory); });
      } else {
        wanted[directory + file_name(entry.segment, kLogSuffix)].push_back(entry);
      }
    }
  }
  return wanted;
}

Result<> write_into(File& segment, const std::vector<JournalEntry>& entries, Replayed& replayed) {
  WEIR_TRY_VAR(size, segment.size());
  for (const auto& entry : entries) {
    if (entry.position > size) break;
    WEIR_TRY(segment.write_at(entry.position, entry.bytes));
    size = std::max(size, entry.position + entry.bytes.size());
    replayed.bytes += entry.bytes.size();
  }
  ++replayed.segments;
  return segment.sync_data();
}

}  // namespace

Result<Replayed> replay_journal(FileSystem& files, const std::string& journal, const std::string& partitions) {
  Replayed replayed;
  WEIR_TRY_VAR(is_there, files.exists(journal));
  if (!is_there) return replayed;
  WEIR_TRY_VAR(read, read_files(files, journal));
  replayed.files = read.size();
  for (const auto& [path, entries] : wanted_entries(read, partitions)) {
    auto segment = files.open(path, OpenMode::read_write);
    if (!segment && segment.error().code == ErrorCode::not_found) continue;
    if (!segment) return fail(segment.error());
    WEIR_TRY(write_into(**segment, entries, replayed));
  }
  WEIR_TRY(remove_journal(files, journal));
  return replayed;
}

Result<> remove_journal(FileSystem& files, const std::string& journal) {
  const std::string removed = journal + ".removed";
  WEIR_TRY(files.remove_all(removed));  // left there by a crash
  WEIR_TRY(files.rename(journal, removed));
  WEIR_TRY(files.sync_directory(parent_directory(journal)));
  return files.remove_all(removed);
}

}  // namespace weir::log::storage
