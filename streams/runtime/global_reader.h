// GlobalReader: reads the topics of global tables, all partitions from the beginning: first up to their ends, then on
// and on. It belongs to no group and commits nothing.
//
// One owner thread, its worker's.
#pragma once

#include <memory>

#include "log/client/client.h"
#include "streams/runtime/global_tables.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

class GlobalReader {
 public:
  // `tables` outlives this.
  GlobalReader(GlobalTables& tables, std::unique_ptr<log::Consumer> consumer)
      : tables_(tables), consumer_(std::move(consumer)) {}

  // Until everything is read that is committed at the beginning of the call. timed_out if nothing comes for long.
  Result<> bootstrap(const Plan& plan, Clock& clock);
  // Takes up what has come since, without waiting.
  Result<> catch_up() { return poll(Millis(0)); }

 private:
  Result<> poll(Millis patience);

  GlobalTables& tables_;
  std::unique_ptr<log::Consumer> consumer_;
};

}  // namespace weir::streams
