// The stdin source: the records of standard input, lines, CSV rows or JSON texts, until it ends.
//
// A pipe gives what it has once. A record is in the topic at most once: what was read and not yet committed when the
// process is killed is gone. A failure that passes loses nothing: what is not committed is kept and given again.
#pragma once

#include <memory>

#include "connect/connectors/files/record_parser.h"
#include "connect/contracts/connector_class.h"
#include "connect/contracts/source.h"

namespace weir::connect {

struct StdinSourceOptions {
  int descriptor = 0;  // stays its owner's
  FileFormat format = FileFormat::lines;
  char csv_separator = ',';
  std::string key_field{};                        // csv, jsonl: the field whose text becomes the key; empty: no key
  std::size_t longest_record = 64 * 1024 * 1024;  // bytes; one that is longer is malformed
  bool skip_malformed = false;                    // else such a piece ends the task
};

std::unique_ptr<Source> stdin_source(StdinSourceOptions options);

// "stdin": the same from settings.
ConnectorClass stdin_class();

}  // namespace weir::connect
