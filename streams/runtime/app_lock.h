// AppLock: an application runs once at a time. Taken before anything else is done, so that who comes second disturbs
// nobody: within a process by the log and the id, and by a file beside the state, if there is any on disk.
#pragma once

#include <memory>
#include <string>

#include "log/base/result.h"

namespace weir::log {
class Transport;
}

namespace weir::streams {

class AppLock {
 public:
  // `state_directory` empty: nothing of it is on disk. locked, in words; io_error.
  static Result<std::unique_ptr<AppLock>> take(const log::Transport& log, const std::string& application_id,
                                               const std::string& state_directory);
  virtual ~AppLock() = default;
};

}  // namespace weir::streams
