#include "sim/faulty_file.h"

#include <algorithm>

namespace weir {

class FaultyFileSystem::Handle final : public File {
 public:
  Handle(FaultyFileSystem& owner, std::unique_ptr<File> real, std::string path)
      : owner_(owner), real_(std::move(real)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override {
    WEIR_TRY(owner_.pass(Fault::On::reads, "read " + path_));
    return real_->read_at(position, into, size);
  }
  Result<> write_at(std::uint64_t position, Bytes bytes) override { return write_parts_at(position, {&bytes, 1}); }
  Result<> write_parts_at(std::uint64_t position, std::span<const Bytes> parts) override {
    auto fault = owner_.strike(Fault::On::writes);
    if (!fault) return real_->write_parts_at(position, parts);
    std::size_t left = fault->write_bytes.value_or(0);
    for (Bytes part : parts) {
      std::size_t count = std::min(left, part.size());
      WEIR_TRY(real_->write_at(position, part.substr(0, count)));
      position += count;
      left -= count;
    }
    return fail(fault->code, "write " + path_ + ": injected");
  }
  Result<std::uint64_t> size() const override {
    WEIR_TRY(owner_.pass(Fault::On::reads, "stat " + path_));
    return real_->size();
  }
  Result<std::uint64_t> inode() const override {
    WEIR_TRY(owner_.pass(Fault::On::reads, "stat " + path_));
    return real_->inode();
  }
  Result<> truncate(std::uint64_t size) override {
    WEIR_TRY(owner_.pass(Fault::On::writes, "truncate " + path_));
    return real_->truncate(size);
  }
  Result<> sync_data() override {
    WEIR_TRY(owner_.pass(Fault::On::syncs, "sync " + path_));
    return real_->sync_data();
  }

 private:
  FaultyFileSystem& owner_;
  std::unique_ptr<File> real_;
  std::string path_;
};

void FaultyFileSystem::inject(Fault fault) {
  MutexLock lock(mutex_);
  fault_ = fault;
  seen_ = 0;
  fired_ = false;
}

void FaultyFileSystem::heal() {
  MutexLock lock(mutex_);
  fault_.reset();
}

std::optional<Fault> FaultyFileSystem::strike(Fault::On kind) {
  MutexLock lock(mutex_);
  ++count_;
  if (!fault_ || (fault_->on != Fault::On::any && fault_->on != kind)) return std::nullopt;
  std::size_t index = seen_++;
  if (index < fault_->at || (index > fault_->at && !fault_->lasts)) return std::nullopt;
  fired_ = true;
  return fault_;
}

Result<> FaultyFileSystem::pass(Fault::On kind, const std::string& what) {
  if (auto fault = strike(kind)) return fail(fault->code, what + ": injected");
  return {};
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, OpenMode mode) {
  WEIR_TRY(pass(mode == OpenMode::read ? Fault::On::reads : Fault::On::writes, "open " + path));
  WEIR_TRY_VAR(file, real_.open(path, mode));
  return std::make_unique<Handle>(*this, std::move(file), path);
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const std::string& path) {
  WEIR_TRY(pass(Fault::On::writes, "lock " + path));
  return real_.lock(path);
}

Result<bool> FaultyFileSystem::exists(const std::string& path) {
  WEIR_TRY(pass(Fault::On::reads, "look at " + path));
  return real_.exists(path);
}

Result<std::uint64_t> FaultyFileSystem::size_of(const std::string& path) {
  WEIR_TRY(pass(Fault::On::reads, "look at " + path));
  return real_.size_of(path);
}

Result<std::int64_t> FaultyFileSystem::modified_ms(const std::string& path) {
  WEIR_TRY(pass(Fault::On::reads, "look at " + path));
  return real_.modified_ms(path);
}

Result<> FaultyFileSystem::create_directories(const std::string& path) {
  WEIR_TRY(pass(Fault::On::writes, "create directory " + path));
  return real_.create_directories(path);
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
  WEIR_TRY(pass(Fault::On::reads, "list " + directory));
  return real_.list(directory);
}

Result<> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  WEIR_TRY(pass(Fault::On::writes, "rename " + from));
  return real_.rename(from, to);
}

Result<> FaultyFileSystem::remove(const std::string& path) {
  WEIR_TRY(pass(Fault::On::writes, "remove " + path));
  return real_.remove(path);
}

Result<> FaultyFileSystem::remove_all(const std::string& path) {
  WEIR_TRY(pass(Fault::On::writes, "remove " + path));
  return real_.remove_all(path);
}

Result<> FaultyFileSystem::sync_directory(const std::string& path) {
  WEIR_TRY(pass(Fault::On::syncs, "sync " + path));
  return real_.sync_directory(path);
}

}  // namespace weir
