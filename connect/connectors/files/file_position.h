// FilePosition: where a file source stands, as JSON in the offsets topic, for example
//   {"offset":42,"line":3,"is_line_open":false,"inode":7,"size":50,"first_bytes":42,"fingerprint":123,"header":"a,b"}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connect/connectors/files/file_identity.h"
#include "log/base/result.h"

namespace weir::connect {

struct FilePosition {
  std::uint64_t offset = 0;   // first byte that was not read
  std::uint64_t line = 0;     // lines before it
  bool is_line_open = false;  // the last line was taken without its newline, which may come yet
  FileIdentity file;
  std::string header;  // of a CSV file: its first record

  std::string to_json() const;
  static Result<FilePosition> parse(std::string_view json);  // corrupt_data
};

}  // namespace weir::connect
