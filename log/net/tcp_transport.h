// TcpTransport: the seam over sockets: requests are encoded in the version that a broker takes, and go to the brokers
// of a cluster, Weir's or Kafka's.
//
// Nodes are found where Metadata and FindCoordinator answers say they are; kAnyNode is whichever of them, or of the
// servers that were named, can be reached, each tried once. How connections are shared: LinkPool. A request is encoded,
// and its answer decoded, on the thread of whoever calls; the batches of an answer are slices of its frame, and their
// checksums are still to be looked at. Errors of a call, each with "host:port":
//
//   io_error             no connection, or it broke before the answer came: the request may have been done; or it broke
//                        since the caller asked this node last, and what is known of the node may be of before
//   timed_out            no answer in time; the connection is given up
//   unsupported_version  the broker does not take the API in any version that can tell this request
//   corrupt_message      what came is no answer
//   sasl_authentication_failed, unsupported_sasl_mechanism   the broker does not take who comes: trying again is no
//   help invalid_argument     by TLS: the broker is not one that is trusted, or speaks nothing that both know
//
// Time-outs are by the clock that is given; one thread waits for the sockets. Thread-safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/base/host_port.h"
#include "log/base/runner.h"
#include "log/security/client_security.h"
#include "log/wire/transport.h"

namespace weir::log::net {

struct TcpOptions {
  std::string client_id = "weir";
  Millis request_timeout{30'000};          // of one request, beyond what it allows the broker by itself
  Millis connect_timeout{10'000};          // of looking up the host, connecting and the first answer
  Millis reconnect_backoff{50};            // before a server that could not be reached is tried again; twice that each
  Millis reconnect_backoff_max{1'000};     // time, at most this
  std::size_t max_frame_bytes = 1u << 30;  // of an answer
  std::size_t max_in_flight = 5;           // requests of a connection that are sent and not answered
  std::uint64_t seed = 0;                  // of what is left to chance
  ClientSecurity security{};
};

class TcpTransport final : public Transport {
 public:
  // `bootstrap`: at least one. `runner` drives the time-outs; it and the clock outlive this. io_error: no thread.
  // invalid_argument, io_error, not_found: the files of TLS.
  static Result<std::shared_ptr<TcpTransport>> start(std::vector<HostPort> bootstrap, TcpOptions options, Clock& clock,
                                                     std::shared_ptr<Runner> runner);
  ~TcpTransport() override;

  bool takes_time() const override { return true; }

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor) override;

 private:
  class Impl;
  explicit TcpTransport(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::log::net
