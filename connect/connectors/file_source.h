// The file source: each record of a file (a line, a CSV row, a JSON text) becomes a record, and what is added to the
// file later becomes records when it is there. The file is watched by its inode, its size and its first bytes. A source
// may read several files, each with a position of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/record_parser.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/malformed.h"
#include "connect/contracts/source.h"
#include "log/base/file.h"

namespace weir::connect {

enum class Timestamps { wall_clock, zero };  // zero: what follows from a record follows from the file alone
enum class Replaced { fail, restart };       // what to do when the file is not the one that was read before
enum class LineEnd { detect, lf, cr };       // detect: '\n', and a file that has only '\r' is refused

struct FileSourceOptions {
  std::string path{};
  FileFormat format = FileFormat::lines;
  char csv_separator = ',';
  std::string key_field{};  // csv, jsonl: the field whose text becomes the key; empty: no key
  Timestamps timestamps = Timestamps::wall_clock;
  std::string timestamp_field{};  // csv, jsonl: milliseconds since 1970, instead of `timestamps`
  Malformed malformed = Malformed::fail;
  Replaced replaced = Replaced::fail;
  TextEncoding encoding = TextEncoding::utf8;
  LineEnd line_end = LineEnd::detect;
  std::size_t longest_record = 64 * 1024 * 1024;  // bytes; one that is longer is malformed
};

std::unique_ptr<Source> file_source(FileSourceOptions options, FileSystem& files = posix_files());
// Several, in turn. Precondition: at least one, and no path twice.
std::unique_ptr<Source> file_source(std::vector<FileSourceOptions> options, FileSystem& files = posix_files());

// "file-source": the same from settings.
ConnectorClass file_source_class();

}  // namespace weir::connect
