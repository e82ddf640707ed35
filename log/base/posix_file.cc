#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "log/base/file.h"
#include "log/base/path.h"

namespace weir {

namespace {

ErrorCode code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::no_space;
    case EROFS:
      return ErrorCode::read_only;
    case EACCES:
    case EPERM:
      return ErrorCode::permission_denied;
    case ENOENT:
      return ErrorCode::not_found;
    default:
      return ErrorCode::io_error;
  }
}

tl::unexpected<Error> failed(const char* operation, const std::string& path, int error) {
  std::string what = std::string(operation) + " " + path + ": " + std::generic_category().message(error);
  rlimit limit{};
  if (error == EMFILE && ::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    what += "; this process may have " + std::to_string(limit.rlim_cur) + " (ulimit -n)";
  }
  return fail(code_of(error), std::move(what));
}

// Never 0 to 2: whoever prints to a standard stream that was closed would write into the log.
int open_above_standard(const std::string& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0 || descriptor > STDERR_FILENO) return descriptor;
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return moved;
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  Result<std::size_t> read_at(std::uint64_t position, char* into, std::size_t size) const override {
    std::size_t done = 0;
    while (done < size) {
      ssize_t count = ::pread(descriptor_, into + done, size - done, static_cast<off_t>(position + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("read", path_, errno);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<> write_at(std::uint64_t position, Bytes bytes) override {
    while (!bytes.empty()) {
      ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(position));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return failed("write", path_, errno);
      position += static_cast<std::uint64_t>(count);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<> write_parts_at(std::uint64_t position, std::span<const Bytes> parts) override {
    constexpr std::size_t kMost = 16;
    while (!parts.empty()) {
      std::array<iovec, kMost> vectors;
      std::size_t count = std::min(parts.size(), kMost);
      std::size_t total = 0;
      for (std::size_t i = 0; i < count; ++i) {
        vectors[i] = {const_cast<char*>(parts[i].data()), parts[i].size()};
        total += parts[i].size();
      }
      ssize_t written = ::pwritev(descriptor_, vectors.data(), static_cast<int>(count), static_cast<off_t>(position));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failed("write", path_, errno);
      if (static_cast<std::size_t>(written) < total) {
        WEIR_TRY(finish(position, static_cast<std::size_t>(written), parts.first(count)));
      }
      position += total;
      parts = parts.subspan(count);
    }
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status;
    if (::fstat(descriptor_, &status) != 0) return failed("stat", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<std::uint64_t> inode() const override {
    struct stat status;
    if (::fstat(descriptor_, &status) != 0) return failed("stat", path_, errno);
    return static_cast<std::uint64_t>(status.st_ino);
  }

  Result<> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) return failed("truncate", path_, errno);
    return {};
  }

  Result<> sync_data() override {
    if (::fdatasync(descriptor_) != 0) return failed("sync", path_, errno);
    return {};
  }

 private:
  // The rest of a short write, part by part.
  Result<> finish(std::uint64_t position, std::size_t written, std::span<const Bytes> parts) {
    for (Bytes part : parts) {
      std::size_t skip = std::min(written, part.size());
      WEIR_TRY(write_at(position + skip, part.substr(skip)));
      written -= skip;
      position += part.size();
    }
    return {};
  }

  int descriptor_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int descriptor) : descriptor_(descriptor) {}
  ~PosixLock() override { ::close(descriptor_); }

 private:
  int descriptor_;
};

// Who holds the lock of a file, by the kernel's table of them: nothing is written into a file that is locked, as it may
// be a user's. "1: FLOCK  ADVISORY  WRITE 4711 fe:01:10970786 0 EOF"
std::string holder_of(int descriptor) {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0) return "another process";
  std::ifstream locks("/proc/locks");
  const std::string inode = ":" + std::to_string(found.st_ino);
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, place;
    long process = 0;
    if (!(words >> number >> kind >> mode >> access >> process >> place)) continue;  // of one that waits, too
    if (kind != "FLOCK" || !place.ends_with(inode) || process <= 0) continue;
    return process == ::getpid() ? "this process" : "process " + std::to_string(process);
  }
  return "another process";
}

Result<> checked(const char* operation, const std::string& path, const std::error_code& error) {
  if (error) return failed(operation, path, error.value());
  return {};
}

class PosixFiles final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = (mode == OpenMode::read ? O_RDONLY : O_RDWR) | (mode == OpenMode::create ? O_CREAT : 0);
    int descriptor = open_above_standard(path, flags);
    if (descriptor < 0) return failed("open", path, errno);
    return std::make_unique<PosixFile>(descriptor, path);
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    int descriptor = open_above_standard(path, O_RDWR | O_CREAT);
    if (descriptor < 0) return failed("open", path, errno);
    auto held = std::make_unique<PosixLock>(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return fail(ErrorCode::locked, path + " is held by " + holder_of(descriptor));
      return failed("lock", path, errno);
    }
    return held;
  }

  Result<bool> exists(const std::string& path) override {
    std::error_code error;
    bool there = std::filesystem::exists(path, error);
    WEIR_TRY(checked("look at", path, error));
    return there;
  }

  Result<std::uint64_t> size_of(const std::string& path) override {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return failed("look at", path, errno);
    return static_cast<std::uint64_t>(found.st_size);
  }

  Result<std::int64_t> modified_ms(const std::string& path) override {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) return failed("look at", path, errno);
    return std::int64_t{found.st_mtim.tv_sec} * 1'000 + found.st_mtim.tv_nsec / 1'000'000;
  }

  Result<> create_directories(const std::string& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return checked("create directory", path, error);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entries(directory, error);
    WEIR_TRY(checked("list", directory, error));
    while (entries != std::filesystem::directory_iterator()) {
      names.push_back(entries->path().filename().string());
      entries.increment(error);
      WEIR_TRY(checked("list", directory, error));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failed("rename", from, errno);
    return {};
  }

  Result<> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failed("remove", path, errno);
    return {};
  }

  Result<> remove_all(const std::string& path) override {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    return checked("remove", path, error);
  }

  Result<> sync_directory(const std::string& path) override {
    int descriptor = open_above_standard(path, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) return failed("open", path, errno);
    int result = ::fsync(descriptor);
    int error = errno;
    ::close(descriptor);
    if (result != 0) return failed("sync", path, error);
    return {};
  }
};

// The directory itself, or the nearest one above it that is there.
std::string nearest_there(std::string path) {
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored)) {
    const std::string above = parent_directory(path);
    if (above == path) break;
    path = above;
  }
  return path;
}

}  // namespace

std::string mount_of(const std::string& path) {
  struct statx found {};
  const std::string there = nearest_there(path);
  if (::statx(AT_FDCWD, there.c_str(), AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) return {};
  std::string text = std::to_string(found.stx_dev_major) + ":" + std::to_string(found.stx_dev_minor);
  if ((found.stx_mask & STATX_MNT_ID) != 0) text += "#" + std::to_string(found.stx_mnt_id);
  return text;
}

void hold_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free descriptor is taken: this one, as those below are held.
    const int held = ::open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY);
    if (held > STDERR_FILENO) ::close(held);
  }
}

FileSystem& posix_files() {
  static PosixFiles files;
  return files;
}

}  // namespace weir
