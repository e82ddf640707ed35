// LineWriter: a record as a line of a file: JSON, its value's text, or CSV.
#pragma once

#include <string>
#include <vector>

#include "connect/data/connect_record.h"
#include "log/base/result.h"

namespace weir::connect {

enum class LineFormat { jsonl, lines, csv };
enum class Envelope { key_value, value };  // of jsonl: {"key":K,"value":V}, or V alone

class LineWriter {
 public:
  struct Options {
    LineFormat format = LineFormat::jsonl;
    Envelope envelope = Envelope::key_value;
    char csv_separator = ',';
    std::vector<std::string> columns{};  // of csv: the value's fields, in this order
  };

  explicit LineWriter(Options options) : options_(std::move(options)) {}

  // With its line end; `out` is what it was after an error. invalid_record: of lines, a text with a line end in it; of
  // csv, a value that has no fields. What the payload says else.
  Result<> append(const ConnectRecord& record, std::string& out) const;
  // What a file begins with.
  std::string head() const;

 private:
  Result<> append_whole(const ConnectRecord& record, std::string& out) const;
  Result<> append_row(const ConnectRecord& record, std::string& out) const;

  Options options_;
};

}  // namespace weir::connect
