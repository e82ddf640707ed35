#include "log/storage/file_cache.h"

namespace weir::log::storage {

LazyFile::LazyFile(FileCache& cache, std::string path, OpenMode mode, std::optional<std::uint64_t> inode)
    : cache_(cache), path_(std::move(path)), mode_(mode), inode_(inode) {}

LazyFile::~LazyFile() {
  cache_.forget(*this);
}

Result<std::shared_ptr<File>> LazyFile::get() {
  return cache_.get(*this, FileCache::Use::reading);
}

Result<std::shared_ptr<File>> LazyFile::get_to_write() {
  return cache_.get(*this, FileCache::Use::writing);
}

Result<> FileCache::open(LazyFile& lazy, Use use) {
  auto file = files_.open(lazy.path_, lazy.mode_);
  bool is_writable = lazy.mode_ != OpenMode::read;
  if (!file && file.error().code == ErrorCode::read_only && use == Use::reading) {
    file = files_.open(lazy.path_, OpenMode::read);
    is_writable = false;
  }
  if (!file) return fail(std::move(file).error());
  if (lazy.mode_ == OpenMode::read) {
    WEIR_TRY_VAR(inode, (*file)->inode());
    if (lazy.inode_.value_or(inode) != inode) return fail(ErrorCode::not_found, lazy.path_ + " was replaced");
    lazy.inode_ = inode;
  }
  lazy.file_ = *std::move(file);
  lazy.is_writable_ = is_writable;
  return {};
}

Result<std::shared_ptr<File>> FileCache::get(LazyFile& lazy, Use use) {
  MutexLock lock(mutex_);
  if (lazy.file_) {
    used_.splice(used_.begin(), used_, lazy.place_);
    if (use == Use::writing && !lazy.is_writable_) WEIR_TRY(open(lazy, use));
    return lazy.file_;
  }
  WEIR_TRY(open(lazy, use));
  used_.push_front(&lazy);
  lazy.place_ = used_.begin();
  if (used_.size() > max_open_) {
    used_.back()->file_.reset();
    used_.pop_back();
  }
  return lazy.file_;
}

void FileCache::forget(LazyFile& lazy) {
  MutexLock lock(mutex_);
  if (!lazy.file_) return;
  used_.erase(lazy.place_);
  lazy.file_.reset();
}

std::size_t FileCache::open_count() const {
  MutexLock lock(mutex_);
  return used_.size();
}

}  // namespace weir::log::storage
