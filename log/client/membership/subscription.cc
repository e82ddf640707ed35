#include "log/client/membership/subscription.h"

#include <algorithm>

namespace weir::log {

Subscription Subscription::to(std::vector<std::string> topics) {
  Subscription subscription;
  subscription.set_topics(std::move(topics));
  return subscription;
}

Result<Subscription> Subscription::matching(const std::string& regex) {
  Subscription subscription;
  WEIR_TRY_VAR(compiled, Regex::compile(regex));
  subscription.pattern_ = std::move(compiled);
  return subscription;
}

void Subscription::set_topics(std::vector<std::string> topics) {
  std::ranges::sort(topics);
  topics.erase(std::ranges::unique(topics).begin(), topics.end());
  topics_ = std::move(topics);
}

bool Subscription::contains(const std::string& topic) const {
  return std::ranges::binary_search(topics_, topic);
}

bool Subscription::match(const std::vector<std::string>& existing) {
  if (!pattern_) return false;
  std::vector<std::string> matching;
  for (const auto& topic : existing) {
    if (pattern_->matches_whole(topic)) matching.push_back(topic);
  }
  auto before = topics_;
  set_topics(std::move(matching));
  return topics_ != before;
}

}  // namespace weir::log
