// JoinWindows: what a join of two streams takes: how near each other in time records must be. See within().
#pragma once

#include "log/base/clock.h"
#include "streams/topology/join_windowing.h"

namespace weir::streams {

class JoinWindows {
 public:
  explicit JoinWindows(Millis difference) : windowing_{difference.count(), difference.count(), 0} {}

  // How long before a left record its right partners may lie, and how long after it. One of the two may be negative:
  // `within(1h).before(-5min)` finds those from five minutes after the left record on.
  JoinWindows before(Millis before) const {
    JoinWindows copy = *this;
    copy.windowing_.before_ms = before.count();
    return copy;
  }
  JoinWindows after(Millis after) const {
    JoinWindows copy = *this;
    copy.windowing_.after_ms = after.count();
    return copy;
  }
  // A record is taken until the join's time has passed the end of its window by this much; none if it is not given.
  JoinWindows grace(Millis grace) const {
    JoinWindows copy = *this;
    copy.windowing_.grace_ms = grace.count();
    return copy;
  }
  const JoinWindowing& windowing() const { return windowing_; }

 private:
  JoinWindowing windowing_;
};

// Records that are at most `difference` apart, both ends included.
inline JoinWindows within(Millis difference) {
  return JoinWindows(difference);
}

}  // namespace weir::streams
