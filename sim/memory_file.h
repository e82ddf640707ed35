// MemoryFileSystem: files in memory that remember what was synced and every operation in order, so that what a crash
// leaves behind can be built from any moment of a history.
//
// A killed process loses nothing that was written (CrashModel::kill). A power cut loses what was not synced: of the
// writes since a file's last sync any may be there, missing, or torn at a sector; of the names since a directory's last
// sync a prefix may be there (file systems journal names in order). Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/file.h"
#include "log/base/mutex.h"

namespace weir {

struct CrashModel {
  enum class Unsynced { keep, drop, scramble };
  Unsynced unsynced = Unsynced::keep;
  std::uint64_t seed = 0;          // of scramble
  std::size_t sector_bytes = 512;  // a write is torn at a multiple of it

  static CrashModel kill() { return {}; }
  static CrashModel power_cut() { return {Unsynced::drop, 0, 512}; }
  static CrashModel power_cut(std::uint64_t seed) { return {Unsynced::scramble, seed, 512}; }
};

class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

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

  // What `modified_ms` says of a file; not_found until then.
  void set_modified_ms(const std::string& path, std::int64_t time_ms);

  // Operations that changed something or synced, since the start (or since this crash state was made).
  std::size_t operation_count() const;
  std::string describe_operation(std::size_t index) const;

  // The files as found after a crash that came when the first `operations` of them were done.
  std::unique_ptr<MemoryFileSystem> crashed_after(std::size_t operations, CrashModel model) const;
  std::unique_ptr<MemoryFileSystem> crashed(CrashModel model) const;

  // The same after a power cut of which each detail is chosen: `choose(n)` gives a number below n, of the names since a
  // directory's last sync how many are there, in order; of each write since its file's last sync 0: it is missing,
  // k: it is there up to the k-th sector's end within it, the largest: it is there whole. See PowerCuts.
  using Choose = std::function<std::size_t(std::size_t options)>;
  std::unique_ptr<MemoryFileSystem> cut_after(std::size_t operations, std::size_t sector_bytes,
                                              const Choose& choose) const;

  // From now on every change fails: who used these files was killed, and whatever still runs may not go on with them.
  void end();

  // Changes stored bytes behind everybody's back, as a failing disk does; `mask` is xored in.
  void flip(const std::string& path, std::uint64_t position, char mask);

 private:
  struct Node;
  struct Operation;
  struct State;
  class Handle;
  class Lock;

  // How many of a write's bytes are there; nothing: it is missing.
  using Fate = std::function<std::optional<std::size_t>(const Operation& change)>;

  Result<> perform(Operation operation) WEIR_EXCLUDES(mutex_);
  State after(std::size_t operations) const WEIR_REQUIRES(mutex_);
  static std::unique_ptr<MemoryFileSystem> left_by_power_cut(const State& state, std::size_t names_kept,
                                                             const Fate& fate);

  mutable Mutex mutex_;
  std::unique_ptr<State> start_;  // before the first recorded operation
  std::unique_ptr<State> now_;
  std::vector<Operation> history_ WEIR_GUARDED_BY(mutex_);
  bool has_ended_ WEIR_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::int64_t> modified_ms_ WEIR_GUARDED_BY(mutex_);  // by path
  std::shared_ptr<std::map<std::string, bool>> locks_;  // shared: with the locks, which may outlive this object
};

}  // namespace weir
