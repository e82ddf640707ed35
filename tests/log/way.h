// The way from clients to brokers in tests of whole clients. Such a suite is run once over each (tests/CMakeLists.txt):
// WEIR_TEST_WAY is unset for the embedded one, "encoded-RELEASE": as bytes, in the versions of that release, or "tcp":
// by sockets to a server in this process.
#pragma once

#include <cstdlib>
#include <string>

#include "log/embedded/transport.h"
#include "log/log.h"
#include "log/net/tcp_transport.h"
#include "log/server/log_server.h"
#include "tests/log/encoding_transport.h"

namespace weir::log {

inline std::string test_way() {
  const char* way = std::getenv("WEIR_TEST_WAY");
  return way == nullptr ? "" : way;
}

// Does the other side have what a test is about, in so new a version?
inline bool way_has(wire::ApiKey api) {
  const std::string way = test_way();
  return way.empty() || way == "tcp" || versions_of(way.substr(way.find('-') + 1), api).has_value();
}
inline bool way_takes(wire::ApiKey api, std::int16_t version) {
  const std::string way = test_way();
  if (way.empty() || way == "tcp") return true;
  const auto range = versions_of(way.substr(way.find('-') + 1), api);
  return range && range->max >= version;
}

// Do the answers hold a broker's own words where only Weir's have room for them?
inline bool way_tells_causes() {
  return way_takes(wire::ApiKey::fetch, 12);
}

// `broker` as a client is to reach it; `direct` reaches it without further ado, and keeps it.
inline std::shared_ptr<Transport> way_to(broker::Broker& broker, std::shared_ptr<Transport> direct) {
  const std::string way = test_way();
  if (!way.starts_with("encoded-")) return direct;
  return std::make_shared<EncodingTransport>(broker, std::move(direct), way.substr(8));
}

// A client by sockets, which keeps `client` and a server before its log.
inline Client served(Client client, embedded::EmbeddedTransport& log) {
  class Served final : public Transport {
   public:
    Served(Client client, embedded::EmbeddedTransport& log)
        : client_(std::move(client)),
          server_(server::LogServer::start(log.broker(), {"127.0.0.1:0"}, {}).value()),
          way_(net::TcpTransport::start({HostPort::parse(server_->endpoints().front()).value()}, {}, client_.clock(),
                                        log.runner())
                   .value()) {}

    bool takes_time() const override { return true; }

   protected:
    Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                               Executor& executor) override {
      return (static_cast<Transport&>(*way_).*(&Access::call_erased))(node, api, request, response, executor);
    }

   private:
    struct Access : Transport {
      using Transport::call_erased;
    };
    Client client_;
    std::unique_ptr<server::LogServer> server_;
    std::shared_ptr<net::TcpTransport> way_;
  };
  Clock& clock = client.clock();
  std::string directory = client.directory();
  auto transport = std::make_shared<Served>(std::move(client), log);
  return Client(std::move(transport), clock, std::move(directory), log.runner());
}

// A client of the same log, over that way.
inline Client over_the_way(Client client) {
  if (test_way().empty()) return client;
  auto* embedded = dynamic_cast<embedded::EmbeddedTransport*>(&client.transport());
  if (test_way() == "tcp") return served(std::move(client), *embedded);
  struct Whole final : Transport {
    explicit Whole(Client of) : client(std::move(of)) {}
    Task<Result<>> call_erased(NodeId, wire::ApiKey, void*, void*, Executor&) override {
      co_return fail(ErrorCode::wrong_state);
    }
    Client client;
  };
  Clock& clock = client.clock();
  std::string directory = client.directory();
  auto runner = embedded->runner();
  auto& broker = embedded->broker();
  return Client(way_to(broker, std::make_shared<Whole>(std::move(client))), clock, std::move(directory),
                std::move(runner));
}

}  // namespace weir::log
