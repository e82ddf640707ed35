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

// A program of this machine that listens everywhere listens here, too.
std::string as_reached_from_here(const std::string& address) {
  for (const std::string everywhere : {"0.0.0.0:", "[::]:"}) {
    if (address.starts_with(everywhere)) return "127.0.0.1:" + address.substr(everywhere.size());
  }
  return address;
}

// As its owner, or by way of whoever is that.
Result<log::Client> opened(LogPlace place) {
  auto client = log::open(place.data);
  if (client || client.error().code != ErrorCode::locked) return client;
  WEIR_TRY_VAR(addresses, log::owner_listens_on(place.data));
  for (const std::string& address : addresses) {
    if (address.starts_with("ssl://")) continue;
    place.bootstrap += (place.bootstrap.empty() ? "" : ",") + as_reached_from_here(address);
  }
  return place.bootstrap.empty() ? std::move(client) : connected(place);
}

}  // namespace

Result<> check_place(const LogPlace& place) {
  WEIR_TRY(resolved(place));
  return {};
}

Result<std::string> directory_of(const LogPlace& place) {
  WEIR_TRY_VAR(at, resolved(place));
  return at.data;
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
  return opened({.data = directory, .bootstrap = {}, .security = {}});
}

Result<log::Client> open_or_make(const LogPlace& place) {
  WEIR_TRY_VAR(at, resolved(place));
  return at.bootstrap.empty() ? opened(at) : connected(at);
}

}  // namespace weir::cli
