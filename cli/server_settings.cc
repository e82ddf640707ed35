#include "cli/server_settings.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "cli/advice.h"
#include "connect/settings/connector_config.h"

namespace weir::cli {

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

tl::unexpected<Error> must_be(const std::string& text, const std::string& what) {
  return fail(ErrorCode::invalid_argument, "'" + text + "': must be " + what);
}

Result<std::int64_t> number(const std::string& text, std::int64_t least, std::int64_t most = kMost) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && !text.empty();
  if (is_number && value >= least && value <= most) return value;
  return must_be(text,
                 "a number from " + std::to_string(least) + (most == kMost ? " on" : " to " + std::to_string(most)));
}

Result<bool> truth(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return must_be(text, "true or false");
}

// "a, b,c"
std::vector<std::string> words(const std::string& text, char separator) {
  std::vector<std::string> all;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = std::min(rest.find(separator), rest.size());
    std::string_view one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (!one.empty()) all.emplace_back(one);
  }
  return all;
}

// How Kafka calls what an address is to be, and how --listen does.
struct ProtocolRow {
  std::string_view name;
  std::string_view prefix;
};
constexpr ProtocolRow kProtocols[] = {
    {"PLAINTEXT", ""}, {"SSL", "ssl://"}, {"SASL_PLAINTEXT", "sasl://"}, {"SASL_SSL", "sasl-ssl://"}};

// "PLAINTEXT://127.0.0.1:9092,..." as in Kafka's files; the part in front of the address may be left out.
enum class Protocol { dropped, kept };
Result<std::vector<std::string>> addresses(const std::string& text, Protocol keep) {
  std::vector<std::string> all;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (const auto scheme = one.find("://"); scheme != std::string_view::npos) {
      const auto known = std::ranges::find(kProtocols, one.substr(0, scheme), &ProtocolRow::name);
      if (known == std::end(kProtocols)) {
        return must_be(std::string(one), "PLAINTEXT://, SSL://, SASL_PLAINTEXT:// or SASL_SSL:// and HOST:PORT");
      }
      one = one.substr(scheme + 3);
      if (keep == Protocol::kept) {
        all.push_back(std::string(known->prefix) + std::string(one));
        continue;
      }
    }
    all.emplace_back(one);
  }
  return all;
}

// A row whose value is a number of `Unit`, from `kLeast` on.
template <auto kMember, class Unit, std::int64_t kLeast>
Result<> set_number(const std::string& text, ServerSettings& settings) {
  constexpr bool is_count = std::is_integral_v<Unit>;
  constexpr std::int64_t kHighest = [] {
    if constexpr (is_count && sizeof(Unit) < sizeof(std::int64_t)) {
      return std::int64_t{std::numeric_limits<Unit>::max()};
    } else {
      return kMost;
    }
  }();
  WEIR_TRY_VAR(value, number(text, kLeast, kHighest));
  settings.log.serve.*kMember = static_cast<Unit>(value);
  return {};
}
template <auto kMember>
constexpr auto kMillis = set_number<kMember, Millis, 1>;

using Serve = log::ServeOptions;

