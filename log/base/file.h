// Files behind an interface: POSIX in production, memory in histories and simulations, and a faulty wrapper that fails,
// tears and forgets on demand. Nothing else in Weir opens a file of the log.
//
// Rules that callers rely on:
// - Paths are relative to nothing: absolute, or relative to the process's directory, '/' between parts.
// - `write_at` writes all of its bytes or fails; a short write of the operating system is continued, and no_space is
//   reported when the disk is full, read_only where the file system takes no writes, permission_denied where this user
//   may not. What a failed write left behind is unknown.
// - Data is safe against a kill once written, and against a power cut once `sync_data` returned; a new, renamed or
//   removed name once `sync_directory` of its parent returned. After a failed sync the file must not be trusted again:
//   never retry a sync as if it could succeed (Rebello et al., "Can Applications Recover from fsync Failures?", 2020).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"

namespace weir {

// Can the same call work later? Then nothing was written, or not all, and whoever asked may go on once there is room,
// or the file system may be written again.
inline bool is_refused_for_now(ErrorCode code) {
  return code == ErrorCode::no_space || code == ErrorCode::read_only || code == ErrorCode::permission_denied;
}

class File {
 public:
  virtual ~File() = default;

  // Up to `size` bytes from `position`; fewer only at the end of the file. Safe from several threads.
  virtual Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const = 0;
  virtual Result<> write_at(std::uint64_t position, Bytes bytes) = 0;
  // The runs one after another, as one write.
  virtual Result<> write_parts_at(std::uint64_t position, std::span<const Bytes> parts) = 0;
  virtual Result<std::uint64_t> size() const = 0;
  virtual Result<> truncate(std::uint64_t size) = 0;
  virtual Result<> sync_data() = 0;
  // The file's own number: the same while it exists, whatever it is called, and another one for a file that replaces
  // it.
  virtual Result<std::uint64_t> inode() const = 0;
};

// Held until destroyed, and released by the operating system if the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode { read, read_write, create };  // create: read_write, made empty if it is not there

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;  // not_found
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;             // locked
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<std::uint64_t> size_of(const std::string& path) = 0;  // of a file, without opening it; not_found
  // When a file was written last (milliseconds since 1970 UTC); not_found, and where that is not known.
  virtual Result<std::int64_t> modified_ms(const std::string& path) = 0;
  virtual Result<> create_directories(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;  // names, sorted
  virtual Result<> rename(const std::string& from, const std::string& to) = 0;      // replaces `to`
  virtual Result<> remove(const std::string& path) = 0;                             // a file; not_found
  virtual Result<> remove_all(const std::string& path) = 0;                         // a tree; fine if missing
  virtual Result<> sync_directory(const std::string& path) = 0;
};

// The machine's files. One object a process; thread-safe.
FileSystem& posix_files();

// Opens /dev/null for each of the descriptors 0 to 2 that is closed, so that no file gets one of them: what a program
// or a library prints must not end up in a file. At the start of every program, and whenever a log is opened.
void hold_standard_descriptors();

// The id of the running kernel's boot (/proc/sys/kernel/random/boot_id), empty where there is none: the page cache
// survived a crash if the id is the same.
std::string boot_id();

// Which mount of which device holds `path`, or the directory that it would be made in; empty where that cannot be told.
// A page cache lives as long as the mount: after a remount in the same boot it is another.
std::string mount_of(const std::string& path);

// The whole of a file.
Result<OwnedBytes> read_file(FileSystem& files, const std::string& path);

// Replaces `path` in one step that survives a power cut: a temporary file, its sync, rename, the directory's sync.
Result<> replace_file(FileSystem& files, const std::string& path, Bytes content);

}  // namespace weir
