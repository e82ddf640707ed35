// Pulse: when one member is to tell its coordinator that it lives, and what it was told back. It beats while the member
// has its partitions; a member that does not poll often enough stops beating, and is to leave.
//
// Thread-safe: the member's own thread beats while it polls, the thread of Heartbeats while it does not; each beat is
// sent by one of them.
#pragma once

#include <functional>
#include <optional>

#include "log/base/clock.h"
#include "log/base/mutex.h"
#include "log/base/result.h"
#include "log/client/producer.h"

namespace weir::log {

class Pulse {
 public:
  static constexpr std::int64_t kNever = 0x7fffffffffffffff;

  struct Terms {
    Millis interval;
    Millis max_poll_interval;
    std::function<void()> on_news;  // from either thread, under the lock of this: must not call back
  };
  struct News {
    ErrorCode code = ErrorCode::none;
    std::int32_t generation = -1;  // of the beat that was answered
  };

  explicit Pulse(Terms terms) : terms_(std::move(terms)) {}

  // Beats for this member from now on, first after an interval.
  void begin(GroupMetadata who, std::int64_t now_ns) WEIR_EXCLUDES(mutex_);
  void stop() WEIR_EXCLUDES(mutex_);
  // The member is gone: on_news is called no more.
  void close() WEIR_EXCLUDES(mutex_);
  void polled(std::int64_t now_ns) WEIR_EXCLUDES(mutex_);

  // The member, if a beat is due; the caller sends it, and the next is due an interval later.
  std::optional<GroupMetadata> take_due(std::int64_t now_ns) WEIR_EXCLUDES(mutex_);
  // The member, once, if it has not polled for too long; it beats no more, and is to be told to leave.
  std::optional<GroupMetadata> take_overdue(std::int64_t now_ns) WEIR_EXCLUDES(mutex_);
  // When one of the two may be next.
  std::int64_t next_ns() const WEIR_EXCLUDES(mutex_);

  // The answer to a beat.
  void heard(ErrorCode code, std::int32_t generation) WEIR_EXCLUDES(mutex_);
  // What the member has to react to.
  std::optional<News> take_news() WEIR_EXCLUDES(mutex_);

 private:
  std::int64_t overdue_ns() const WEIR_REQUIRES(mutex_);
  void tell(News news) WEIR_REQUIRES(mutex_);

  const Terms terms_;
  mutable Mutex mutex_;
  GroupMetadata who_ WEIR_GUARDED_BY(mutex_);
  std::int64_t due_ns_ WEIR_GUARDED_BY(mutex_) = kNever;  // never: it does not beat
  std::int64_t polled_ns_ WEIR_GUARDED_BY(mutex_) = 0;
  std::optional<News> news_ WEIR_GUARDED_BY(mutex_);
  bool is_closed_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::log
