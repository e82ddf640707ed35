#include "log/base/logging.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include "log/base/mutex.h"

namespace weir {

namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warn", "error", "off"};

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
    case LogLevel::off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

// A logger of our own, known to nobody else: the process's default one is the user's.
class Logging {
 public:
  Logging() : standard_error_("weir", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    standard_error_.set_level(spdlog::level::trace);
    const char* wanted = std::getenv("WEIR_LOG");
    if (wanted == nullptr || *wanted == '\0') return;
    if (auto level = log_level_named(wanted)) {
      level_ = *level;
    } else {
      standard_error_.warn("WEIR_LOG: '{}' is none of debug, info, warn, error, off", wanted);
    }
  }

  std::atomic<LogLevel>& level() { return level_; }

  void set_sink(LogSink sink) {
    const MutexLock lock(mutex_);
    sink_ = std::move(sink);
  }

  void write(LogLevel level, std::string_view message) {
    const MutexLock lock(mutex_);
    if (!sink_ || !gave(level, message)) standard_error_.log(level_of(level), message);
  }

 private:
  bool gave(LogLevel level, std::string_view message) WEIR_REQUIRES(mutex_) {
    try {  // a user's callable
      sink_(level, message);
      return true;
    } catch (...) {
      return false;
    }
  }

  spdlog::logger standard_error_;
  std::atomic<LogLevel> level_{LogLevel::info};
  Mutex mutex_;
  LogSink sink_ WEIR_GUARDED_BY(mutex_);
};

// Never destroyed: threads may have something to say while the process ends.
Logging& logging() {
  static auto* one = new Logging;
  return *one;
}

}  // namespace

std::string_view name_of(LogLevel level) {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> log_level_named(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

void set_log_level(LogLevel level) {
  logging().level() = level;
}

LogLevel log_level() {
  return logging().level();
}

void set_log_sink(LogSink sink) {
  logging().set_sink(std::move(sink));
}

void log_message(LogLevel level, std::string_view message) {
  if (level >= log_level() && level != LogLevel::off) logging().write(level, message);
}

}  // namespace weir
