// WEIR_ASSERT: for our own mistakes, always on. It prints the expression, the place and what the caller adds, and
// aborts. Never for bad input, disks or networks: those are Errors.
#pragma once

#include <string_view>

namespace weir {
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line, std::string_view note = {});
}  // namespace weir

#define WEIR_ASSERT(condition, ...)                                                        \
  do {                                                                                     \
    if (!(condition)) [[unlikely]]                                                         \
      ::weir::assertion_failed(#condition, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__); \
  } while (false)
