// Values as short texts, as Kafka Connect's `Values` writes and reads those of headers: 42, 1.5, true, null,
// 2024-05-01, 10:15:30.250Z, 2024-05-01T10:15:30.250Z, [1,2], {"a":1}; whatever is none of these is a string.
#pragma once

#include <string>
#include <string_view>

#include "connect/data/schema.h"
#include "connect/data/value.h"

namespace weir::connect {

// What a text looks like, with the schema of it. Whole numbers take the smallest type that holds them, others float32
// or float64 if that has all of their digits, else they are decimals; texts inside lists and maps are quoted. Where
// only the beginning of a text looks like something ("1,2", "[1] x") it is a string, all of it.
Datum datum_of_text(std::string_view text);

// The text of a value, which datum_of_text takes for the same value, but for strings that look like something else and
// for bytes, which are base64.
std::string short_text(const Value& value);

// A number as Java prints it: "42.0", "1.0E10", "NaN".
std::string java_text(double value);
std::string java_text(float value);

// Whether the text of a number has no digit that the shortest text of the double, or float, does not have.
bool holds_all_digits(std::string_view text, double value);
bool holds_all_digits(std::string_view text, float value);

}  // namespace weir::connect
