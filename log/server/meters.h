// Meters: the rates of all clients that have a quota: what those count together that a quota is of. Thread-safe.
#pragma once

#include <map>
#include <string>

#include "log/base/mutex.h"
#include "log/cluster/quotas.h"
#include "log/server/byte_rate.h"

namespace weir::log::server {

class Meters {
 public:
  explicit Meters(Clock& clock) : clock_(clock) {}

  // A user's client sent or was given so many bytes, which counts for the quota of that name. How long it is to be
  // silent.
  Millis add(const cluster::Quotas& quotas, std::string_view user, std::string_view client_id, std::string_view name,
             std::uint64_t bytes) WEIR_EXCLUDES(mutex_) {
    const auto found = quotas.find(user, client_id, name);
    if (!found) return Millis(0);
    const std::int64_t now_ms = clock_.monotonic_ns() / 1'000'000;
    MutexLock lock(mutex_);
    if (rates_.size() >= kMost) std::erase_if(rates_, [&](const auto& one) { return one.second.is_idle(now_ms); });
    return rates_[{found->counted_as, std::string(name)}].add(bytes, found->bytes_per_second, now_ms);
  }

 private:
  static constexpr std::size_t kMost = 10'000;  // before those that are idle are looked for

  Clock& clock_;
  Mutex mutex_;
  std::map<std::pair<cluster::QuotaEntity, std::string>, ByteRate> rates_ WEIR_GUARDED_BY(mutex_);
};

}  // namespace weir::log::server
