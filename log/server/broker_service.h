// BrokerService: a broker's handlers as the Service of a Server: where the rooms of sockets and of the log meet. What a
// connection's client has to say of itself, and may do then, is its BrokerSession's.
#pragma once

#include <string>
#include <vector>

#include "log/broker/access.h"
#include "log/broker/broker.h"
#include "log/net/service.h"
#include "log/server/meters.h"

namespace weir::log::server {

class BrokerService final : public net::Service {
 public:
  struct Options {
    std::vector<std::vector<std::string>> mechanisms{};  // of SASL, by listener; none: nobody says who it is there
    bool is_guarded = false;                             // is what no rule allows denied?
    std::set<std::string> super_users{};
    bool allow_if_no_acl = false;
    Millis failed_authentication_delay{100};
    Millis max_reauthentication{0};  // 0: never again
  };
  explicit BrokerService(broker::Broker& broker) : BrokerService(broker, Options()) {}
  BrokerService(broker::Broker& broker, Options options)
      : broker_(broker),
        options_(std::move(options)),
        policy_{options_.super_users, options_.allow_if_no_acl},
        meters_(broker.clock()) {}

  std::unique_ptr<net::Session> begin(net::Peer peer) override;
  std::optional<net::Versions> versions(wire::ApiKey api) const override;
  // As somebody who may do everything.
  std::optional<Task<Result<>>> answer(const net::Call& call, void* request, void* response) override;

 private:
  broker::Broker& broker_;
  const Options options_;
  const broker::AccessPolicy policy_;
  Meters meters_;
};

}  // namespace weir::log::server
