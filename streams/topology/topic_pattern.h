// TopicPattern: a regular expression over names of topics, for a stream of all that match. ECMAScript's syntax, as
// std::regex has it; it must match the whole name.
#pragma once

#include <memory>
#include <string>

namespace weir::streams {

class TopicPattern {
 public:
  // TopologyError if it is none.
  explicit TopicPattern(std::string regex);

  const std::string& text() const { return text_; }
  bool matches(const std::string& topic) const;

 private:
  struct Compiled;

  std::string text_;
  std::shared_ptr<const Compiled> compiled_;  // shared by copies; hides <regex>, which is slow to compile
};

// builder.stream<std::string, Order>(matching("orders-.*"))
inline TopicPattern matching(std::string regex) {
  return TopicPattern(std::move(regex));
}

}  // namespace weir::streams
