#include "streams/runtime/sharing/shares.h"

#include <algorithm>

#include "log/base/assert.h"
#include "streams/runtime/sharing/share_tasks.h"

namespace weir::streams {

void Shares::tell() {
  std::function<void()> wake;
  {
    MutexLock lock(mutex_);
    ++version_;
    changed_.notify_all();
    wake = wake_;
  }
  if (wake) wake();
}

void Shares::begin(std::size_t threads, std::function<void()> wake) {
  MutexLock lock(mutex_);
  threads_ = threads;
  wake_ = std::move(wake);
  wanted_.clear();
  held_.clear();
}

void Shares::end() {
  {
    MutexLock lock(mutex_);
    threads_ = 0;
    wake_ = {};
    wanted_.clear();
    held_.clear();
  }
  tell();
}

void Shares::want(const std::vector<TaskId>& tasks) {
  {
    MutexLock lock(mutex_);
    std::vector<Sharer> threads;
    for (std::size_t i = 0; i < threads_; ++i) {
      std::string id = std::to_string(i);
      threads.push_back({std::string(6 - std::min<std::size_t>(id.size(), 6), '0') + id});
    }
    for (const auto& [task, thread] : wanted_) threads[thread].runs.insert(task);
    const auto shares = share_tasks(tasks, threads);
    wanted_.clear();
    for (std::size_t i = 0; i < shares.size(); ++i) {
      for (const TaskId& task : shares[i]) wanted_[task] = i;
    }
  }
  tell();
}

bool Shares::is_one_left_over() const {
  return std::ranges::any_of(
      held_, [this](const auto& entry) WEIR_REQUIRES(mutex_) { return !wanted_.contains(entry.first); });
}

bool Shares::wait_until_given_up(std::int64_t deadline_ns) {
  MutexLock lock(mutex_);
  while (is_one_left_over()) {
    if (!changed_.wait_until(mutex_, deadline_ns)) return !is_one_left_over();
  }
  return true;
}

bool Shares::wait_until_ended(std::int64_t deadline_ns) {
  MutexLock lock(mutex_);
  while (!held_.empty()) {
    if (!changed_.wait_until(mutex_, deadline_ns)) return held_.empty();
  }
  return true;
}

Shares::Change Shares::change_of(std::size_t thread) const {
  MutexLock lock(mutex_);
  Change change;
  for (const auto& [task, holder] : held_) {
    if (holder != thread) continue;
    auto wanted = wanted_.find(task);
    if (wanted == wanted_.end() || wanted->second != thread) change.to_give_up.push_back(task);
  }
  for (const auto& [task, wanting] : wanted_) {
    if (wanting == thread && !held_.contains(task)) change.to_take.push_back(task);
  }
  return change;
}

void Shares::taken(std::size_t thread, const std::vector<TaskId>& tasks) {
  MutexLock lock(mutex_);
  for (const TaskId& task : tasks) {
    const bool is_free = held_.emplace(task, thread).second;
    WEIR_ASSERT(is_free, task.to_string());  // no task runs twice
  }
}

void Shares::given_up(const std::vector<TaskId>& tasks) {
  {
    MutexLock lock(mutex_);
    for (const TaskId& task : tasks) held_.erase(task);
  }
  tell();
}

std::size_t Shares::wanted() const {
  MutexLock lock(mutex_);
  return wanted_.size();
}

bool Shares::is_wanted(const TaskId& task) const {
  MutexLock lock(mutex_);
  return wanted_.contains(task);
}

}  // namespace weir::streams
