// What a producer says who it is.
#pragma once

#include "log/model/ids.h"

namespace weir::log::broker {

struct ProducerIdentity {
  ProducerId id = kNoProducerId;
  ProducerEpoch epoch = kNoProducerEpoch;
  bool operator==(const ProducerIdentity&) const = default;
};

}  // namespace weir::log::broker
