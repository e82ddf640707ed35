#include "log/remote/connect.h"

#include <algorithm>
#include <random>

#include "log/base/file.h"
#include "log/base/host_port.h"
#include "log/net/tcp_transport.h"
#include "log/security/plain.h"
#include "log/security/scram.h"
#include "log/wire/messages/metadata.h"

namespace weir::log {

namespace {

Result<std::vector<HostPort>> parse_servers(std::string_view text) {
  std::vector<HostPort> servers;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view one = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.empty()) continue;
    WEIR_TRY_VAR(server, HostPort::parse(one));
    if (server.port == 0)
      return fail(ErrorCode::invalid_argument, "'" + std::string(one) + "': nobody listens on port 0");
    if (std::ranges::find(servers, server) == servers.end()) servers.push_back(std::move(server));
  }
  if (servers.empty()) return fail(ErrorCode::invalid_argument, "no server is named: HOST:PORT, several with commas");
  return servers;
}

// Null: nothing.
const char* what_is_wrong(const ClientSecurity& security) {
  const bool has_file = !security.tls_ca.empty() || !security.tls_certificate.empty() || !security.tls_key.empty();
  if (has_file && !security.tls) return "files of TLS, and no TLS: security.tls";
  if (security.tls_certificate.empty() != security.tls_key.empty()) {
    return "a certificate and its key go together: security.tls_certificate, security.tls_key";
  }
  if (security.sasl_mechanism.empty()) {
    return security.user.empty() ? nullptr : "a user, and no mechanism: security.sasl_mechanism";
  }
  const bool is_known = security.sasl_mechanism == security::kPlain ||
                        security::scram_mechanism_named(security.sasl_mechanism).has_value();
  if (!is_known) return "security.sasl_mechanism must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512";
  return security.user.empty() ? "security.sasl_mechanism without security.user" : nullptr;
}

const char* what_is_wrong(const ConnectOptions& options) {
  if (const char* wrong = what_is_wrong(options.security)) return wrong;
  if (options.request_timeout.count() < 1) return "request_timeout must be above 0";
  if (options.connect_timeout.count() < 1) return "connect_timeout must be above 0";
  if (options.reconnect_backoff.count() < 1) return "reconnect_backoff must be above 0";
  if (options.reconnect_backoff_max < options.reconnect_backoff) {
    return "reconnect_backoff_max must not be below reconnect_backoff";
  }
  const bool fits = options.max_answer_bytes >= 1 && options.max_answer_bytes <= 0x7fffffff;
  return fits ? nullptr : "max_answer_bytes must be 1 to 2^31-1";
}

net::TcpOptions tcp_options(const ConnectOptions& options) {
  net::TcpOptions chosen;
  chosen.security = options.security;
  chosen.client_id = options.client_id;
  chosen.request_timeout = options.request_timeout;
  chosen.connect_timeout = options.connect_timeout;
  chosen.reconnect_backoff = options.reconnect_backoff;
  chosen.reconnect_backoff_max = options.reconnect_backoff_max;
  chosen.max_frame_bytes = options.max_answer_bytes;
  chosen.seed = options.seed ? *options.seed : std::random_device{}();
  return chosen;
}

}  // namespace

Result<Client> connect(const std::string& servers, ConnectOptions options) {
  hold_standard_descriptors();
  if (const char* wrong = what_is_wrong(options)) return fail(ErrorCode::invalid_argument, wrong);
  WEIR_TRY_VAR(named, parse_servers(servers));
  Clock& clock = options.clock != nullptr ? *options.clock : SystemClock::instance();
  auto runner = std::make_shared<Runner>(clock, "weir-client");  // shared: of the transport and the client
  WEIR_TRY_VAR(transport, net::TcpTransport::start(std::move(named), tcp_options(options), clock, runner));
  Loop loop(clock);
  wire::MetadataRequest who;  // no topics: which brokers there are
  who.allow_auto_topic_creation = false;
  auto known = loop.run(static_cast<Transport&>(*transport).call(kAnyNode, std::move(who), loop));
  if (!known) return fail(known.error().at("no broker can be reached"));
  return Client(std::move(transport), clock, {}, std::move(runner));
}

}  // namespace weir::log
