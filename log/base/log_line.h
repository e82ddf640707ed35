// log_line::warn("connector {}: {}", name, what): the library's own messages, made only where somebody listens. For .cc
// files: fmt is no part of what users see.
#pragma once

#include <utility>

#include <fmt/format.h>

#include "log/base/logging.h"

namespace weir::log_line {

template <class... Arguments>
void write(LogLevel level, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (level < log_level()) return;
  log_message(level, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <class... Arguments>
void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(LogLevel::debug, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(LogLevel::info, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void warn(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(LogLevel::warn, format, std::forward<Arguments>(arguments)...);
}
template <class... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write(LogLevel::error, format, std::forward<Arguments>(arguments)...);
}

}  // namespace weir::log_line
