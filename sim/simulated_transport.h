// SimulatedTransport: a client's way to a broker of the same simulation. Before each call others may go on, as the seed
// says; each answer is noted in the trace: who asked what, how it was answered, and a checksum of either message.
//
// As another transport that it stands before, and that outlives it.
#pragma once

#include <string>

#include "log/wire/transport.h"
#include "sim/simulation.h"

namespace weir::log {

class SimulatedTransport final : public Transport {
 public:
  SimulatedTransport(Simulation& world, Transport& brokers, std::string client)
      : world_(world), brokers_(brokers), client_(std::move(client)) {}

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor) override;

 private:
  template <class Request>
  Task<Result<>> pass_on(NodeId node, void* request, void* response, Executor& executor);
  template <class Request>
  static Task<Result<>> row(SimulatedTransport& self, NodeId node, void* request, void* response, Executor& executor) {
    return self.pass_on<Request>(node, request, response, executor);
  }

  Simulation& world_;
  Transport& brokers_;
  const std::string client_;
};

}  // namespace weir::log
