// Text as the function library of the vectors sees it: UTF-8 bytes or null, lengths and prefixes in UTF-16 code units.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::vectors {

using Text = std::optional<std::string>;

std::string rendered(const Text& text);    // the four letters "null" for a null
std::int64_t number_in(const Text& text);  // 0 for what is no integer of up to 15 digits
bool is_integer(const Text& text);
std::size_t utf16_length(const std::string& text);
std::string utf16_prefix(const std::string& text, std::size_t units);  // half of a pair comes out as '?'
std::string upper(const std::string& text);
std::string reversed(const std::string& text);
std::vector<std::string> words_in(const std::string& text);
Text field(const Text& text, std::size_t index);  // of those that '|' divides
bool contains(const Text& text, const std::string& part);

}  // namespace weir::vectors
