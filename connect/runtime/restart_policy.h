// RestartPolicy: what a worker does with a task that failed.
#pragma once

#include "log/base/clock.h"

namespace weir::connect {

struct RestartPolicy {
  bool restarts = true;  // restart.policy = backoff; never: a task that failed stays so until somebody restarts it
  Millis first{1'000};   // restart.backoff.ms: before the first try; twice as long before each further one
  Millis most{60'000};   // restart.backoff.max.ms
};

}  // namespace weir::connect
