// Topics: what a stream is read from: one topic, several that are one stream, or all that match a pattern.
//
//   builder.stream<std::string, Order>("orders")
//   builder.stream<std::string, Order>({"orders", "orders-by-phone"})
//   builder.stream<std::string, Order>(matching("orders-.*"))
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "streams/topology/topic_pattern.h"

namespace weir::streams {

class Topics {
 public:
  Topics(const char* topic) : names_{topic} {}
  Topics(std::string topic) : names_{std::move(topic)} {}
  Topics(std::initializer_list<std::string> topics) : names_(topics) {}
  Topics(std::vector<std::string> topics) : names_(std::move(topics)) {}

  Topics(TopicPattern pattern) : pattern_(std::move(pattern)) {}

  const std::vector<std::string>& names() const { return names_; }
  const std::optional<TopicPattern>& pattern() const { return pattern_; }

 private:
  std::vector<std::string> names_;
  std::optional<TopicPattern> pattern_;  // then no names
};

}  // namespace weir::streams
