// BrokerService: a broker's handlers as the Service of a Server: where the rooms of sockets and of the log meet.
#pragma once

#include "log/broker/broker.h"
#include "log/net/service.h"

namespace weir::log::server {

class BrokerService final : public net::Service {
 public:
  explicit BrokerService(broker::Broker& broker) : broker_(broker) {}

  std::optional<net::Versions> versions(wire::ApiKey api) const override;
  std::optional<Task<Result<>>> answer(const net::Call& call, void* request, void* response) override;

 private:
  broker::Broker& broker_;
};

}  // namespace weir::log::server
