// Counters: what a task has done, and what it left out and why. Written by the task's thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>

namespace weir::streams {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};  // one writer
};

struct Counters {
  Counter processed;         // records taken from topics
  Counter sent;              // records written to topics, changelogs not counted
  Counter dropped_null_key;  // where an operator needs a key
  Counter dropped_null_value;
  Counter dropped_late;      // for a window that is closed
  Counter skipped_undecodable;
  Counter skipped_timestamp;  // negative
};

}  // namespace weir::streams
