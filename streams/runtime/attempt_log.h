// AttemptLog: what a task sends within attempts of guarded operators (topology/error_guard.h), held back until the
// outermost attempt is known to be good. Attempts nest.
// One owner thread, its task's.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "streams/operators/output.h"

namespace weir::streams {

class AttemptLog {
 public:
  // `output` within attempts. The log outlives it.
  std::unique_ptr<Output> guard(std::unique_ptr<Output> output);

  void set_savepoint() { savepoints_.push_back(held_.size()); }
  // Forgets what was sent since the last savepoint; returns how many records that were.
  std::size_t roll_back();
  // Behind the outermost savepoint: sends what was held back.
  Result<> release_savepoint();
  bool is_within_attempt() const { return !savepoints_.empty(); }

 private:
  class GuardedOutput;
  struct Held {
    Output* output;
    std::optional<log::PartitionIndex> partition;
    std::int64_t timestamp_ms;
    std::optional<OwnedBytes> key;
    std::optional<OwnedBytes> value;
    std::int32_t header_count;
    OwnedBytes headers;
  };

  void hold(Output& output, std::optional<log::PartitionIndex> partition, std::int64_t timestamp_ms, NullableBytes key,
            NullableBytes value, const log::HeadersView* headers);
  static Result<> send(const Held& held);

  std::vector<Held> held_;
  std::vector<std::size_t> savepoints_;  // sizes of held_
};

}  // namespace weir::streams
