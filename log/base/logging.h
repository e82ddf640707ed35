// What the library has to say while it runs: warnings above all. It goes to standard error, from `info` on; the
// variable WEIR_LOG (debug, info, warn, error, off) or set_log_level says otherwise, and set_log_sink takes it
// elsewhere:
//
//   weir::set_log_sink([](weir::LogLevel level, std::string_view message) { syslog(priority_of(level), ...); });
//
// Both may be called at any time, from any thread. Nothing else of the process's logging is touched.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

namespace weir {

enum class LogLevel { debug, info, warn, error, off };

// "debug", "info", "warn", "error", "off".
std::string_view name_of(LogLevel level);
std::optional<LogLevel> log_level_named(std::string_view name);

// Messages below the level are not made. Stronger than WEIR_LOG, which is read before the first message.
void set_log_level(LogLevel level);
LogLevel log_level();

// Called for one message at a time, on the thread that has something to say: it must be quick, and must not log by
// Weir. One that throws is left out of that message, which goes to standard error.
using LogSink = std::function<void(LogLevel level, std::string_view message)>;
void set_log_sink(LogSink sink);  // nullptr: standard error again

// One message, as the library writes its own.
void log_message(LogLevel level, std::string_view message);

}  // namespace weir
