#include "log/storage/journal.h"

#include <algorithm>

#include "log/base/assert.h"
#include "log/base/path.h"
#include "log/storage/journal_replay.h"

namespace weir::log::storage {

namespace {
// Kept free in each file, so that partitions can be forgotten when there is no room for anything else.
constexpr std::size_t kReserve = 2048;

Result<> fill_with_zeros(File& file, std::size_t size) {
  constexpr std::size_t kStep = 1024 * 1024;
  const OwnedBytes zeros(std::min(size, kStep), '\0');
  WEIR_TRY(file.truncate(0));
  for (std::size_t at = 0; at < size; at += zeros.size()) {
    WEIR_TRY(file.write_at(at, Bytes(zeros).substr(0, std::min(zeros.size(), size - at))));
  }
  return {};
}

}  // namespace

Journal::Journal(FileSystem& files, std::string directory, Options options)
    : files_(files),
      directory_(std::move(directory)),
      options_(options),
      changed_(options.clock != nullptr ? *options.clock : SystemClock::instance()),
      ring_(options.files),
      pending_(std::make_shared<Group>()) {
  WEIR_ASSERT(options_.files >= 2);
  WEIR_ASSERT(options_.file_bytes >= kJournalHeaderSpace + 2 * kReserve);
}

// requests --------------------------------------------------------------------------------------------------------

Result<bool> Journal::write(std::span<const Piece> pieces) {
  std::size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.bytes.size() + piece.directory.size() + 64;
  const std::size_t most = options_.file_bytes - kJournalHeaderSpace - kReserve;
  std::shared_ptr<Group> group;
  {
    MutexLock lock(mutex_);
    if (failed_ || pending_->record.size_bytes() + bytes > most) return false;
    group = pending_;
    for (const auto& piece : pieces) {
      group->record.add(
          {JournalEntry::Kind::bytes, piece.directory, piece.segment, piece.position, Bytes(piece.bytes)});
      Offset& end = group->ends[piece.directory];
      end = std::max(end, piece.end);
    }
  }
  return join(group);
}

bool Journal::may_name(const std::string& directory) {
  MutexLock lock(mutex_);
  return is_writing_ || pending_->ends.contains(directory) ||
         std::any_of(ring_.begin(), ring_.end(),
                     [&](const RingFile& one) WEIR_REQUIRES(mutex_) { return one.names.contains(directory); });
}

Result<> Journal::forget(const std::string& directory) {
  std::shared_ptr<Group> group;
  {
    MutexLock lock(mutex_);
    if (failed_) return fail(failed_->at("the journal takes nothing any more"));
    group = pending_;
    group->record.add({JournalEntry::Kind::settled, directory, {}, {}, {}});
    group->may_use_reserve = true;
  }
  WEIR_TRY_VAR(is_written, join(group));
  return is_written ? Result<>{} : fail(ErrorCode::no_space, directory_ + " is full");
}

void Journal::settled(const std::string& directory, Offset end) {
  MutexLock lock(mutex_);
  for (auto& one : ring_) {
    auto waiting = one.waiting.find(directory);
    if (waiting != one.waiting.end() && waiting->second <= end) one.waiting.erase(waiting);
  }
}

void Journal::removed(const std::string& directory) {
  MutexLock lock(mutex_);
  for (auto& one : ring_) one.waiting.erase(directory);
}

Result<> Journal::close() {
  MutexLock lock(mutex_);
  while (is_writing_) changed_.wait(mutex_);
  failed_ = Error{ErrorCode::closed, directory_};
  const bool is_needed =
      std::any_of(ring_.begin(), ring_.end(), [](const RingFile& one) { return !one.waiting.empty(); });
  const bool is_made = std::any_of(ring_.begin(), ring_.end(), [](const RingFile& one) { return one.file != nullptr; });
  if (is_needed || !is_made) return {};
  ring_.clear();
  return remove_journal(files_, directory_);
}

// groups ----------------------------------------------------------------------------------------------------------

Result<bool> Journal::join(const std::shared_ptr<Group>& group) {
  MutexLock lock(mutex_);
  while (group->outcome == Outcome::under_way) {
    if (is_writing_) {
      changed_.wait(mutex_);
    } else {
      write_pending();
    }
  }
  if (group->outcome == Outcome::failed) return fail(group->error);
  return group->outcome == Outcome::written;
}

void Journal::write_pending() {
  const std::shared_ptr<Group> group = std::exchange(pending_, std::make_shared<Group>());
  const bool has_failed = failed_.has_value();
  is_writing_ = true;
  mutex_.unlock();
  const Outcome outcome = has_failed ? Outcome::declined : flush(*group);
  mutex_.lock();
  for (const auto& [directory, end] : group->ends) {
    if (!current_) break;
    RingFile& file = ring_[*current_];
    file.names.insert(directory);  // also of a write that failed: it may be there whole
    if (outcome != Outcome::written) continue;
    Offset& waiting = file.waiting[directory];
    waiting = std::max(waiting, end);
  }
  group->outcome = outcome;
  is_writing_ = false;
  changed_.notify_all();
}

// Before a sync was tried nothing is lost: the segments can be synced instead.
Journal::Outcome Journal::flush(Group& group) {
  const std::size_t size = group.record.size_bytes();
  const std::size_t reserve = group.may_use_reserve ? 0 : kReserve;
  if (!current_ || position_ + size > options_.file_bytes - reserve) {
    auto turned = turn_to_next_file();
    if (!turned) return give_up(turned.error(), Outcome::declined);
    if (!*turned) return Outcome::declined;
  }
  File& file = file_at(*current_);
  if (auto written = file.write_at(position_, group.record.seal(generation_)); !written) {
    return give_up(written.error(), Outcome::declined);
  }
  if (auto synced = file.sync_data(); !synced) {
    group.error = synced.error();
    return give_up(synced.error(), Outcome::failed);
  }
  position_ += size;
  return Outcome::written;
}

// What a write or a sync that failed left in the file is unknown: nothing may follow it.
Journal::Outcome Journal::give_up(const Error& error, Outcome outcome) {
  MutexLock lock(mutex_);
  failed_ = error;
  return outcome;
}

// the ring --------------------------------------------------------------------------------------------------------

// False if the next file is still needed.
Result<bool> Journal::turn_to_next_file() {
  const std::size_t next = current_ ? (*current_ + 1) % options_.files : 0;
  bool is_made = false;
  {
    MutexLock lock(mutex_);
    if (!ring_[next].waiting.empty()) return false;
    is_made = ring_[next].file != nullptr;
  }
  if (!is_made) WEIR_TRY(make_file(next));
  WEIR_TRY(begin_file(next));
  const bool is_one_full = current_.has_value();
  current_ = next;
  position_ = kJournalHeaderSpace;
  if (is_one_full && on_full_file_) on_full_file_();
  return true;
}

// Written with zeros, not only reserved: a sync of what is written over them has no metadata to write.
Result<> Journal::make_file(std::size_t index) {
  WEIR_TRY(files_.create_directories(directory_));
  WEIR_TRY(files_.sync_directory(parent_directory(directory_)));
  WEIR_TRY_VAR(file, files_.open(path_of(index), OpenMode::create));
  auto made = fill_with_zeros(*file, options_.file_bytes);
  if (made) made = files_.sync_directory(directory_);
  if (!made) {
    file.reset();
    (void)files_.remove(path_of(index));  // what a full disk needs least
    return made;
  }
  MutexLock lock(mutex_);
  ring_[index].file = std::move(file);
  return {};
}

// The header alone, and safe, before anything is written over what the file held: none of that counts any more.
Result<> Journal::begin_file(std::size_t index) {
  File& file = file_at(index);
  WEIR_TRY(file.write_at(0, encode_journal_header(generation_ + 1)));
  WEIR_TRY(file.sync_data());
  ++generation_;
  MutexLock lock(mutex_);
  ring_[index].names.clear();
  return {};
}

File& Journal::file_at(std::size_t index) {
  MutexLock lock(mutex_);
  return *ring_[index].file;
}

}  // namespace weir::log::storage
