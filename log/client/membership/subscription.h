// Subscription: which topics a member reads: those that were named, or those there are that match a pattern. No I/O.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "log/base/regex.h"
#include "log/base/result.h"

namespace weir::log {

class Subscription {
 public:
  static Subscription to(std::vector<std::string> topics);
  // invalid_argument, with what is wrong.
  static Result<Subscription> matching(const std::string& regex);

  bool has_pattern() const { return pattern_.has_value(); }
  // Sorted, each once.
  const std::vector<std::string>& topics() const { return topics_; }
  bool contains(const std::string& topic) const;

  // Takes those of `existing` that match; says whether that changes the subscription. Nothing without a pattern.
  bool match(const std::vector<std::string>& existing);

 private:
  void set_topics(std::vector<std::string> topics);

  std::vector<std::string> topics_;
  std::optional<Regex> pattern_;
};

}  // namespace weir::log
