#include "cli/open_log.h"

namespace weir::cli {

Result<log::Client> open_to_read(const std::string& directory) {
  return log::open(directory, {.access = log::Access::read_only});
}

Result<log::Client> open_to_change(const std::string& directory) {
  WEIR_TRY_VAR(is_there, posix_files().exists(directory + "/partitions"));
  if (!is_there) {
    return fail(ErrorCode::not_found,
                directory + " holds no log; 'weir topic create NAME --data " + directory + "' makes one");
  }
  return log::open(directory);
}

Result<log::Client> open_or_make(const std::string& directory) {
  return log::open(directory);
}

}  // namespace weir::cli
