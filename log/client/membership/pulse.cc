#include "log/client/membership/pulse.h"

#include <algorithm>

namespace weir::log {

namespace {

std::int64_t in_ns(Millis time) {
  return saturated_product(time.count(), 1'000'000);
}

}  // namespace

void Pulse::begin(GroupMetadata who, std::int64_t now_ns) {
  MutexLock lock(mutex_);
  who_ = std::move(who);
  due_ns_ = now_ns + in_ns(terms_.interval);
  polled_ns_ = now_ns;
  news_.reset();
}

void Pulse::stop() {
  MutexLock lock(mutex_);
  due_ns_ = kNever;
}

void Pulse::close() {
  MutexLock lock(mutex_);
  due_ns_ = kNever;
  is_closed_ = true;
}

void Pulse::tell(News news) {
  if (is_closed_) return;
  news_ = news;
  terms_.on_news();
}

void Pulse::polled(std::int64_t now_ns) {
  MutexLock lock(mutex_);
  polled_ns_ = now_ns;
}

std::int64_t Pulse::overdue_ns() const {
  return polled_ns_ + in_ns(terms_.max_poll_interval);
}

std::optional<GroupMetadata> Pulse::take_due(std::int64_t now_ns) {
  MutexLock lock(mutex_);
  if (due_ns_ > now_ns || overdue_ns() <= now_ns) return std::nullopt;
  due_ns_ = now_ns + in_ns(terms_.interval);
  return who_;
}

std::optional<GroupMetadata> Pulse::take_overdue(std::int64_t now_ns) {
  MutexLock lock(mutex_);
  if (due_ns_ == kNever || overdue_ns() > now_ns) return std::nullopt;
  due_ns_ = kNever;
  tell({ErrorCode::unknown_member_id, who_.generation});
  return who_;
}

std::int64_t Pulse::next_ns() const {
  MutexLock lock(mutex_);
  return due_ns_ == kNever ? kNever : std::min(due_ns_, overdue_ns());
}

void Pulse::heard(ErrorCode code, std::int32_t generation) {
  if (code == ErrorCode::none) return;
  MutexLock lock(mutex_);
  if (due_ns_ == kNever || generation != who_.generation) return;
  const bool is_dropped = code == ErrorCode::unknown_member_id || code == ErrorCode::illegal_generation ||
                          code == ErrorCode::fenced_instance_id;
  if (!is_dropped && code != ErrorCode::rebalance_in_progress) return;
  if (is_dropped) due_ns_ = kNever;  // else it lives on until it has joined again
  tell({code, generation});
}

std::optional<Pulse::News> Pulse::take_news() {
  MutexLock lock(mutex_);
  return std::exchange(news_, std::nullopt);
}

}  // namespace weir::log
