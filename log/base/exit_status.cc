#include "log/base/exit_status.h"

#include <cerrno>
#include <cstdio>

namespace weir {

int report_failure(std::string_view what) {
  std::fprintf(stderr, "%s: %.*s\n", program_invocation_short_name, static_cast<int>(what.size()), what.data());
  return 1;
}

}  // namespace weir
