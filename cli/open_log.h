// The three ways in which commands open a log.
#pragma once

#include <string>

#include "log/base/result.h"
#include "log/log.h"

namespace weir::cli {

// Beside whoever else has it open; sees what is committed.
Result<log::Client> open_to_read(const std::string& directory);

// Alone, and only what is there: a mistyped directory must not become a log. not_found.
Result<log::Client> open_to_change(const std::string& directory);

// Alone; made if it is not there.
Result<log::Client> open_or_make(const std::string& directory);

}  // namespace weir::cli
