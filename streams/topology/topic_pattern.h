// TopicPattern: a regular expression over names of topics (log/base/regex.h), for a stream of all that match as a
// whole.
#pragma once

#include <string>

#include "log/base/regex.h"

namespace weir::streams {

class TopicPattern {
 public:
  // TopologyError if it is none.
  explicit TopicPattern(const std::string& regex);

  const std::string& text() const { return regex_.text(); }
  bool matches(const std::string& topic) const { return regex_.matches_whole(topic); }

 private:
  Regex regex_;
};

// builder.stream<std::string, Order>(matching("orders-.*"))
inline TopicPattern matching(const std::string& regex) {
  return TopicPattern(regex);
}

}  // namespace weir::streams
