// What every handler is given besides its request.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "log/base/executor.h"
#include "log/base/host_port.h"
#include "log/base/result.h"

namespace weir::log::broker {

class Access;
class Broker;

struct RequestContext {
  Broker& broker;
  std::int16_t version;               // of the request; an answer uses nothing that this version does not have
  Executor& executor;                 // of the caller: resumes what waits
  std::string_view client_id = {};    // what the caller calls itself; for the call only, as the next
  std::string_view client_host = {};  // where it is
  // How it reaches this node; null: it is in this process, and is told what the broker's options say. Until the answer.
  const HostPort* here = nullptr;
  // What the caller may do; null: everything. Of its connection's thread; not for work on the pool.
  Access* access = nullptr;
};

// What is still to be done until a request is answered; nothing: it is answered already.
using Later = std::optional<Task<Result<>>>;

}  // namespace weir::log::broker
