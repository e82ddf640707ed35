// Topics: what a stream is read from: one topic, or several that are one stream.
//
//   builder.stream<std::string, Order>("orders")
//   builder.stream<std::string, Order>({"orders", "orders-by-phone"})
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace weir::streams {

class Topics {
 public:
  Topics(const char* topic) : names_{topic} {}
  Topics(std::string topic) : names_{std::move(topic)} {}
  Topics(std::initializer_list<std::string> topics) : names_(topics) {}
  Topics(std::vector<std::string> topics) : names_(std::move(topics)) {}

  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

}  // namespace weir::streams
