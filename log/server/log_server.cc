#include "log/server/log_server.h"

#include <algorithm>

#include "log/base/descriptors.h"
#include "log/broker/cluster_name.h"
#include "log/security/plain.h"

namespace weir::log::server {

namespace {

// How an address begins: what it is to be.
struct Scheme {
  std::string_view prefix;
  bool is_tls;
  bool has_sasl;
};
constexpr Scheme kSchemes[] = {{"sasl-ssl://", true, true}, {"sasl://", false, true}, {"ssl://", true, false}};
constexpr Scheme kClear{"", false, false};

const Scheme& scheme_of(std::string_view address) {
  const auto* found =
      std::ranges::find_if(kSchemes, [&](const Scheme& one) { return address.starts_with(one.prefix); });
  return found == std::end(kSchemes) ? kClear : *found;
}

// What only programs of this machine reach.
bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.rfind("127.", 0) == 0;
}

tl::unexpected<Error> cannot_listen(const std::string& address, const std::string& why) {
  return fail(ErrorCode::invalid_argument, "listen on " + address + ": " + why);
}

Result<> check_tls(const std::string& address, const ServeOptions& options) {
  if (options.tls_certificate.empty() || options.tls_key.empty()) {
    return cannot_listen(address,
                         "by which certificate and key? --tls-certificate and --tls-key (tls_certificate, tls_key)");
  }
  if (options.tls_clients != TlsClients::none && options.tls_client_ca.empty()) {
    return cannot_listen(address, "who vouches for clients' certificates? --tls-client-ca (tls_client_ca)");
  }
  return {};
}

Result<> check_clear(const std::string& address, const HostPort& at, const Scheme& scheme,
                     const ServeOptions& options) {
  if (is_loopback(at.host) || options.allow_plaintext) return {};
  return cannot_listen(scheme.has_sasl ? address : at.to_string(),
                       std::string("others than this machine reach that, and nothing is encrypted") +
                           (scheme.has_sasl ? "" : " nor asked who it is") +
                           "; --allow-plaintext (allow_plaintext) permits it, 127.0.0.1 and " +
                           (scheme.has_sasl ? "sasl-ssl://" : "ssl://") + " need no permission");
}

Result<> check_mechanisms(const ServeOptions& options) {
  if (options.sasl_mechanisms.empty()) return fail(ErrorCode::invalid_argument, "no mechanism of SASL is allowed");
  for (const auto& name : options.sasl_mechanisms) {
    if (name == security::kPlain || security::scram_mechanism_named(name)) continue;
    return fail(ErrorCode::invalid_argument,
                "'" + name + "' is no mechanism of SASL here: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
  }
  return {};
}

// A password in the clear is not for ways that others than this machine reach.
std::vector<std::string> mechanisms_for(const HostPort& at, const Scheme& scheme, const ServeOptions& options) {
  auto mechanisms = options.sasl_mechanisms;
  const bool is_readable = !scheme.is_tls && !is_loopback(at.host);
  if (is_readable && !options.allow_plain_in_clear) std::erase(mechanisms, security::kPlain);
  return mechanisms;
}

struct Listeners {
  std::vector<net::Listener> at;
  std::vector<std::vector<std::string>> mechanisms;  // of each
};

Result<Listeners> listeners_of(const std::vector<std::string>& listen, const ServeOptions& options) {
  if (!options.advertise.empty() && options.advertise.size() != listen.size()) {
    return fail(ErrorCode::invalid_argument, std::to_string(options.advertise.size()) + " addresses to advertise for " +
                                                 std::to_string(listen.size()) + " to listen on");
  }
  WEIR_TRY(check_mechanisms(options));
  Listeners all;
  for (std::size_t i = 0; i < listen.size(); ++i) {
    const Scheme& scheme = scheme_of(listen[i]);
    WEIR_TRY_VAR(at, HostPort::parse(std::string_view(listen[i]).substr(scheme.prefix.size())));
    WEIR_TRY(scheme.is_tls ? check_tls(listen[i], options) : check_clear(listen[i], at, scheme, options));
    auto mechanisms = scheme.has_sasl ? mechanisms_for(at, scheme, options) : std::vector<std::string>();
    if (scheme.has_sasl && mechanisms.empty()) {
      return cannot_listen(listen[i],
                           "PLAIN alone, in the clear, shows passwords to others on the way: sasl-ssl://, "
                           "SCRAM, or allow_plain_in_clear (sasl.plain.in.clear)");
    }
    all.mechanisms.push_back(std::move(mechanisms));
    auto& listener = all.at.emplace_back(net::Listener{std::move(at), std::nullopt, scheme.is_tls});
    if (options.advertise.empty() || options.advertise[i].empty()) continue;
    WEIR_TRY_VAR(advertised, HostPort::parse(options.advertise[i]));
    listener.advertised = std::move(advertised);
  }
  return all;
}

net::TlsPeer tls_clients(TlsClients clients) {
  switch (clients) {
    case TlsClients::none:
      return net::TlsPeer::not_asked;
    case TlsClients::requested:
      return net::TlsPeer::asked;
    case TlsClients::required:
      return net::TlsPeer::required;
  }
  return net::TlsPeer::required;
}

net::ServerOptions server_options(const ServeOptions& options) {
  net::ServerOptions chosen;
  chosen.tls = {options.tls_certificate, options.tls_key, options.tls_client_ca};
  chosen.tls_clients = tls_clients(options.tls_clients);
  chosen.threads = options.threads;
  chosen.max_frame_bytes = options.max_frame_bytes;
  chosen.max_unproven_bytes = std::min(chosen.max_unproven_bytes, options.max_frame_bytes);
  chosen.max_unproven = options.authentication_timeout;
  chosen.max_connections = options.max_connections > 0 ? options.max_connections : descriptor_limit() / 2;
  chosen.max_connections_per_address =
      options.max_connections_per_address > 0 ? options.max_connections_per_address : chosen.max_connections;
  chosen.max_idle = options.max_idle;
  chosen.max_stall = options.max_stall;
  chosen.stop_within = options.stop_within;
  return chosen;
}

// Is anybody asked who it is? Then nobody may do what no rule allows.
bool asks_who(const Listeners& listeners, const ServeOptions& options) {
  const bool has_sasl = std::ranges::any_of(listeners.mechanisms, [](const auto& all) { return !all.empty(); });
  const bool has_tls = std::ranges::any_of(listeners.at, &net::Listener::is_tls);
  return has_sasl || (has_tls && options.tls_clients != TlsClients::none);
}

}  // namespace

Result<std::unique_ptr<LogServer>> LogServer::start(broker::Broker& broker, const std::vector<std::string>& listen,
                                                    const ServeOptions& options) {
  WEIR_TRY_VAR(listeners, listeners_of(listen, options));
  WEIR_TRY(name_cluster(broker));
  BrokerService::Options asked;
  asked.mechanisms = listeners.mechanisms;
  asked.is_guarded = asks_who(listeners, options);
  asked.super_users = {options.super_users.begin(), options.super_users.end()};
  asked.allow_if_no_acl = options.allow_if_no_acl;
  asked.failed_authentication_delay = options.failed_authentication_delay;
  asked.max_reauthentication = options.max_reauthentication;
  std::unique_ptr<LogServer> made(new LogServer(broker, std::move(asked)));
  WEIR_TRY_VAR(server, net::Server::start(listeners.at, server_options(options), made->service_, broker.clock()));
  made->server_ = std::move(server);
  return made;
}

std::vector<std::string> LogServer::endpoints() const {
  std::vector<std::string> all;
  for (const auto& endpoint : server_->endpoints()) all.push_back(endpoint.to_string());
  return all;
}

}  // namespace weir::log::server
