// drive: the loops around a runner's steps, until the end or until told to stop. What may pass (a coordinator that
// moves, a full disk, a system that is down) is tried again from what was committed last, as long as the connector's
// errors.retry.timeout says; everything else ends the task.
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>

#include "connect/runtime/sink_runner.h"
#include "connect/runtime/source_runner.h"
#include "log/base/result.h"

namespace weir::connect {

// What comes before the runners: until it succeeds, or fails with what does not pass. Success, too, if stopped.
Result<> patiently(const std::string& connector, Clock& clock, const std::stop_token& stop,
                   const std::function<Result<>()>& attempt);

// Until the source is at its end if its input is complete, else until stopped.
Result<> drive(SourceRunner& runner, Input input, std::stop_token stop);

// Once `no_more_comes` is true: until what is in its topics then is written; else until stopped. Commits at the end.
// Waits for topics that are not there as long as more may come.
Result<> drive(SinkRunner& runner, const std::atomic<bool>& no_more_comes, std::stop_token stop);

}  // namespace weir::connect
