// Server: listens on TCP, and has a Service answer the requests that come, in Kafka's frames.
//
// Of a connection one request at a time is answered, and answers leave in the order of the requests, as Kafka's clients
// expect: a request that waits (a fetch for records, a member for its group) holds up its own connection and no other.
// What a client sends meanwhile stays in its socket, but for a little that is received ahead; what it does not take of
// an answer keeps the next request from being looked at. A client that closes while its request waits takes it back.
//
// Thread-safe but for its end. Its threads, each of which serves the connections that it was given, wait for sockets
// only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/host_port.h"
#include "log/net/service.h"
#include "log/net/tls.h"

namespace weir::log::net {

struct Listener {
  HostPort at;  // port 0: one that is free
  // What clients are told; nullopt: `at`, or where that stands for all addresses of the machine, the one by which the
  // client came.
  std::optional<HostPort> advertised{};
  bool is_tls = false;
};

struct ServerOptions {
  // Of the listeners with TLS: files in PEM, which are looked at again every few seconds: connections that begin then
  // have the new certificate.
  TlsPaths tls{};
  TlsPeer tls_clients = TlsPeer::not_asked;
  int threads = 2;
  std::size_t max_frame_bytes = 100 * 1024 * 1024;   // socket.request.max.bytes; more closes the connection
  std::size_t max_connections = 10'000;              // max.connections; what comes then is closed at once
  std::size_t max_connections_per_address = 10'000;  // max.connections.per.ip
  Millis max_idle{600'000};                          // connections.max.idle.ms: no request for so long
  std::size_t max_unproven_bytes = 512 * 1024;       // sasl.server.max.receive.size: a frame of who is not known yet
  Millis max_unproven{10'000};                       // until TLS is established, and a session's `unproven` is over
  Millis max_stall{60'000};   // nothing more came of a request that has begun, or nothing was taken of an answer
  Millis stop_within{1'000};  // for the requests that are under way when the server stops
};

class Server {
 public:
  // `service` and `clock`, by which the limits above are measured, outlive it. io_error: names the address, or the
  // file; invalid_argument: there is no such host, or no such certificate.
  static Result<std::unique_ptr<Server>> start(std::vector<Listener> listeners, ServerOptions options, Service& service,
                                               Clock& clock);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens: one a listener, with the port that it got.
  const std::vector<HostPort>& endpoints() const;
  std::size_t connections() const;

  // Nobody is let in any more; requests that are under way are answered within `stop_within`, or taken back; then all
  // connections are closed. Not from a thread of the server's.
  void stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::log::net
