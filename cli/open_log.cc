#include "cli/open_log.h"

#include <cstdlib>

#include "cli/security_file.h"

namespace weir::cli {

namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// One of the two. What the command line says counts before what the environment does.
Result<LogPlace> resolved(LogPlace place) {
  const bool is_told = !place.data.empty() || !place.bootstrap.empty();
  if (!is_told) {
    place.data = from_environment("WEIR_DATA");
    place.bootstrap = from_environment("WEIR_BOOTSTRAP");
  }
  if (place.security.empty() && !place.bootstrap.empty()) place.security = from_environment("WEIR_SECURITY");
  if (!place.security.empty() && !place.data.empty() && place.bootstrap.empty()) {
    return fail(ErrorCode::invalid_argument, "--security is about servers: --bootstrap");
  }
  if (!place.data.empty() && !place.bootstrap.empty()) {
    return fail(ErrorCode::invalid_argument, is_told ? "a log is in a directory or elsewhere: --data or --bootstrap"
                                                     : "WEIR_DATA and WEIR_BOOTSTRAP both say where the log is: say "
                                                       "--data or --bootstrap");
  }
  if (place.data.empty() && place.bootstrap.empty()) {
    return fail(ErrorCode::invalid_argument,
                "--data or --bootstrap is required: the log's directory, or servers; WEIR_DATA or WEIR_BOOTSTRAP may "
                "name it too");
  }
  return place;
}

Result<log::Client> connected(const LogPlace& place) {
  log::ConnectOptions options;
  options.client_id = "weir-cli";
  if (!place.security.empty()) {
    WEIR_TRY_VAR(security, read_security(place.security));
    options.security = std::move(security);
  }
  return log::connect(place.bootstrap, options);
}

}  // namespace

Result<> check_place(const LogPlace& place) {
  WEIR_TRY(resolved(place));
  return {};
}

Result<log::Client> open_to_read(const LogPlace& place) {
  WEIR_TRY_VAR(at, resolved(place));
  if (!at.bootstrap.empty()) return connected(at);
  return log::open(at.data, {.access = log::Access::read_only});
}

Result<log::Client> open_to_change(const LogPlace& place) {
  WEIR_TRY_VAR(at, resolved(place));
  return at.bootstrap.empty() ? open_to_change(at.data) : connected(at);
}

Result<log::Client> open_to_change(const std::string& directory) {
  WEIR_TRY_VAR(is_there, posix_files().exists(directory + "/partitions"));
  if (!is_there) {
    return fail(ErrorCode::not_found,
                directory + " holds no log; 'weir topic create NAME --data " + directory + "' makes one");
  }
  return log::open(directory);
}

Result<log::Client> open_or_make(const LogPlace& place) {
  WEIR_TRY_VAR(at, resolved(place));
  return at.bootstrap.empty() ? log::open(at.data) : connected(at);
}

}  // namespace weir::cli
