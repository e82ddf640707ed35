#include "cli/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace weir::cli {

Result<> print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return fail(ErrorCode::io_error, "write to standard output: " + std::generic_category().message(errno));
}

}  // namespace weir::cli
