// run_connectors: runs connectors, each task on a thread of its own, until they are done or told to stop. One that
// fails is reported with its name, and the others go on, its other tasks too.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "connect/contracts/source.h"
#include "connect/runtime/connector.h"
#include "log/client/client.h"

namespace weir::connect {

struct ConnectorOutcome {
  std::string name;
  std::int32_t tasks = 0;     // that it was divided into
  Result<> result;            // why it ended; of several tasks that failed, the first of them, which is named
  std::uint64_t records = 0;  // written and committed, by all tasks
  std::uint64_t skipped = 0;  // left out, as the connector's policy allows
};

// Runs all of them. With Input::is_complete: until each source is at its end (or has failed) and each sink has written
// what is in its topics then. With Input::may_grow: until `stop`, or until all have failed. In the order given.
std::vector<ConnectorOutcome> run_connectors(const log::Client& client, const std::vector<ConnectorConfig>& connectors,
                                             Input input, std::stop_token stop, const ConnectorWorld& world = {});

}  // namespace weir::connect
