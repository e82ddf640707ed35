// Paths as the log writes them: '/' between parts, no dots.
#pragma once

#include <string>

namespace weir {

// "a/b" of "a/b/c", "." of "c".
std::string parent_directory(const std::string& path);

}  // namespace weir
