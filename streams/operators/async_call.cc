#include "streams/operators/async_call.h"

namespace weir::streams {

void AsyncCall::fail(std::string reason) {
  if (!claim()) return;
  error_ = std::move(reason);
  deliver();
}

void AsyncCall::deliver() {
  inbox_->put(shared_from_this());
}

void AsyncInbox::put(std::shared_ptr<AsyncCall> settled) {
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    if (is_closed_) return;
    is_first = settled_.empty();
    settled_.push_back(std::move(settled));
  }
  if (is_first) signal_->notify();  // of those behind it the thread learns when it takes this one
}

std::vector<std::shared_ptr<AsyncCall>> AsyncInbox::take() {
  MutexLock lock(mutex_);
  return std::exchange(settled_, {});
}

bool AsyncInbox::is_empty() const {
  MutexLock lock(mutex_);
  return settled_.empty();
}

void AsyncInbox::close() {
  std::vector<std::shared_ptr<AsyncCall>> dropped;  // destroyed without the lock
  MutexLock lock(mutex_);
  is_closed_ = true;
  dropped.swap(settled_);
}

}  // namespace weir::streams
