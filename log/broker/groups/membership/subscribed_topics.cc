#include "log/broker/groups/membership/subscribed_topics.h"

#include "log/wire/consumer_protocol.h"

namespace weir::log::broker {

std::optional<std::set<std::string>> subscribed_topics(Bytes metadata) {
  auto subscription = wire::parse_subscription(metadata);
  if (!subscription) return std::nullopt;
  return std::set<std::string>(subscription->topics.begin(), subscription->topics.end());
}

}  // namespace weir::log::broker
