#include "log/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace weir {

void assertion_failed(const char* expression, const char* file, int line, std::string_view note) {
  std::fprintf(stderr, "weir: assertion failed at %s:%d: %s%s%.*s\n", file, line, expression, note.empty() ? "" : ": ",
               static_cast<int>(note.size()), note.data());
  std::abort();
}

}  // namespace weir
