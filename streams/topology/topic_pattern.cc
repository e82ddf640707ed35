#include "streams/topology/topic_pattern.h"

#include "streams/topology/topology.h"

namespace weir::streams {

namespace {

Regex compiled(const std::string& text) {
  if (text.empty()) throw TopologyError("an empty pattern matches no topic");
  auto regex = Regex::compile(text);
  if (!regex) throw TopologyError(regex.error().detail);
  return *regex;
}

}  // namespace

TopicPattern::TopicPattern(const std::string& regex) : regex_(compiled(regex)) {}

}  // namespace weir::streams
