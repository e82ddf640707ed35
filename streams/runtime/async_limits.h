// How long a commit may have to wait for calls of map_async, held against how long a transaction may take.
#pragma once

#include "log/base/clock.h"
#include "streams/runtime/app_options.h"
#include "streams/topology/topology.h"

namespace weir::streams {

// A transaction begins with the first record after a commit; the next commit comes after its interval and waits for
// what is in flight: of each operator at most its time-out, times its attempts at once, and of operators that stand
// below each other one after the other. std::invalid_argument, with the operator, if that is not less than
// `transaction_timeout`, after which the log would abort what it waits for. Only transactions have such a limit.
void check_async_waits(const Topology& topology, const AppOptions& options, Millis transaction_timeout);

}  // namespace weir::streams
