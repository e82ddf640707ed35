// KafkaJoinTiming: when Kafka Streams 3.9 drops, keeps and lets go records of a join of streams, where that is not the
// documented rule:
//
// - No record is too late by the join's time. It is kept, and finds partners, as long as the buffer of the other side
//   still shows them: before + after + grace back from the highest time put into that buffer, that end excluded. So
//   records of streams that are joined within 0 ms without grace never meet.
// - A record without a partner whose own window is over as it comes goes at once, though its grace is not, and may meet
//   a partner later all the same.
// - Waiting records are looked through only when the one remembered as the oldest could be over, by the window of the
//   side of the record that came; remembered is the last one that the look before came to. (KAFKA-10847, KIP-633)
//
// A restart remembers the true oldest again, and the highest times of what the buffers still hold.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "streams/topology/join_windowing.h"

namespace weir::streams {

class KafkaJoinTiming {
 public:
  explicit KafkaJoinTiming(const JoinWindowing& windowing) : windowing_(windowing) {}

  // The same for both sides.
  static std::int64_t retention_ms(const JoinWindowing& windowing) {
    return saturated_sum(saturated_sum(windowing.before_ms, windowing.after_ms), windowing.grace_ms);
  }

  void forget() { *this = KafkaJoinTiming(windowing_); }
  void put(JoinSide side, std::int64_t ts) {
    std::int64_t& seen = seen_ms_[static_cast<std::size_t>(side)];
    seen = std::max(seen, ts);
  }
  void wait(std::int64_t ts) { oldest_waiting_ms_ = std::min(oldest_waiting_ms_.value_or(ts), ts); }

  std::int64_t seen_ms(JoinSide side) const { return seen_ms_[static_cast<std::size_t>(side)]; }
  // The first time at which a record of `side` is found in its buffer.
  std::int64_t first_found(JoinSide side) const { return seen_ms(side) - retention_ms(windowing_) + 1; }
  bool goes_at_once(JoinSide side, std::int64_t ts, std::int64_t time_ms) const {
    return std::max<std::int64_t>(0, windowing_.last_partner(side, ts)) < time_ms;
  }
  // Whether a record of `side`, the latest so far, has the waiting ones looked through.
  bool looks_through(JoinSide side, std::int64_t time_ms) const {
    return oldest_waiting_ms_ && windowing_.is_over(side, *oldest_waiting_ms_, time_ms);
  }
  // The look is over, and came to the record of that time last.
  void remember_oldest(std::optional<std::int64_t> ts) { oldest_waiting_ms_ = ts; }

 private:
  JoinWindowing windowing_;
  std::array<std::int64_t, 2> seen_ms_{-1, -1};  // the highest time in the buffer of each side
  std::optional<std::int64_t> oldest_waiting_ms_;
};

}  // namespace weir::streams
