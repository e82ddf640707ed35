// ConnectionLimits: how many connections there are, all together and from each address, and how many there may be.
// Thread-safe.
#pragma once

#include <map>
#include <string>

#include "log/base/mutex.h"

namespace weir::log::net {

class ConnectionLimits {
 public:
  ConnectionLimits(std::size_t most, std::size_t most_per_address) : most_(most), most_per_address_(most_per_address) {}

  // False if that would be too many; otherwise `leave` takes it back.
  bool enter(const std::string& address) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (all_ >= most_) return false;
    auto& here = by_address_[address];
    if (here >= most_per_address_) return false;
    ++here;
    ++all_;
    return true;
  }
  void leave(const std::string& address) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto here = by_address_.find(address);
    if (--here->second == 0) by_address_.erase(here);
    --all_;
  }
  std::size_t count() const WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return all_;
  }

 private:
  const std::size_t most_;
  const std::size_t most_per_address_;
  mutable Mutex mutex_;
  std::size_t all_ WEIR_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::size_t> by_address_ WEIR_GUARDED_BY(mutex_);  // never 0
};

}  // namespace weir::log::net
