#include "connect/runtime/topic_limits.h"

#include <charconv>
#include <limits>

namespace weir::connect {

Result<std::size_t> TopicLimits::look_up(const std::string& topic) {
  if (auto known = most_bytes_.find(topic); known != most_bytes_.end()) {
    last_ = &*known;
    return known->second;
  }
  auto created = client_.admin()->create_topic({topic, partitions_, {}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  WEIR_TRY_VAR(description, client_.admin()->describe_topic(topic));
  std::size_t most = std::numeric_limits<std::size_t>::max();
  if (auto found = description.configs.find("max.message.bytes"); found != description.configs.end()) {
    const std::string& text = found->second;
    (void)std::from_chars(text.data(), text.data() + text.size(), most);
  }
  last_ = &*most_bytes_.emplace(topic, most).first;
  return most;
}

}  // namespace weir::connect
