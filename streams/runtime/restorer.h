// Restorer: brings a store to what its changelog says. A store that knows its position reads on from there; one whose
// position the changelog does not vouch for is emptied and read from the beginning, and the reason is told. Nothing is
// wiped otherwise.
//
// The end is the changelog's high watermark, not its last stable offset: records of a transaction that is being
// committed belong to offsets that are committed already (KAFKA-10167).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "log/base/clock.h"
#include "log/client/consumer.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/restore_report.h"
#include "streams/runtime/task.h"

namespace weir::streams {

class Restorer {
 public:
  // `consumer` reads committed records and belongs to no group.
  // `is_stopping` ends it early; it outlives this.
  Restorer(log::Consumer& consumer, const Plan& plan, Clock& clock, const MemoryShares& shares,
           const std::atomic<bool>* is_stopping)
      : consumer_(consumer), plan_(plan), clock_(clock), shares_(shares), is_stopping_(is_stopping) {}

  // A store that holds more than `most_bytes` writes down what it has and forgets it.
  // timed_out if a transaction stays open; closed if it is to stop; corrupt_data, io_error.
  Result<RestoreReport> restore(Task::Store& store, std::size_t most_bytes);
  // The same for a store that has no changelog but its source's topic: up to the position that is committed there, as
  // the source would have decoded the records, and without those that it would have left out.
  Result<RestoreReport> restore_from_source(Task::Store& store, log::Offset committed, std::size_t most_bytes);

  // Where the changelog ends now, as a store's position.
  Result<state::Position> position_now(const Task::Store& store);

 private:
  Result<std::optional<std::string>> why_rebuild(const Task::Store& store, const state::Position& position,
                                                 log::Offset end);
  Result<RestoreReport> restore_up_to(Task::Store& store, std::optional<log::Offset> committed, std::size_t most_bytes);
  Result<std::uint64_t> read(Task::Store& store, log::Offset from, log::Offset end, std::size_t most_bytes);
  Result<> write_down(Task::Store& store, log::Offset end, std::size_t most_bytes);

  log::Consumer& consumer_;
  const Plan& plan_;
  Clock& clock_;
  const MemoryShares shares_;
  const std::atomic<bool>* is_stopping_;
};

}  // namespace weir::streams
