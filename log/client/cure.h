// Cure: what helps against an error that a broker, or the way to it, answered a request with.
#pragma once

#include "log/base/result.h"

namespace weir::log {

enum class Cure {
  none,             // nothing: it is the answer
  again,            // the same request to the same node, a little later
  new_metadata,     // learn the partition's leader again, then send the request there
  new_coordinator,  // look the coordinator up again, then send the request there
};

Cure cure_of(ErrorCode code);

}  // namespace weir::log
