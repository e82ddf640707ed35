#include "log/base/work_pool.h"

#include <utility>

namespace weir {

void WorkPool::post(Work work) {
  MutexLock lock(mutex_);
  waiting_.push_back(std::move(work));
  while (threads_.size() < size_) threads_.emplace_back([this] { run(); });
  posted_.notify_one();
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
  std::vector<std::thread> threads;
  std::deque<Work> dropped;
  {
    MutexLock lock(mutex_);
    is_stopping_ = true;
    threads.swap(threads_);
    dropped.swap(waiting_);
    posted_.notify_all();
  }
  dropped.clear();  // without the lock, and first: what runs may wait for what it holds
  for (auto& thread : threads) thread.join();
}

}  // namespace weir
