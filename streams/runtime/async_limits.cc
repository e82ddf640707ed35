#include "streams/runtime/async_limits.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

namespace weir::streams {

namespace {

// Of a call, until it has an outcome or its record is left to somebody else.
std::int64_t attempts_at_once(const ErrorPolicy& policy) {
  std::int64_t attempts = 1;
  for (const PolicyStep& step : policy_steps(policy)) {
    if (step.kind != "retry") break;  // what is put off comes back as a record of its own
    attempts += *step.attempts;
  }
  return attempts;
}

}  // namespace

void check_async_waits(const Topology& topology, const AppOptions& options, Millis transaction_timeout) {
  if (options.guarantee != exactly_once) return;
  const std::int64_t limit_ms = transaction_timeout.count() - options.commit_interval.count();
  std::vector<std::int64_t> waits_ms;  // of each node and those above it
  for (const NodeSpec& node : topology.nodes()) {
    std::int64_t above_ms = 0;
    for (NodeIndex parent : node.parents) above_ms = std::max(above_ms, waits_ms[parent]);
    waits_ms.push_back(above_ms);
    if (!node.async) continue;
    const std::int64_t attempts = attempts_at_once(node.on_error.value_or(options.errors.processing));
    if (node.async->timeout_ms < (limit_ms - above_ms + attempts - 1) / attempts) {
      waits_ms.back() += attempts * node.async->timeout_ms;
      continue;
    }
    throw std::invalid_argument(
        fmt::format("operator {}: a commit may have to wait for its calls for {} times {} ms{}, and with the commit "
                    "interval of {} ms that is not less than the {} ms after which the log aborts a transaction: a "
                    "shorter time-out, or "
                    "fewer attempts",
                    node.name, attempts, node.async->timeout_ms,
                    above_ms > 0 ? fmt::format(" behind {} ms for those above", above_ms) : "",
                    options.commit_interval.count(), transaction_timeout.count()));
  }
}

}  // namespace weir::streams