constexpr ServerSetting kSettings[] = {
    {"log.dirs", "the log's directory: one (--data)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       if (text.find(',') != std::string::npos) return must_be(text, "one directory");
       settings.data = text;
       return {};
     }},
    {"listeners",
     "where it listens: PLAINTEXT://, SSL://, SASL_PLAINTEXT:// or SASL_SSL:// and HOST:PORT, several with commas "
     "(--listen)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(all, addresses(text, Protocol::kept));
       settings.log.listen = std::move(all);
       return {};
     }},
    {"advertised.listeners", "what clients are told, one for each of `listeners` (--advertise)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(all, addresses(text, Protocol::dropped));
       settings.log.serve.advertise = std::move(all);
       return {};
     }},
    {"ssl.certificate.location", "of SSL listeners: a file in PEM, with the chain (--tls-certificate)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       if (text.empty()) return must_be(text, "a file");
       settings.log.serve.tls_certificate = text;
       return {};
     }},
    {"ssl.key.location", "its key: a file in PEM (--tls-key)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       if (text.empty()) return must_be(text, "a file");
       settings.log.serve.tls_key = text;
       return {};
     }},
    {"ssl.client.auth", "none, requested or required: are clients asked for certificates? (--tls-clients)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(clients, tls_clients_named(text));
       settings.log.serve.tls_clients = clients;
       return {};
     }},
    {"ssl.ca.location", "who vouches for clients' certificates: a file in PEM (--tls-client-ca)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       if (text.empty()) return must_be(text, "a file");
       settings.log.serve.tls_client_ca = text;
       return {};
     }},
    {"sasl.enabled.mechanisms", "how clients may say who they are; default SCRAM-SHA-256,SCRAM-SHA-512,PLAIN",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       auto all = words(text, ',');
       const bool are_known = std::ranges::all_of(
           all, [](const std::string& one) { return one == "PLAIN" || log::security::scram_mechanism_named(one); });
       if (all.empty() || !are_known) return must_be(text, "some of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
       settings.log.serve.sasl_mechanisms = std::move(all);
       return {};
     }},
    {"sasl.plain.in.clear", "true: PLAIN also where others could read the password on its way",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, truth(text));
       settings.log.serve.allow_plain_in_clear = value;
       return {};
     }},
    {"super.users", "who may do everything: User:NAME, several with ; (--super-user)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       auto all = words(text, ';');
       for (const auto& one : all) {
         if (!one.starts_with("User:") || one == "User:") return must_be(one, "User:NAME");
       }
       settings.log.serve.super_users = std::move(all);
       return {};
     }},
    {"allow.everyone.if.no.acl.found", "true: what no rule speaks of is allowed",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, truth(text));
       settings.log.serve.allow_if_no_acl = value;
       return {};
     }},
    {"authentication.timeout.ms", "who has not said who it is within so long is closed",
     kMillis<&Serve::authentication_timeout>},
    {"connection.failed.authentication.delay.ms", "who is not who it says is told so after so long",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 0));
       settings.log.serve.failed_authentication_delay = Millis(value);
       return {};
     }},
    {"connections.max.reauth.ms", "a client has to say again who it is after so long; default 0: never",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 0));
       settings.log.serve.max_reauthentication = Millis(value);
       return {};
     }},
    {"allow.plaintext", "true: listeners may be reached from other machines, in the clear (--allow-plaintext)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, truth(text));
       settings.log.serve.allow_plaintext = value;
       return {};
     }},
    {"node.id", "what the broker is called among clients (--node)", set_number<&Serve::node_id, std::int32_t, 0>},
    {"durability", "os, interval or fsync: what an acknowledged record survives (--durability)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, durability_named(text));
       settings.log.durability = value;
       return {};
     }},
    {"log.flush.interval.ms", "with interval: what a power cut may take",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 1));
       settings.log.sync_interval = Millis(value);
       return {};
     }},
    {"log.segment.bytes", "of topics that do not say (segment.bytes)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 1'024));
       settings.log.segment_bytes = static_cast<std::size_t>(value);
       return {};
     }},
    {"auto.create.topics.enable", "are topics made that clients ask about?",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, truth(text));
       settings.log.serve.auto_create_topics = value;
       return {};
     }},
    {"num.partitions", "of topics that are made so, or leave it to the broker",
     set_number<&Serve::default_partitions, std::int32_t, 1>},
    {"group.initial.rebalance.delay.ms", "an empty group waits for more members so long",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 0));
       settings.log.serve.initial_rebalance_delay = Millis(value);
       return {};
     }},
    {"offsets.retention.minutes", "what a group without members committed is forgotten after so long",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       WEIR_TRY_VAR(value, number(text, 1));
       settings.log.serve.offsets_retention = Millis(saturated_product(value, 60'000));
       return {};
     }},
    {"num.network.threads", "that serve sockets", set_number<&Serve::threads, int, 1>},
    {"socket.request.max.bytes", "a request that says it is longer closes its connection",
     set_number<&Serve::max_frame_bytes, std::size_t, 1>},
    {"max.connections", "those that come then are closed at once", set_number<&Serve::max_connections, std::size_t, 1>},
    {"max.connections.per.ip", "the same, from one address",
     set_number<&Serve::max_connections_per_address, std::size_t, 1>},
    {"connections.max.idle.ms", "one without a request for so long is closed", kMillis<&Serve::max_idle>},
    {"connections.max.stall.ms", "one that stops within a request, or takes nothing of its answer, is closed",
     kMillis<&Serve::max_stall>},
    {"log.level", "debug, info, warn, error, off (--log-level)",
     [](const std::string& text, ServerSettings& settings) -> Result<> {
       settings.log_level = log_level_named(text);
       return settings.log_level ? Result<>() : must_be(text, "debug, info, warn, error or off");
     }},
};

}  // namespace

ServerSettings::ServerSettings() {
  // As Kafka: a group that is gone is forgotten in the end.
  log.serve.offsets_retention = Millis(7LL * 24 * 60 * 60 * 1'000);
}

std::span<const ServerSetting> server_settings() {
  return kSettings;
}

Result<log::TlsClients> tls_clients_named(const std::string& text) {
  if (text == "none") return log::TlsClients::none;
  if (text == "requested") return log::TlsClients::requested;
  if (text == "required") return log::TlsClients::required;
  return must_be(text, "none, requested or required");
}

Result<log::Durability> durability_named(const std::string& text) {
  if (text == "os") return log::Durability::os;
  if (text == "interval") return log::Durability::interval;
  if (text == "fsync") return log::Durability::fsync;
  return must_be(text, "os, interval or fsync");
}

Result<> read_server_settings(const std::string& path, ServerSettings& settings) {
  WEIR_TRY_VAR(file, connect::ConnectorConfig::load(posix_files(), path));
  std::vector<std::string> names;
  for (const auto& known : kSettings) names.emplace_back(known.name);
  for (const auto& [name, value] : file.values) {
    const std::string place = path + ":" + std::to_string(value.line) + ": " + name;
    const auto known = std::find(names.begin(), names.end(), name);
    if (known == names.end()) {
      return fail(ErrorCode::invalid_argument, place + ": there is no such setting" + or_meant(name, names));
    }
    auto set = kSettings[known - names.begin()].set(value.text, settings);
    if (!set) return fail(set.error().code, place + " = " + set.error().detail);
  }
  return {};
}

}  // namespace weir::cli
