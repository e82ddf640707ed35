#include "streams/topology/policy_spec.h"

#include <fmt/format.h>

namespace weir::streams {

namespace {

PolicyStep step_of(const ErrorPolicy& policy) {
  switch (policy.kind()) {
    case ErrorPolicy::Kind::fail:
      return {"fail", {}, {}, {}, {}};
    case ErrorPolicy::Kind::skip:
      return {"skip", {}, {}, {}, {}};
    case ErrorPolicy::Kind::dead_letter:
      return {"dead_letter", policy.topic(), {}, {}, {}};
    case ErrorPolicy::Kind::retry:
      return {"retry", {}, policy.retries(), {}, {}};
    case ErrorPolicy::Kind::retry_later:
      return {"retry_later", {}, policy.later().attempts, policy.later().backoff.count(), policy.later().multiplier};
  }
  return {};
}

}  // namespace

std::vector<PolicyStep> policy_steps(const ErrorPolicy& policy) {
  std::vector<PolicyStep> steps;
  ErrorPolicy at = policy;
  for (;;) {
    steps.push_back(step_of(at));
    const bool goes_on = at.kind() == ErrorPolicy::Kind::retry || at.kind() == ErrorPolicy::Kind::retry_later;
    if (!goes_on) return steps;
    at = at.next();
  }
}

std::string to_text(const std::vector<PolicyStep>& steps) {
  std::string text;
  for (const PolicyStep& step : steps) {
    text += (text.empty() ? "" : ", then ") + step.kind;
    if (step.topic) text += " to " + *step.topic;
    if (step.attempts) text += fmt::format(" {} times", *step.attempts);
    if (step.backoff_ms) text += fmt::format(" after {} ms", *step.backoff_ms);
    if (step.multiplier) text += fmt::format(", times {}", *step.multiplier);
  }
  return text;
}

}  // namespace weir::streams
