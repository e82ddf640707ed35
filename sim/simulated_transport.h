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

  // Whoever asks or is answered by this way waits for so long from now: as if its process were stopped meanwhile.
  void stop_for(Millis time) { stopped_until_ns_ = world_.deadline_ns(time); }

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor) override;

 private:
  template <class Request>
  Task<Result<>> pass_on(NodeId node, void* request, void* response, Executor& executor);
  template <class Request>
  static Task<Result<>> row(SimulatedTransport& self, NodeId node, void* request, void* response, Executor& executor) {
    return self.pass_on<Request>(node, request, response, executor);
  }

  void wait_while_stopped();

  Simulation& world_;
  std::int64_t stopped_until_ns_ = 0;
  Transport& brokers_;
  const std::string client_;
};

}  // namespace weir::log
