// The settings of `weir server` as a file has them: a table of names, Kafka's where Kafka has one, and what each sets.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.h"

namespace weir::cli {

// What the server is started with: of its file, then of the command line, which counts.
struct ServerSettings {
  std::string data;
  log::OpenOptions log;
  std::optional<LogLevel> log_level;

  ServerSettings();  // the defaults of `weir server`
};

struct ServerSetting {
  std::string_view name;
  std::string_view says;
  Result<> (*set)(const std::string& text, ServerSettings& settings);  // invalid_argument: with what it must be
};
std::span<const ServerSetting> server_settings();

// invalid_argument: with the file and the line; io_error, not_found.
Result<> read_server_settings(const std::string& path, ServerSettings& settings);

// "none", "requested", "required". invalid_argument.
Result<log::TlsClients> tls_clients_named(const std::string& text);

// "os", "interval", "fsync". invalid_argument.
Result<log::Durability> durability_named(const std::string& text);

}  // namespace weir::cli
