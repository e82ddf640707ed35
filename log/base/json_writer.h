// Pieces of JSON, written straight into a text.
#pragma once

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "log/base/bytes.h"

namespace weir {

// Appends `text` quoted and escaped. Bytes that are not UTF-8 become U+FFFD, one each.
void append_json_string(std::string_view text, std::string& out);

// How many bytes at the beginning of `text` are well-formed UTF-8: its size if all are.
std::size_t valid_utf8_prefix(std::string_view text);

// Appends the bytes in base64, quoted.
void append_json_base64(Bytes bytes, std::string& out);

// The shortest text that reads back as the same number. Precondition: finite.
template <class Number>
void append_json_number(Number value, std::string& out) {
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

}  // namespace weir
