// JoinWindowing: which records of two streams are partners, and how long that can still change.
//
// A left record at time t has the right records in [t - before, t + after] as partners, both ends included; a right one
// the left records in [t - after, t + before]. Either number may be negative, their sum not. A record is over when the
// join's time has passed the end of its window by more than the grace (KIP-633): then it comes too late, or, if it
// waits without a partner, it goes alone.
#pragma once

#include <algorithm>
#include <cstdint>

#include "log/base/saturate.h"
#include "streams/topology/join_side.h"

namespace weir::streams {

struct JoinWindowing {
  std::int64_t before_ms = 0;
  std::int64_t after_ms = 0;
  std::int64_t grace_ms = 0;

  // Where the partners of a record of `side` lie.
  std::int64_t first_partner(JoinSide side, std::int64_t ts) const {
    return saturated_difference(ts, side == JoinSide::left ? before_ms : after_ms);
  }
  std::int64_t last_partner(JoinSide side, std::int64_t ts) const { return saturated_sum(ts, reach_ms(side)); }

  bool is_over(JoinSide side, std::int64_t ts, std::int64_t time_ms) const {
    return saturated_sum(last_partner(side, ts), grace_ms) < time_ms;
  }
  // How long records of `side` are kept: until they are over, and as long as a record that is not over can be a
  // partner.
  std::int64_t retention_ms(JoinSide side) const {
    const std::int64_t other_reach_ms = std::max<std::int64_t>(0, reach_ms(other_side(side)));
    return std::max<std::int64_t>(0, saturated_sum(saturated_sum(reach_ms(side), grace_ms), other_reach_ms));
  }

 private:
  std::int64_t reach_ms(JoinSide side) const { return side == JoinSide::left ? after_ms : before_ms; }
};

}  // namespace weir::streams
