#include "streams/topology/topic_pattern.h"

#include <regex>

#include "streams/topology/topology.h"

namespace weir::streams {

struct TopicPattern::Compiled {
  std::regex regex;
};

TopicPattern::TopicPattern(std::string regex) : text_(std::move(regex)) {
  if (text_.empty()) throw TopologyError("an empty pattern matches no topic");
  try {  // the one way in which std::regex tells
    compiled_ = std::make_shared<Compiled>(std::regex(text_));
  } catch (const std::regex_error& error) {
    throw TopologyError("pattern '" + text_ + "': " + error.what());
  }
}

bool TopicPattern::matches(const std::string& topic) const {
  return std::regex_match(topic, compiled_->regex);
}

}  // namespace weir::streams
