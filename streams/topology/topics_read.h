// TopicsRead: what a source of a described topology reads: one topic, several, or those whose names match a pattern.
#pragma once

#include <string>
#include <vector>

namespace weir::streams {

struct TopicsRead {
  std::vector<std::string> topics;
  std::string pattern = {};  // not empty: a regular expression, and no topics

  bool operator==(const TopicsRead&) const = default;
};

// "orders", "orders, returns", "those matching 'orders-.*'"
inline std::string to_string(const TopicsRead& reads) {
  if (!reads.pattern.empty()) return "those matching '" + reads.pattern + "'";
  std::string text;
  for (const std::string& topic : reads.topics) text += (text.empty() ? "" : ", ") + topic;
  return text;
}

}  // namespace weir::streams
