// RecordParser: what a record's text means: a line as it stands, a row under a CSV header, or a JSON text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connect/contracts/source.h"
#include "log/base/result.h"

namespace weir::connect {

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // U+FEFF in UTF-8, which some files begin with

enum class FileFormat { lines, csv, jsonl };
enum class TextEncoding { utf8, latin1 };  // latin1: ISO 8859-1, turned into UTF-8

class RecordParser {
 public:
  struct Options {
    FileFormat format = FileFormat::lines;
    char csv_separator = ',';
    std::string key_field;        // empty: no key
    std::string timestamp_field;  // milliseconds since 1970; empty: the timestamp is left alone
    TextEncoding encoding = TextEncoding::utf8;
    bool borrows = false;  // records may borrow the texts that they are parsed of
  };

  explicit RecordParser(Options options) : options_(std::move(options)) {}

  // Whether `text`, the next record as the file has it, is one that carries data: a CSV header and blank lines are not.
  // corrupt_data if it is malformed; invalid_config if it is a header that does not give every column a name of its
  // own, or lacks one that was asked for.
  Result<bool> parse(std::string_view text, ConnectRecord& into);

  // The header that was parsed, in UTF-8, to go on under it later.
  const std::string& header() const { return header_; }
  Result<> set_header(std::string_view text);
  void forget_header();

 private:
  Result<bool> parse_text(std::string_view text, ConnectRecord& into);
  Result<> parse_row(std::string_view text, ConnectRecord& into) const;
  Result<> parse_json(std::string_view text, ConnectRecord& into) const;

  Options options_;
  std::string header_;
  std::vector<std::string> columns_;
};

}  // namespace weir::connect
