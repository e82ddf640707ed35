#include "connect/runtime/targets.h"

#include <charconv>
#include <limits>

namespace weir::connect {

Result<> Targets::make(const std::string& topic) {
  auto created = client_.admin()->create_topic({topic, partitions_, {}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  return {};
}

Result<const Target*> Targets::look_up(const std::string& topic) {
  if (auto known = targets_.find(topic); known != targets_.end()) {
    last_ = &*known;
    return &known->second;
  }
  WEIR_TRY(make(topic));
  WEIR_TRY_VAR(description, client_.admin()->describe_topic(topic));
  Target target{.most_bytes = std::numeric_limits<std::size_t>::max()};
  if (auto found = description.configs.find("max.message.bytes"); found != description.configs.end()) {
    const std::string& text = found->second;
    (void)std::from_chars(text.data(), text.data() + text.size(), target.most_bytes);
  }
  if (description.partitions == 1) {
    WEIR_TRY_VAR(lane, producer_->lane({topic, log::PartitionIndex(0)}));
    target.only = lane;
  }
  last_ = &*targets_.emplace(topic, target).first;
  return &last_->second;
}

void Targets::look_again() {
  for (auto& [topic, target] : targets_) {
    if (target.only == nullptr) continue;
    auto count = producer_->partition_count(topic);
    if (count && *count > 1) target.only = nullptr;
  }
}

}  // namespace weir::connect
