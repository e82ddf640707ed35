// ByteRate: how many bytes a second passed, over the last ten seconds and a bit, and how long there is to be silence
// where that was too much: samples of a second, as Kafka's quotas count (KIP-13). A burst of ten seconds' worth is let
// through.
//
//   rate      = bytes in the samples / the time since the oldest began, at least ten seconds
//   throttle  = (rate - limit) / limit * that time: then the rate is the limit
//
// No I/O; times are given.
#pragma once

#include <cstdint>
#include <deque>

#include "log/base/clock.h"

namespace weir::log::server {

class ByteRate {
 public:
  static constexpr int kSamples = 11;
  static constexpr std::int64_t kSampleMs = 1'000;

  // So many more now. How long to be silent: 0 where the rate is within the limit.
  Millis add(std::uint64_t bytes, double bytes_per_second, std::int64_t now_ms) {
    while (!samples_.empty() && now_ms - samples_.front().begin_ms >= kSamples * kSampleMs) samples_.pop_front();
    if (samples_.empty() || now_ms - samples_.back().begin_ms >= kSampleMs) samples_.push_back({now_ms, 0});
    samples_.back().bytes += static_cast<double>(bytes);
    double all = 0;
    for (const auto& sample : samples_) all += sample.bytes;
    const auto window_ms =
        static_cast<double>(std::max(now_ms - samples_.front().begin_ms, (kSamples - 1) * kSampleMs));
    const double allowed = bytes_per_second * window_ms / 1'000;
    return all <= allowed ? Millis(0) : Millis(static_cast<std::int64_t>((all - allowed) / allowed * window_ms));
  }
  // Has it nothing to say any more?
  bool is_idle(std::int64_t now_ms) const {
    return samples_.empty() || now_ms - samples_.back().begin_ms >= kSamples * kSampleMs;
  }

 private:
  struct Sample {
    std::int64_t begin_ms;
    double bytes;
  };
  std::deque<Sample> samples_;
};

}  // namespace weir::log::server
