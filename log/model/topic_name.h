// What a topic may be called, as in Apache Kafka.
#pragma once

#include <cstddef>
#include <string_view>

namespace weir::log {

inline constexpr std::size_t kLongestTopicName = 249;

// 1 to 249 of [a-zA-Z0-9._-], not "." or "..".
constexpr bool is_legal_topic_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= kLongestTopicName && name != "." && name != ".." &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace weir::log
