// Files of batches, for floors: appended in batches of 128 KiB, read back in pieces of 1 MiB.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "bench/floor/batch.h"
#include "bench/harness.h"

namespace weir::bench::floor {

inline constexpr std::size_t kBatchBytes = 128 * 1024;
inline constexpr std::size_t kPieceBytes = 1024 * 1024;

// A new file that records are appended to.
class LogWriter {
 public:
  explicit LogWriter(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0644)) {
    if (file_ < 0) give_up("cannot make " + path);
  }
  ~LogWriter() { ::close(file_); }
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  void add(std::int64_t timestamp, std::string_view key, std::string_view value) {
    batch_.add(timestamp, key, value);
    if (batch_.full()) flush();
  }
  void flush() {
    if (batch_.empty()) return;
    std::string_view bytes = batch_.seal();
    if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) give_up("a write failed");
    batch_.reset();
  }

 private:
  int file_;
  BatchWriter batch_{kBatchBytes};
};

// Every record of a file from where the last call ended, up to its end now.
class LogReader {
 public:
  explicit LogReader(const std::string& path) : file_(::open(path.c_str(), O_RDONLY)), buffer_(kPieceBytes * 2) {
    if (file_ < 0) give_up("cannot open " + path);
  }
  ~LogReader() { ::close(file_); }
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  template <class Visit>
  void read_all(Visit visit) {
    for (;;) {
      auto got = ::pread(file_, buffer_.data(), kPieceBytes, position_);
      if (got < 0) give_up("a read failed");
      std::size_t used = 0;
      auto size = static_cast<std::size_t>(got);
      while (size - used > kHeader && batch_size(buffer_.data() + used) <= size - used) {
        if (!each_record(buffer_.data() + used, visit)) give_up("a checksum is wrong");
        used += batch_size(buffer_.data() + used);
      }
      if (used == 0) return;
      position_ += static_cast<off_t>(used);
    }
  }

 private:
  int file_;
  off_t position_ = 0;
  std::vector<char> buffer_;
};

}  // namespace weir::bench::floor
