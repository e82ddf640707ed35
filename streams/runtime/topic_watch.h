// TopicWatch: notices while an application runs that what it reads is not what it was: its patterns match other topics,
// as some came and some were deleted; a topic was given more partitions, or was deleted and made anew.
//
// One owner thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "log/client/admin.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

// What differs, in words: "topic orders-eu is new", "topic orders-us is gone", "topic orders has 4 partitions now and
// had 2"; empty: nothing.
std::vector<std::string> changes_of_topics(const Plan& plan, const std::vector<log::TopicDescription>& all);

class TopicWatch {
 public:
  // `now_ms`: of a monotonic clock, here and below.
  TopicWatch(const Plan& plan, std::unique_ptr<log::Admin> admin, Millis interval, std::int64_t now_ms);

  // Looks if it is time to. Empty: nothing differs. What cannot be asked now is asked again.
  Result<std::vector<std::string>> look_if_due(std::int64_t now_ms);

 private:
  const Plan& plan_;
  std::unique_ptr<log::Admin> admin_;
  const Millis interval_;
  std::int64_t next_ms_;
};

// Whether a topology reads a pattern.
bool reads_patterns(const Topology& topology);

}  // namespace weir::streams
