// RecordReader: the records of a file that may grow, as text: lines, or CSV records, which may span lines.
//
// Each byte is read and looked at once, however long a record is. Two things are left out of it on the way, so that
// they need no memory: the NULs before a record (what copying and truncating a log leaves, where its writer does not
// append), and what is longer than a record may be.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/connectors/files/csv.h"
#include "connect/contracts/malformed.h"
#include "log/base/file.h"
#include "log/base/regex.h"
#include "log/base/result.h"

namespace weir::connect {

class RecordReader {
 public:
  struct Options {
    std::optional<char> csv_separator{};  // without it each line is a record
    char line_end = '\n';
    std::optional<Regex> begins{};  // a line that this matches begins a record; the others belong to the one before
    std::size_t longest = 64 * 1024 * 1024;  // bytes of a record
    Malformed too_long = Malformed::fail;    // skip: it is passed over to its end; fail: `peek` fails at once
  };

  struct Piece {
    std::string_view text;       // without its line end; borrowed until `release`
    std::uint64_t nuls = 0;      // that stood before it
    std::uint64_t too_long = 0;  // its bytes, if it was passed over; then there is no text
  };

  explicit RecordReader(Options options);

  void open(std::unique_ptr<File> file, std::uint64_t offset);

  // The next record; nullopt if no whole one is there (now). corrupt_data for one that is too long.
  Result<std::optional<Piece>> peek();
  void consume();
  // The texts that were given are not used any more.
  void release();

  // Where `begins` is set and the last `peek` gave nothing: how many bytes of whole lines are there of a record that
  // may go on; and to say that it does not. `is_whole`: what stands behind them without a line end is a line, too.
  enum class Last { may_grow, is_whole };
  std::size_t whole_lines() const { return lines_size_.value_or(0); }
  bool end_record_here(Last last);

  // What stands behind the last line end, if the last `peek` gave nothing; taken as a record by `consume_rest`.
  Piece rest() const { return piece(unread()); }
  bool has_rest() const { return left_out_ > 0 || !unread().empty(); }
  void consume_rest();

  std::uint64_t offset() const { return offset_; }  // of the first byte that was not consumed
  const File& file() const { return *file_; }

 private:
  std::string_view unread() const { return buffer_.view().substr(used_); }
  Piece piece(std::string_view text) const;
  std::optional<std::string_view> plain_line() const;
  std::optional<std::size_t> find_end();
  std::optional<std::size_t> find_beginning();
  Result<> check_size(std::size_t bytes);
  Result<std::size_t> read_more();
  void leave_out(std::size_t bytes);
  void leave_out_nuls();
  void begin_record();
  void next_buffer();

  Options options_;
  std::optional<CsvSplitter> csv_;
  std::unique_ptr<File> file_;
  std::uint64_t offset_ = 0;    // where the record begins
  std::uint64_t left_out_ = 0;  // of its first bytes: these NULs, and more if it is too long
  std::uint64_t nuls_ = 0;
  bool is_too_long_ = false;
  // Bytes that are written before they are read: they need not begin as anything.
  struct Buffer {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t room = 0;
    std::string_view view() const { return {bytes.get(), size}; }
    void reserve(std::size_t wanted);
  };
  Buffer buffer_;              // of the file; buffer_[used_] is at offset_ + left_out_
  std::vector<Buffer> given_;  // what stood before it, of which texts were given
  std::vector<Buffer> room_;   // of earlier ones
  std::size_t used_ = 0;
  std::size_t looked_at_ = 0;              // of the unread part, without a line end
  std::size_t line_begin_ = 0;             // in the unread part: of the line that is looked at
  bool is_first_line_ = true;              // of its record
  std::optional<std::size_t> lines_size_;  // of the lines before it
  std::optional<std::size_t> found_size_;  // of the unread part that belongs to the record that was peeked at
};

}  // namespace weir::connect
