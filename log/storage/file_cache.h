// FileCache: opens files when they are used and closes those unused for longest, so that ten thousand partitions do not
// need ten thousand descriptors. Thread-safe; a file in use stays open until its user lets go.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "log/base/file.h"
#include "log/base/mutex.h"

namespace weir::log::storage {

class FileCache;

// A file by its path; opened at the first `get`. One that is only read is the same file each time it is opened, that
// with `inode` if one is given: not_found if another has taken its place.
class LazyFile {
 public:
  LazyFile(FileCache& cache, std::string path, OpenMode mode, std::optional<std::uint64_t> inode = {});
  ~LazyFile();
  LazyFile(const LazyFile&) = delete;
  LazyFile& operator=(const LazyFile&) = delete;

  // Shared: a read or a sync may go on while the cache, or the end of the segment, closes the file.
  // To read or to sync it: that works also while the file system takes no writes.
  Result<std::shared_ptr<File>> get();
  Result<std::shared_ptr<File>> get_to_write();
  const std::string& path() const { return path_; }

 private:
  friend class FileCache;
  FileCache& cache_;
  std::string path_;
  OpenMode mode_;
  std::optional<std::uint64_t> inode_;
  std::shared_ptr<File> file_;            // guarded by the cache's mutex, as are the next two
  bool is_writable_ = false;              // of file_
  std::list<LazyFile*>::iterator place_;  // in the cache's list, if file_ is set
};

class FileCache {
 public:
  explicit FileCache(FileSystem& files, std::size_t max_open = 1'000) : files_(files), max_open_(max_open) {}

  FileSystem& files() { return files_; }
  std::size_t open_count() const;

 private:
  friend class LazyFile;
  enum class Use { reading, writing };
  Result<std::shared_ptr<File>> get(LazyFile& lazy, Use use) WEIR_EXCLUDES(mutex_);
  Result<> open(LazyFile& lazy, Use use) WEIR_REQUIRES(mutex_);
  void forget(LazyFile& lazy) WEIR_EXCLUDES(mutex_);

  FileSystem& files_;
  const std::size_t max_open_;
  mutable Mutex mutex_;
  std::list<LazyFile*> used_ WEIR_GUARDED_BY(mutex_);  // last used first
};

}  // namespace weir::log::storage
