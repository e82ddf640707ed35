// RecordReader: the records of a file that may grow, as text: lines, or CSV records, which may span lines.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "connect/connectors/csv.h"
#include "log/base/file.h"
#include "log/base/result.h"

namespace weir::connect {

class RecordReader {
 public:
  // Without a separator each line is a record.
  explicit RecordReader(std::optional<char> csv_separator);

  void open(std::unique_ptr<File> file, std::uint64_t offset);

  // The next record without its newline, borrowed until `consume`; nullopt if no whole one is there (now).
  Result<std::optional<std::string_view>> peek();
  void consume();

  // What stands behind the last newline, if the last `peek` gave nothing; taken as a record by `consume_rest`.
  std::string_view rest() const { return unread(); }
  void consume_rest();

  std::uint64_t offset() const { return offset_; }  // of the first byte that was not consumed
  const File& file() const { return *file_; }

 private:
  std::string_view unread() const { return std::string_view(buffer_).substr(used_); }
  std::optional<std::size_t> find_end();
  Result<std::size_t> read_more();

  std::optional<CsvSplitter> csv_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;
  std::string buffer_;  // of the file; buffer_[used_] is at offset_
  std::size_t used_ = 0;
  std::size_t looked_at_ = 0;              // of the unread part, without a newline
  std::optional<std::size_t> found_size_;  // of the record that was peeked at
};

}  // namespace weir::connect
