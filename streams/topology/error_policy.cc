#include "streams/topology/error_policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace weir::streams {

Millis RetryLater::wait_before(int attempt) const {
  constexpr double kLongest = 1e15;  // a number of milliseconds that can be added to any time
  return Millis(static_cast<std::int64_t>(
      std::min(kLongest, static_cast<double>(backoff.count()) * std::pow(multiplier, attempt - 1))));
}

ErrorPolicy skip() {
  return ErrorPolicy(ErrorPolicy::Kind::skip);
}

ErrorPolicy dead_letter(std::string topic) {
  ErrorPolicy policy(ErrorPolicy::Kind::dead_letter);
  policy.topic_ = std::move(topic);
  return policy;
}

ErrorPolicy retry(int times) {
  if (times < 1) throw std::invalid_argument("retry: at least once");
  ErrorPolicy policy(ErrorPolicy::Kind::retry);
  policy.retries_ = times;
  return policy;
}

ErrorPolicy retry_later(RetryLater later) {
  if (later.attempts < 1) throw std::invalid_argument("retry_later: at least one attempt");
  if (later.backoff.count() < 0) throw std::invalid_argument("retry_later: the backoff is negative");
  if (!(later.multiplier >= 1)) throw std::invalid_argument("retry_later: the multiplier must be at least 1");
  ErrorPolicy policy(ErrorPolicy::Kind::retry_later);
  policy.later_ = std::move(later);
  return policy;
}

void check_decoding(const ErrorPolicy& policy) {
  const bool is_retry = policy.kind() == ErrorPolicy::Kind::retry || policy.kind() == ErrorPolicy::Kind::retry_later;
  if (is_retry) throw std::invalid_argument("bytes that do not decode will not do so later: skip or dead_letter them");
}

void check(const ErrorPolicies& policies) {
  check_decoding(policies.decoding);
  if (find_retry_later(policies.processing) || find_retry_later(policies.producing)) {
    throw std::invalid_argument("retry_later is a policy of one operator, not of an application");
  }
}

std::vector<std::string> dead_letter_topics(const ErrorPolicy& policy) {
  std::vector<std::string> topics;
  ErrorPolicy at = policy;
  for (;;) {
    if (at.kind() == ErrorPolicy::Kind::dead_letter) topics.push_back(at.topic());
    const bool goes_on = at.kind() == ErrorPolicy::Kind::retry || at.kind() == ErrorPolicy::Kind::retry_later;
    if (!goes_on) return topics;
    at = at.next();
  }
}

std::optional<RetryLater> find_retry_later(const ErrorPolicy& policy) {
  if (policy.kind() == ErrorPolicy::Kind::retry_later) return policy.later();
  if (policy.kind() == ErrorPolicy::Kind::retry) return find_retry_later(policy.next());
  return std::nullopt;
}

}  // namespace weir::streams
