// LocalLeader: the transport on which a node's coordinators tell the leaders of partitions to end transactions, where
// this node leads all of them: the request goes to what answers WriteTxnMarkers here.
#pragma once

#include "log/broker/markers.h"
#include "log/wire/transport.h"

namespace weir::log::broker {

class LocalLeader final : public Transport {
 public:
  explicit LocalLeader(Markers& markers) : markers_(markers) {}

 protected:
  // unsupported_version: anything but WriteTxnMarkers.
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor) override;

 private:
  Markers& markers_;
};

}  // namespace weir::log::broker
