// AppLock: an instance of an application runs once at a time. Taken before anything else is done, so that who comes
// second disturbs nobody: within a process by the log, the id and the state's directory, and by a file in that, if it
// has anything on disk. With a directory of its own another instance shares the tasks.
#pragma once

#include <memory>
#include <string>

#include "log/base/result.h"
#include "log/base/strong.h"

namespace weir::log {
class Transport;
}

namespace weir::streams {

class AppLock {
 public:
  WEIR_FLAG(OnDisk);

  // locked, in words; io_error.
  static Result<std::unique_ptr<AppLock>> take(const log::Transport& log, const std::string& application_id,
                                               const std::string& state_directory, OnDisk on_disk);
  virtual ~AppLock() = default;
};

}  // namespace weir::streams
