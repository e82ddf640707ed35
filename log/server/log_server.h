// LogServer: an embedded log that others reach over TCP too: a Server before its broker. Ends before the broker does.
#pragma once

#include <string>
#include <vector>

#include "log/embedded/transport.h"
#include "log/net/server.h"
#include "log/server/broker_service.h"
#include "log/server/serve_options.h"

namespace weir::log::server {

class LogServer final : public embedded::EmbeddedTransport::Front {
 public:
  // invalid_argument: an address that is none, or one that others than this machine reach, in the clear, without
  // `allow_plaintext`; io_error: nobody can listen there.
  static Result<std::unique_ptr<LogServer>> start(broker::Broker& broker, const std::vector<std::string>& listen,
                                                  const ServeOptions& options);

  std::vector<std::string> endpoints() const override;
  net::Server& server() { return *server_; }

 private:
  LogServer(broker::Broker& broker, BrokerService::Options options) : service_(broker, std::move(options)) {}

  BrokerService service_;
  std::unique_ptr<net::Server> server_;
};

}  // namespace weir::log::server
