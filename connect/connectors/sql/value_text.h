// Values as text that databases read: dates and times as ISO 8601 has them, decimals with all their digits, what has
// parts as JSON, bytes as they are.
#pragma once

#include <string>

#include "connect/data/value.h"
#include "log/base/result.h"

namespace weir::connect {

// Precondition: it is not null. invalid_record: it has no JSON.
Result<std::string> text_of_value(const Value& value);

}  // namespace weir::connect
