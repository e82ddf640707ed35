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
  Counter dropped_late;  // for a window that is closed
  Counter skipped_undecodable;
  Counter skipped_timestamp;  // negative
};

// What several tasks have done, at some moment.
struct Statistics {
  std::uint64_t processed = 0;
  std::uint64_t sent = 0;
  std::uint64_t dropped_null_key = 0;
  std::uint64_t dropped_null_value = 0;
  std::uint64_t dropped_late = 0;
  std::uint64_t skipped_undecodable = 0;
  std::uint64_t skipped_timestamp = 0;

  void add(const Counters& counters) {
    processed += counters.processed.value();
    sent += counters.sent.value();
    dropped_null_key += counters.dropped_null_key.value();
    dropped_null_value += counters.dropped_null_value.value();
    dropped_late += counters.dropped_late.value();
    skipped_undecodable += counters.skipped_undecodable.value();
    skipped_timestamp += counters.skipped_timestamp.value();
  }
};

}  // namespace weir::streams
