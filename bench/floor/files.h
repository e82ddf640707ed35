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

// A file's records one at a time, for loops that take from two of them in turn.
class LogCursor {
 public:
  explicit LogCursor(const std::string& path) : file_(::open(path.c_str(), O_RDONLY)), buffer_(kPieceBytes * 2) {
    if (file_ < 0) give_up("cannot open " + path);
  }
  ~LogCursor() { ::close(file_); }
  LogCursor(const LogCursor&) = delete;
  LogCursor& operator=(const LogCursor&) = delete;

  // The next record, valid until the next call; false at the end.
  bool next(Record& record) {
    if (left_ == 0 && !open_batch()) return false;
    --left_;
    at_ = take_record(at_, base_time_, record);
    return true;
  }

 private:
  bool open_batch() {
    if (size_ - used_ <= kHeader || batch_size(buffer_.data() + used_) > size_ - used_) {
      position_ += static_cast<off_t>(used_);
      auto got = ::pread(file_, buffer_.data(), kPieceBytes, position_);
      if (got < 0) give_up("a read failed");
      size_ = static_cast<std::size_t>(got);
      used_ = 0;
      if (size_ <= kHeader || batch_size(buffer_.data()) > size_) return false;
    }
    const char* batch = buffer_.data() + used_;
    if (!has_right_checksum(batch)) give_up("a checksum is wrong");
    used_ += batch_size(batch);
    base_time_ = get<std::int64_t>(batch + 27);
    left_ = get<std::int32_t>(batch + 57);
    at_ = batch + kHeader;
    return left_ > 0;
  }

  int file_;
  off_t position_ = 0;
  std::vector<char> buffer_;
  std::size_t size_ = 0, used_ = 0;
  const char* at_ = nullptr;
  std::int64_t base_time_ = 0;
  std::int32_t left_ = 0;
};

}  // namespace weir::bench::floor
