#include "log/server/log_server.h"

#include "log/base/descriptors.h"

namespace weir::log::server {

namespace {

constexpr std::string_view kTls = "ssl://";

// What only programs of this machine reach.
bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

Result<std::vector<net::Listener>> listeners_of(const std::vector<std::string>& listen, const ServeOptions& options) {
  if (!options.advertise.empty() && options.advertise.size() != listen.size()) {
    return fail(ErrorCode::invalid_argument, std::to_string(options.advertise.size()) + " addresses to advertise for " +
                                                 std::to_string(listen.size()) + " to listen on");
  }
  std::vector<net::Listener> listeners;
  for (std::size_t i = 0; i < listen.size(); ++i) {
    const bool is_tls = listen[i].starts_with(kTls);
    WEIR_TRY_VAR(at, HostPort::parse(std::string_view(listen[i]).substr(is_tls ? kTls.size() : 0)));
    if (is_tls && (options.tls_certificate.empty() || options.tls_key.empty())) {
      return fail(ErrorCode::invalid_argument, "listen on " + listen[i] + ": by which certificate and key? " +
                                                   "--tls-certificate and --tls-key (tls_certificate, tls_key)");
    }
    if (!is_tls && !is_loopback(at.host) && !options.allow_plaintext) {
      return fail(ErrorCode::invalid_argument,
                  "listen on " + at.to_string() +
                      ": others than this machine reach that, and nothing is encrypted nor asked who it is; " +
                      "--allow-plaintext (allow_plaintext) permits it, 127.0.0.1 and ssl:// need no permission");
    }
    auto& listener = listeners.emplace_back(net::Listener{std::move(at), std::nullopt, is_tls});
    if (options.advertise.empty() || options.advertise[i].empty()) continue;
    WEIR_TRY_VAR(advertised, HostPort::parse(options.advertise[i]));
    listener.advertised = std::move(advertised);
  }
  return listeners;
}

net::ServerOptions server_options(const ServeOptions& options) {
  net::ServerOptions chosen;
  chosen.tls_certificate = options.tls_certificate;
  chosen.tls_key = options.tls_key;
  chosen.threads = options.threads;
  chosen.max_frame_bytes = options.max_frame_bytes;
  chosen.max_connections = options.max_connections > 0 ? options.max_connections : descriptor_limit() / 2;
  chosen.max_connections_per_address =
      options.max_connections_per_address > 0 ? options.max_connections_per_address : chosen.max_connections;
  chosen.max_idle = options.max_idle;
  chosen.max_stall = options.max_stall;
  chosen.stop_within = options.stop_within;
  return chosen;
}

}  // namespace

Result<std::unique_ptr<LogServer>> LogServer::start(broker::Broker& broker, const std::vector<std::string>& listen,
                                                    const ServeOptions& options) {
  WEIR_TRY_VAR(listeners, listeners_of(listen, options));
  std::unique_ptr<LogServer> made(new LogServer(broker));
  WEIR_TRY_VAR(server, net::Server::start(listeners, server_options(options), made->service_, broker.clock()));
  made->server_ = std::move(server);
  return made;
}

std::vector<std::string> LogServer::endpoints() const {
  std::vector<std::string> all;
  for (const auto& endpoint : server_->endpoints()) all.push_back(endpoint.to_string());
  return all;
}

}  // namespace weir::log::server
