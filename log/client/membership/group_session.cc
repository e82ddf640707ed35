#include "log/client/membership/group_session.h"

#include <algorithm>
#include <coroutine>

namespace weir::log {

GroupSession::GroupSession(std::shared_ptr<Transport> transport, Clock& clock, std::shared_ptr<Heartbeats> heartbeats,
                           ConsumerOptions options, Subscription subscription, std::function<void()> before_join)
    : options_(std::move(options)),
      connection_{std::move(transport), clock, options_.request_timeout},
      view_(connection_),
      member_(connection_, view_, options_, std::move(heartbeats), std::move(subscription)) {
  member_.set_before_join(std::move(before_join));
}

Result<std::optional<AssignmentChange>> GroupSession::next(Millis timeout) {
  const std::int64_t deadline_ns = connection_.clock.deadline_ns(timeout);
  for (;;) {
    member_.polled();
    WEIR_TRY_VAR(change, member_.step());
    if (change) return change;
    const std::int64_t now_ns = connection_.clock.monotonic_ns();
    if (is_woken_.exchange(false) || now_ns >= deadline_ns) return std::optional<AssignmentChange>();
    const std::int64_t until_ns = std::min(deadline_ns, member_.next_step_ns());
    (void)connection_.loop.resume_ready(std::chrono::nanoseconds(std::max<std::int64_t>(until_ns - now_ns, 0)));
  }
}

void GroupSession::wakeup() {
  is_woken_.store(true);
  connection_.loop.post(std::noop_coroutine());
}

}  // namespace weir::log
