// GatedFileSystem: passes every call on to another file system; while its gate is closed, syncs of files wait there,
// all or those of files with `below` in their path.
// For tests of who waits for the disk and who does not.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "log/base/file.h"

namespace weir {

class GatedFileSystem final : public FileSystem {
 public:
  explicit GatedFileSystem(FileSystem& real) : real_(real) {}

  void close_gate(std::string below = {}) { set(true, std::move(below)); }
  void open_gate() { set(false); }
  int syncs() const {  // that came through
    std::lock_guard lock(mutex_);
    return syncs_;
  }
  // Returns when so many syncs wait at the gate.
  void wait_for(int waiting) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= waiting; });
  }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    WEIR_TRY_VAR(file, real_.open(path, mode));
    return std::make_unique<Handle>(*this, path, std::move(file));
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override { return real_.lock(path); }
  Result<bool> exists(const std::string& path) override { return real_.exists(path); }
  Result<std::uint64_t> size_of(const std::string& path) override { return real_.size_of(path); }
  Result<std::int64_t> modified_ms(const std::string& path) override { return real_.modified_ms(path); }
  Result<> create_directories(const std::string& path) override { return real_.create_directories(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return real_.list(directory); }
  Result<> rename(const std::string& from, const std::string& to) override { return real_.rename(from, to); }
  Result<> remove(const std::string& path) override { return real_.remove(path); }
  Result<> remove_all(const std::string& path) override { return real_.remove_all(path); }
  Result<> sync_directory(const std::string& path) override { return real_.sync_directory(path); }

 private:
  class Handle final : public File {
   public:
    Handle(GatedFileSystem& owner, std::string path, std::unique_ptr<File> real)
        : owner_(owner), path_(std::move(path)), real_(std::move(real)) {}
    Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override {
      return real_->read_at(position, into, size);
    }
    Result<> write_at(std::uint64_t position, Bytes bytes) override { return real_->write_at(position, bytes); }
    Result<> write_parts_at(std::uint64_t position, std::span<const Bytes> parts) override {
      return real_->write_parts_at(position, parts);
    }
    Result<std::uint64_t> size() const override { return real_->size(); }
    Result<> truncate(std::uint64_t size) override { return real_->truncate(size); }
    Result<> sync_data() override {
      owner_.pass(path_);
      return real_->sync_data();
    }
    Result<std::uint64_t> inode() const override { return real_->inode(); }

   private:
    GatedFileSystem& owner_;
    const std::string path_;
    std::unique_ptr<File> real_;
  };

  void set(bool is_closed, std::string below = {}) {
    std::lock_guard lock(mutex_);
    is_closed_ = is_closed;
    below_ = std::move(below);
    changed_.notify_all();
  }
  void pass(const std::string& path) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !is_closed_ || path.find(below_) == std::string::npos; });
    --waiting_;
    ++syncs_;
  }

  FileSystem& real_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_closed_ = false;
  std::string below_;
  int waiting_ = 0;
  int syncs_ = 0;
};

}  // namespace weir
