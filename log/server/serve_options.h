// ServeOptions: how a log in this process is served to others. Part of OpenOptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"

namespace weir::log {

// ssl.client.auth: is a client's certificate asked for?
enum class TlsClients { none, requested, required };

struct ServeOptions {
  // What clients are told to come to, one for each address of `listen`, "" for the address itself; or none at all.
  std::vector<std::string> advertise{};
  // Of addresses that begin with "ssl://" or "sasl-ssl://": files in PEM; they may change while it runs.
  std::string tls_certificate{};  // and those that lead from it to a root
  std::string tls_key{};
  TlsClients tls_clients = TlsClients::none;
  std::string tls_client_ca{};  // of those who vouch for clients: PEM
  // Of addresses that begin with "sasl://" or "sasl-ssl://": how clients may say who they are.
  std::vector<std::string> sasl_mechanisms{"SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"};
  bool allow_plain_in_clear = false;        // passwords that others could read on their way: PLAIN over "sasl://"
  std::vector<std::string> super_users{};   // "User:alice": may do everything
  bool allow_if_no_acl = false;             // what no ACL speaks of is allowed: allow.everyone.if.no.acl.found
  Millis authentication_timeout{10'000};    // until who comes has said who it is
  Millis failed_authentication_delay{100};  // connection.failed.authentication.delay.ms
  Millis max_reauthentication{0};           // connections.max.reauth.ms: then it is to be said again; 0: never
  // Let others than this machine's programs come, though what they send can be read and forged on its way.
  bool allow_plaintext = false;
  std::int32_t node_id = 0;                   // what this broker is called among clients; at least 0
  bool auto_create_topics = true;             // of names that clients ask about (auto.create.topics.enable)
  std::int32_t default_partitions = 1;        // of topics that are made so, or with -1 (num.partitions)
  Millis initial_rebalance_delay{500};        // an empty group waits for more members so long
  std::optional<Millis> offsets_retention{};  // of groups that are gone; nullopt: for ever

  int threads = 2;                                  // that serve sockets
  std::size_t max_frame_bytes = 100 * 1024 * 1024;  // of a request: socket.request.max.bytes
  std::size_t max_connections = 0;                  // 0: half of the descriptors that the process may have
  std::size_t max_connections_per_address = 0;      // 0: as many as all together
  Millis max_idle{600'000};                         // a connection without requests: connections.max.idle.ms
  Millis max_stall{60'000};                         // one that stops within a request, or takes nothing of its answer
  Millis stop_within{1'000};                        // for the requests that are under way when the log is closed
};

}  // namespace weir::log
