// PolicyStep: a policy for errors as data, for descriptions: what is done with a record, one step after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streams/topology/error_policy.h"

namespace weir::streams {

struct PolicyStep {
  std::string kind;                        // "fail", "skip", "retry", "retry_later", "dead_letter"
  std::optional<std::string> topic;        // of dead letters
  std::optional<std::int64_t> attempts;    // retry, retry_later
  std::optional<std::int64_t> backoff_ms;  // retry_later: before the first attempt
  std::optional<double> multiplier;        // retry_later: of the waits before the others

  bool operator==(const PolicyStep&) const = default;
};

// At least one step; the last one is the end of the record, or of the run.
std::vector<PolicyStep> policy_steps(const ErrorPolicy& policy);

// "retry 2 times, then dead_letter to unpaid"
std::string to_text(const std::vector<PolicyStep>& steps);

}  // namespace weir::streams
