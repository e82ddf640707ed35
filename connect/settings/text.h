// Small questions about text that settings and files ask.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::connect {

// Without blanks, tabs and carriage returns at both ends.
std::string trimmed(std::string_view text);

// The trimmed parts between separators; empty ones are left out.
std::vector<std::string> split(std::string_view text, char separator);

// How many letters must be put in, left out or changed to make one of the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace weir::connect
