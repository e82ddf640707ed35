// start_thread: a thread, or why there is none: a process may have as many as it is allowed to.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "log/base/result.h"

namespace weir {

// io_error. The function throws nothing.
template <class Function>
Result<std::thread> start_thread(Function function) {
  try {
    return std::thread(std::move(function));
  } catch (const std::system_error& error) {
    return fail(ErrorCode::io_error, std::string("no thread can be started: ") + error.what());
  }
}

}  // namespace weir
