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
  try {  // the one way in which std::regex tells
    subscription.pattern_.emplace(regex);
  } catch (const std::regex_error& error) {
    return fail(ErrorCode::invalid_argument, "pattern '" + regex + "': " + error.what());
  }
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
    if (std::regex_match(topic, *pattern_)) matching.push_back(topic);
  }
  auto before = topics_;
  set_topics(std::move(matching));
  return topics_ != before;
}

}  // namespace weir::log
