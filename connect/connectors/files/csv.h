// CSV as RFC 4180 has it: fields between separators, quoted with '"' where they hold separators, quotes (doubled) or
// line ends. A quote that is not the first of a field is an ordinary letter for where a record ends, and an error when
// its fields are read: one malformed line does not swallow those behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "log/base/result.h"

namespace weir::connect {

// Finds where records end in text that grows.
class CsvSplitter {
 public:
  explicit CsvSplitter(char separator, char line_end = '\n') : separator_(separator), line_end_(line_end) {}

  // The size of the first record of `text`, without its line end; nullopt if its end is not there yet. After nullopt
  // `text` is what it was, and more; each byte is looked at once.
  std::optional<std::size_t> find_end(std::string_view text);
  void restart();

  // Nothing of a record was seen yet.
  bool is_at_start() const { return state_ == State::field_start && looked_at_ == 0; }
  // After nullopt: the text begins behind what was seen of it.
  void forget_text() { looked_at_ = 0; }

 private:
  enum class State { field_start, plain, quoted, quote_in_quoted };

  State after(char letter) const;

  char separator_;
  char line_end_;
  State state_ = State::field_start;
  std::size_t looked_at_ = 0;
};

// The fields of one record. corrupt_data for a quote in the middle of a field or one that is not closed.
Result<std::vector<std::string>> parse_csv_record(std::string_view record, char separator);

}  // namespace weir::connect
