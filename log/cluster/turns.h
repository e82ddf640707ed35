// Turns: one at a time, for what takes long: whoever waits holds no mutex, and nor does whoever is at it.
#pragma once

#include "log/base/condition.h"

namespace weir::log::cluster {

class Turns {
 public:
  explicit Turns(Clock& clock) : ended_(clock) {}

  // It is the caller's as long as this lives.
  class [[nodiscard]] Turn {
   public:
    explicit Turn(Turns& turns) : turns_(turns) { turns_.begin(); }
    ~Turn() { turns_.end(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
  };

 private:
  void begin() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (is_taken_) ended_.wait(mutex_);
    is_taken_ = true;
  }
  void end() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    is_taken_ = false;
    ended_.notify_one();
  }

  Mutex mutex_;
  Condition ended_;
  bool is_taken_ WEIR_GUARDED_BY(mutex_) = false;
};

}  // namespace weir::log::cluster
