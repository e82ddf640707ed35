// The file source: each record of a file (a line, several that belong together, a CSV row, a JSON text) becomes a
// record, and what is added to the file later becomes records when it is there. The file is watched by its inode, its
// size and its first bytes. A source may read several files, each with a position of its own, or all those that a
// pattern names, also as they come, go and are renamed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connect/connectors/files/compressed_file.h"
#include "connect/connectors/files/record_parser.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/malformed.h"
#include "connect/contracts/source.h"
#include "log/base/clock.h"
#include "log/base/file.h"
#include "log/base/regex.h"

namespace weir::connect {

enum class Timestamps { wall_clock, zero };  // zero: what follows from a record follows from the file alone
enum class Replaced { fail, restart };       // what to do when the file is not the one that was read before
enum class LineEnd { detect, lf, cr };       // detect: '\n', and a file that has only '\r' is refused

struct FileSourceOptions {
  // Its last part may be a pattern of names (glob(7)): "logs/*.log".
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
  Compression compression = Compression::detect;
  // lines: one that this matches begins a record, and those that follow belong to it.
  std::optional<Regex> record_begins{};
  Millis record_wait{5'000};  // and it ends where nothing follows for so long

  // Of a pattern: which of the files that it names, told apart by their names, this source reads.
  std::int32_t share = 0;
  std::int32_t shares = 1;
  bool is_one_of_many = false;  // set by the source: it follows files by what they are, not by their names
};

bool is_file_pattern(const std::string& path);

std::unique_ptr<Source> file_source(FileSourceOptions options, FileSystem& files = posix_files(),
                                    Clock& clock = SystemClock::instance());
// Several, in turn. Precondition: at least one, and no path twice.
std::unique_ptr<Source> file_source(std::vector<FileSourceOptions> options, FileSystem& files = posix_files(),
                                    Clock& clock = SystemClock::instance());

// "file-source": the same from settings.
ConnectorClass file_source_class();

}  // namespace weir::connect
