// JSON without a schema as values, and back (append_json of encoding.h).
#pragma once

#include <string_view>

#include "connect/data/value.h"
#include "log/base/json_reader.h"
#include "log/base/result.h"

namespace weir::connect {

// Objects become maps; of a member that is there twice the last counts, at the first one's place. Numbers without point
// and exponent become int64, or a Decimal where they are larger; others double, or a Decimal where a double does not
// have all their digits. corrupt_data: a number of more than 10,000 digits.
Result<Value> value_of_json(const JsonValue& json);

// The same of a text. corrupt_data.
Result<Value> value_of_json(std::string_view text);

}  // namespace weir::connect
