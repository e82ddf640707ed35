// What every handler is given besides its request.
#pragma once

#include <cstdint>

#include "log/base/executor.h"

namespace weir::log::broker {

class Broker;

struct RequestContext {
  Broker& broker;
  std::int16_t version;  // of the request; an answer uses nothing that this version does not have
  Executor& executor;    // of the caller: resumes what waits
};

}  // namespace weir::log::broker
