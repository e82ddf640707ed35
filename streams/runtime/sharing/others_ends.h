// OthersEnds: in a bounded run that is shared: how far the other instances are with the inputs that they read, by what
// they have committed. An input is at its end if nothing lies between its committed position and that but markers and
// what was aborted.
//
// One owner thread.
#pragma once

#include <map>
#include <memory>

#include "log/client/client.h"
#include "streams/runtime/end_tracker.h"
#include "streams/runtime/sharing/shares.h"

namespace weir::streams {

class OthersEnds {
 public:
  // `plan` and `ends` outlive this.
  OthersEnds(const Plan& plan, EndTracker& ends, log::Client client)
      : plan_(plan), ends_(ends), client_(std::move(client)) {}

  // Looks if it is time to, after the inputs of tasks that `shares` do not have, and tells `ends` of those that are at
  // their ends. `now_ms`: of a monotonic clock.
  Result<> look_if_due(const Shares& shares, std::int64_t now_ms);

 private:
  Result<> open();
  Result<bool> is_at_end(const log::TopicPartition& input, std::optional<log::Offset> committed, log::Offset end);
  bool is_delayed(const std::string& topic) const;

  const Plan& plan_;
  EndTracker& ends_;
  log::Client client_;
  std::unique_ptr<log::Consumer> group_;                            // knows what is committed
  std::unique_ptr<log::Consumer> reader_;                           // looks what lies behind that
  std::map<log::TopicPartition, std::optional<log::Offset>> seen_;  // committed, as of the last look
  std::int64_t next_ms_ = 0;
};

}  // namespace weir::streams
