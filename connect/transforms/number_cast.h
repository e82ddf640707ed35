// Numbers, texts and booleans as one another. Java's rules, but that what does not fit is refused where Java would wrap
// around.
#pragma once

#include <optional>
#include <string_view>

#include "connect/data/schema.h"
#include "log/base/result.h"

namespace weir::connect {

// int8 to float64; nullopt: the value is no number, or a decimal.
std::optional<Type> number_type_of(const Value& value);

// A number, decimals included, as one of a type: fractions are cut off where it is one of whole numbers, and digits are
// rounded off where it has fewer. invalid_record: it is too large, or NaN. Precondition: both are numbers.
Result<Value> cast_number(const Value& value, Type type);

// A text as a number. invalid_record.
Result<Value> cast_text(std::string_view text, Type type);

}  // namespace weir::connect
