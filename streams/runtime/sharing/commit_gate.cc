#include "streams/runtime/sharing/commit_gate.h"

namespace weir::streams {

Result<log::GroupMetadata> CommitGate::enter(Millis at_most) {
  const std::int64_t deadline_ns = clock_.deadline_ns(at_most);
  MutexLock lock(mutex_);
  while (!is_open_ && !is_lost_) {
    if (!changed_.wait_until(mutex_, deadline_ns)) {
      return fail(ErrorCode::timed_out, "the instances of the application did not agree on who runs what within " +
                                            std::to_string(at_most.count()) + " ms");
    }
  }
  if (is_lost_) {
    return fail(ErrorCode::unknown_member_id, "this instance was not heard of for too long: its tasks are others'");
  }
  ++inside_;
  return who_;
}

void CommitGate::leave() {
  MutexLock lock(mutex_);
  if (--inside_ == 0) changed_.notify_all();
}

void CommitGate::open(log::GroupMetadata who) {
  MutexLock lock(mutex_);
  who_ = std::move(who);
  is_lost_ = false;
  is_open_ = true;
  changed_.notify_all();
}

void CommitGate::close() {
  MutexLock lock(mutex_);
  is_open_ = false;
  while (inside_ > 0) changed_.wait(mutex_);
}

void CommitGate::lose() {
  MutexLock lock(mutex_);
  is_open_ = false;
  is_lost_ = true;
  changed_.notify_all();
}

}  // namespace weir::streams
