// GlobalReader: reads the topics of global tables and stores, all partitions: first up to their ends, from where each
// store stands, then on and on. It belongs to no group and commits nothing.
//
// One owner thread, its worker's.
#pragma once

#include <memory>
#include <vector>

#include "log/client/client.h"
#include "streams/runtime/global_tables.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/restorer.h"

namespace weir::streams {

class GlobalReader {
 public:
  // All of them outlive this.
  GlobalReader(GlobalTables& tables, std::unique_ptr<log::Consumer> consumer, const Plan& plan, Clock& clock,
               const MemoryShares& shares, const std::atomic<bool>* is_stopping)
      : tables_(tables),
        consumer_(std::move(consumer)),
        plan_(plan),
        clock_(clock),
        shares_(shares),
        is_stopping_(is_stopping) {}

  // Until everything is read that is committed at the beginning of the call; a store whose place the topic does not
  // vouch for is read from the beginning. What was read, by store and partition. timed_out if nothing comes for long;
  // closed if the application is to stop.
  Result<std::vector<RestoreReport>> bootstrap();
  // Takes up what has come since, without waiting.
  Result<> catch_up() { return poll(Millis(0)); }

 private:
  using Ends = std::map<log::TopicPartition, log::Offset>;

  Result<RestoreReport> begin(GlobalStore& store, const log::TopicPartition& partition, log::Offset end);
  Result<std::vector<RestoreReport>> begin_all(const Ends& ends);
  Result<> seek_all(const Ends& ends);
  Result<> begin_where_rows_are();
  Result<> read_up_to(const Ends& ends);
  Result<> poll(Millis patience);

  GlobalTables& tables_;
  std::unique_ptr<log::Consumer> consumer_;
  const Plan& plan_;
  Clock& clock_;
  const MemoryShares shares_;
  const std::atomic<bool>* is_stopping_;
};

}  // namespace weir::streams
