// A log elsewhere: `weir::log::connect("host:9092")` gives a Client over TCP, of a Weir server or of Apache Kafka.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "log/base/clock.h"
#include "log/base/result.h"
#include "log/client/client.h"
#include "log/security/client_security.h"

namespace weir::log {

struct ConnectOptions {
  ClientSecurity security{};       // TLS, and as whom; default: in the clear, as nobody
  std::string client_id = "weir";  // client.id: what brokers call this client in their logs and quotas
  // request.timeout.ms: how long an answer may take, beyond what the request itself allows the broker (a fetch that
  // waits for records, a member that waits for its group). Then the connection is given up, and another one made.
  Millis request_timeout{30'000};
  Millis connect_timeout{10'000};       // socket.connection.setup.timeout.ms: until a broker has introduced itself
  Millis reconnect_backoff{50};         // reconnect.backoff.ms: before a server that failed is tried again,
  Millis reconnect_backoff_max{1'000};  // reconnect.backoff.max.ms: twice as long each time up to here, and some chance
  std::size_t max_answer_bytes = std::size_t{1} << 30;  // a broker that sends more at once is not believed
  Clock* clock = nullptr;                               // nullptr: the system's
  std::optional<std::uint64_t> seed{};                  // of chance; nullopt: one that nobody foresees
};

// A client of the cluster that one of `servers` belongs to: "host:9092", several with commas between them. One of them
// must answer: each is tried, in turn, for connect_timeout at most. Later the client finds brokers by what they say of
// each other, and those servers again if none of these can be reached. Client::directory() is empty.
//
// invalid_argument: `servers` or an option is wrong. io_error: none of them could be reached, or none is a broker:
// names each with its reason. unsupported_version: the broker is too old (before Kafka 1.0).
// sasl_authentication_failed, unsupported_sasl_mechanism: the broker does not take who comes: names user and mechanism.
Result<Client> connect(const std::string& servers, ConnectOptions options = {});

}  // namespace weir::log
