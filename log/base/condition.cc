#include "log/base/condition.h"

#include <algorithm>

namespace weir {

bool Condition::wait_until(Mutex& mutex, std::int64_t deadline_ns) {
  if (idle_.empty()) idle_.push_back(clock_.make_parker());
  auto mine = std::move(idle_.back());
  idle_.pop_back();
  waiting_.push_back(mine.get());
  mutex.unlock();
  const bool is_permitted = mine->park(deadline_ns);
  mutex.lock();
  auto here = std::find(waiting_.begin(), waiting_.end(), mine.get());
  const bool is_notified = here == waiting_.end();
  if (!is_notified) waiting_.erase(here);
  idle_.push_back(std::move(mine));
  return is_notified || is_permitted;
}

void Condition::notify_one() {
  if (waiting_.empty()) return;
  waiting_.front()->unpark();
  waiting_.erase(waiting_.begin());
}

void Condition::notify_all() {
  for (Parker* each : waiting_) each->unpark();
  waiting_.clear();
}

}  // namespace weir
