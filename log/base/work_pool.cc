#include "log/base/work_pool.h"

#include <utility>

namespace weir {

void WorkPool::post(Work work) {
  {
    MutexLock lock(mutex_);
    start_threads();
    if (!threads_.empty()) {
      waiting_.push_back(std::move(work));
      posted_.notify_one();
      return;
    }
  }
  work();  // later than it could be, but done
}

// As many as there are to be had.
void WorkPool::start_threads() {
  while (threads_.size() < size_) {
    auto started = clock_.start_thread("weir-pool", [this] { run(); });
    if (!started) return;
    threads_.push_back(*std::move(started));
  }
}

void WorkPool::run() {
  for (;;) {
    Work work;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !is_stopping_) posted_.wait(mutex_);
      if (is_stopping_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

WorkPool::~WorkPool() {
  std::vector<std::unique_ptr<Thread>> threads;
  std::deque<Work> dropped;
  {
    MutexLock lock(mutex_);
    is_stopping_ = true;
    threads.swap(threads_);
    dropped.swap(waiting_);
    posted_.notify_all();
  }
  dropped.clear();  // without the lock, and first: what runs may wait for what it holds
  threads.clear();
}

}  // namespace weir
