// weir server: a log that is served over the protocol of Apache Kafka, until a signal.
#include <cstdio>

#include "cli/command.h"
#include "cli/server_settings.h"
#include "log/base/signal_watch.h"

namespace weir::cli {

namespace {

struct ServerCommand {
  std::string config;
  std::string data;
  std::vector<std::string> listen;
  std::vector<std::string> advertise;
  std::optional<std::int32_t> node;
  std::string durability;
  std::string log_level;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  std::string tls_clients;
  std::vector<std::string> super_users;
  bool allow_plaintext = false;
};

// The file's, then what the command line says.
Result<ServerSettings> settings_of(const ServerCommand& command) {
  ServerSettings settings;
  if (!command.config.empty()) WEIR_TRY(read_server_settings(command.config, settings));
  if (!command.data.empty()) settings.data = command.data;
  if (!command.listen.empty()) settings.log.listen = command.listen;
  if (!command.advertise.empty()) settings.log.serve.advertise = command.advertise;
  if (command.node) settings.log.serve.node_id = *command.node;
  if (!command.tls_certificate.empty()) settings.log.serve.tls_certificate = command.tls_certificate;
  if (!command.tls_key.empty()) settings.log.serve.tls_key = command.tls_key;
  if (!command.tls_client_ca.empty()) settings.log.serve.tls_client_ca = command.tls_client_ca;
  if (!command.tls_clients.empty()) {
    WEIR_TRY_VAR(clients, tls_clients_named(command.tls_clients));
    settings.log.serve.tls_clients = clients;
  }
  if (!command.super_users.empty()) settings.log.serve.super_users.clear();
  for (const auto& name : command.super_users) {
    const bool has_type = name.starts_with("User:");
    settings.log.serve.super_users.push_back(has_type ? name : "User:" + name);
  }
  if (command.allow_plaintext) settings.log.serve.allow_plaintext = true;
  if (!command.durability.empty()) {
    WEIR_TRY_VAR(durability, durability_named(command.durability));
    settings.log.durability = durability;
  }
  if (!command.log_level.empty()) settings.log_level = log_level_named(command.log_level);
  if (settings.log.listen.empty()) settings.log.listen = {"127.0.0.1:9092"};
  if (settings.data.empty()) {
    return fail(ErrorCode::invalid_argument, "which directory? --data DIR, WEIR_DATA, or log.dirs in the file");
  }
  return settings;
}

Result<int> serve(const ServerCommand& command) {
  WEIR_TRY_VAR(settings, settings_of(command));
  if (settings.log_level) set_log_level(*settings.log_level);
  const auto stopped = SystemClock::instance().make_parker();
  SignalWatch signals([&stopped] { stopped->unpark(); });
  WEIR_TRY_VAR(client, log::open(settings.data, settings.log));
  for (const auto& address : log::listening_on(client)) {
    std::fprintf(stderr, "weir: node %d serves %s on %s\n", settings.log.serve.node_id, settings.data.c_str(),
                 address.c_str());
  }
  (void)stopped->park();
  std::fprintf(stderr, "weir: stopping\n");
  return kDone;
}

}  // namespace

void add_server_command(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<ServerCommand>();
  auto* server = app.add_subcommand("server", "serve a log to clients of Apache Kafka, until a signal");
  server
      ->add_option("--data", options->data,
                   "the log's directory, made if it is not there; default: what WEIR_DATA says")
      ->envname("WEIR_DATA")
      ->type_name("DIR");
  server
      ->add_option(
          "--listen", options->listen,
          "HOST:PORT, ssl://HOST:PORT, or, where clients say who they are, sasl:// or sasl-ssl://HOST:PORT; may be "
          "repeated; port 0: a free one; default 127.0.0.1:9092, for this machine alone")
      ->type_name("ADDRESS");
  server
      ->add_option("--advertise", options->advertise,
                   "HOST:PORT that clients are told to come to; one for each --listen")
      ->type_name("ADDRESS");
  server
      ->add_option("--tls-certificate", options->tls_certificate,
                   "of ssl:// and sasl-ssl:// addresses: PEM, with its chain")
      ->type_name("FILE");
  server->add_option("--tls-key", options->tls_key, "the certificate's key: PEM, without a passphrase")
      ->type_name("FILE");
  server->add_option("--tls-client-ca", options->tls_client_ca, "who vouches for clients' certificates: PEM")
      ->type_name("FILE");
  server->add_option("--tls-clients", options->tls_clients, "are clients asked for certificates? default none")
      ->check(CLI::IsMember({"none", "requested", "required"}))
      ->type_name("none|requested|required");
  server->add_option("--super-user", options->super_users, "a user who may do everything; may be repeated")
      ->type_name("NAME");
  server->add_flag("--allow-plaintext", options->allow_plaintext, "let other machines come where nothing is encrypted");
  server->add_option("--node", options->node, "what the broker is called among clients; default 0")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  server->add_option("--durability", options->durability, "what an acknowledged record survives; default interval")
      ->check(CLI::IsMember({"os", "interval", "fsync"}))
      ->type_name("os|interval|fsync");
  server->add_option("--config", options->config, "properties or YAML with more settings; see docs/server.md")
      ->type_name("FILE");
  server->add_option("--log-level", options->log_level, "what is said on standard error; default info")
      ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
      ->type_name("debug|info|warn|error|off");
  choose(*server, chosen, options, serve);
}

}  // namespace weir::cli
