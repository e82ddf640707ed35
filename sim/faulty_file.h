// FaultyFileSystem: passes every call on to another file system, counts them, and makes the chosen ones fail, so that a
// test can fail each operation of a history in turn.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "log/base/file.h"
#include "log/base/mutex.h"

namespace weir {

struct Fault {
  enum class On { any, reads, writes, syncs };
  std::size_t at = 0;                    // the n-th matching operation from now, counted from 0
  ErrorCode code = ErrorCode::io_error;  // io_error, no_space
  On on = On::any;
  bool lasts = false;                        // until heal(), as a full disk does
  std::optional<std::size_t> write_bytes{};  // a write gets this far before it fails
};

class FaultyFileSystem final : public FileSystem {
 public:
  explicit FaultyFileSystem(FileSystem& real) : real_(real) {}

  void inject(Fault fault);  // replaces an earlier one
  void heal();
  bool has_fired() const { return fired_; }
  std::size_t operation_count() const { return count_; }

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::uint64_t> size_of(const std::string& path) override;
  Result<std::int64_t> modified_ms(const std::string& path) override;
  Result<> create_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<> rename(const std::string& from, const std::string& to) override;
  Result<> remove(const std::string& path) override;
  Result<> remove_all(const std::string& path) override;
  Result<> sync_directory(const std::string& path) override;

 private:
  class Handle;

  // The fault if this operation is to fail.
  std::optional<Fault> strike(Fault::On kind);
  Result<> pass(Fault::On kind, const std::string& what);

  FileSystem& real_;
  Mutex mutex_;
  std::optional<Fault> fault_ WEIR_GUARDED_BY(mutex_);
  std::size_t seen_ WEIR_GUARDED_BY(mutex_) = 0;
  std::atomic<std::size_t> count_{0};
  std::atomic<bool> fired_{false};
};

}  // namespace weir
