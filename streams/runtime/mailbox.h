// Mailbox: work that others hand to a thread, which does it between records.
//
// `post` from any thread; `drain` from the owner's.
#pragma once

#include <atomic>
#include <functional>
#include <utility>
#include <vector>

#include "log/base/mutex.h"

namespace weir::streams {

class Mailbox {
 public:
  using Work = std::function<void()>;

  void post(Work work) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    posted_.push_back(std::move(work));
    has_mail_ = true;
  }

  // In the order in which it came. What is posted meanwhile waits for the next time. Costs a comparison where nothing
  // came.
  void drain() WEIR_EXCLUDES(mutex_) {
    if (!has_mail_) return;
    std::vector<Work> all;
    {
      MutexLock lock(mutex_);
      all.swap(posted_);
      has_mail_ = false;
    }
    for (Work& work : all) work();
  }

 private:
  Mutex mutex_;
  std::vector<Work> posted_ WEIR_GUARDED_BY(mutex_);
  std::atomic<bool> has_mail_{false};
};

}  // namespace weir::streams
