// CommitGate: in whose name commits are made, and when: a member's generation may be over as soon as it asks to join
// another one, and a commit in the one before would be refused. So whoever joins closes the gate, waits until nobody is
// in it, and opens it with the next generation.
//
// Thread-safe.
#pragma once

#include <atomic>

#include "log/base/condition.h"
#include "log/base/result.h"
#include "log/client/producer.h"

namespace weir::streams {

class CommitGate {
 public:
  explicit CommitGate(Clock& clock) : clock_(clock), changed_(clock) {}

  // --- who commits
  // Nobody needs to wait, as of now.
  bool is_open() const { return is_open_; }
  // Waits until it is open, and gives who commits; to be left afterwards. unknown_member_id: this is no member any
  // more; timed_out.
  Result<log::GroupMetadata> enter(Millis at_most) WEIR_EXCLUDES(mutex_);
  void leave() WEIR_EXCLUDES(mutex_);

  // --- the member
  void open(log::GroupMetadata who) WEIR_EXCLUDES(mutex_);
  // Waits until nobody is in it.
  void close() WEIR_EXCLUDES(mutex_);
  // What it had is another's: who waits is told so, and whoever comes until it is opened.
  void lose() WEIR_EXCLUDES(mutex_);

 private:
  Clock& clock_;
  Mutex mutex_;
  Condition changed_ WEIR_GUARDED_BY(mutex_);
  log::GroupMetadata who_ WEIR_GUARDED_BY(mutex_);
  int inside_ WEIR_GUARDED_BY(mutex_) = 0;
  bool is_lost_ WEIR_GUARDED_BY(mutex_) = false;
  std::atomic<bool> is_open_{false};  // changes under the mutex
};

}  // namespace weir::streams
