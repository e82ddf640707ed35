// Where the log of a command is, and the ways in which commands open it.
#pragma once

#include <string>

#include "log/base/result.h"
#include "log/log.h"

namespace weir::cli {

// As the command line says it; what is empty it does not say, and then the environment may: WEIR_DATA, WEIR_BOOTSTRAP,
// WEIR_SECURITY.
struct LogPlace {
  std::string data;       // a directory
  std::string bootstrap;  // servers: "localhost:9092", several with commas between them
  std::string security;   // a file that says how to come to them: security_file.h
};

// Of a log that is elsewhere the server says what may be done; the three differ for a log in a directory. Where a
// program has that open that listens, `alone` is by way of that program. invalid_argument: it is not said where the log
// is, or twice.

// Only that: for commands that do something else before they open it.
Result<> check_place(const LogPlace& place);
// The directory that it is in; empty: it is elsewhere.
Result<std::string> directory_of(const LogPlace& place);

// Beside whoever else has it open; sees what is committed.
Result<log::Client> open_to_read(const LogPlace& place);

// Alone, and only what is there: a mistyped directory must not become a log. not_found.
Result<log::Client> open_to_change(const LogPlace& place);
Result<log::Client> open_to_change(const std::string& directory);

// Alone; made if it is not there.
Result<log::Client> open_or_make(const LogPlace& place);

}  // namespace weir::cli
