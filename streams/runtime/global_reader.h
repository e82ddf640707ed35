// GlobalReader: reads the topics of global tables and stores, all partitions: first up to their ends, from where each
// store stands, then on and on. It belongs to no group and commits nothing.
//
// One owner thread, its worker's.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "streams/runtime/changelog_reader.h"
#include "streams/runtime/global_tables.h"
#include "streams/runtime/memory_shares.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/restore_report.h"

namespace weir::streams {

class GlobalReader final : private ChangelogReader::Taker {
 public:
  // All of them outlive this.
  GlobalReader(GlobalTables& tables, std::unique_ptr<log::Consumer> consumer, const Plan& plan, Clock& clock,
               const MemoryShares& shares)
      : tables_(tables),
        reader_(std::move(consumer), clock, ChangelogReader::AtEnd::goes_on, "reading global tables"),
        plan_(plan),
        clock_(clock),
        shares_(shares) {}

  // Finds where each store goes on; one whose place the topic does not vouch for is read from the beginning. What is to
  // be read, by store and partition.
  Result<std::vector<RestoreReport>> begin();
  // Everything is read that was committed at `begin`.
  bool is_complete() const { return reader_.is_complete(); }
  // Takes up what has come; waits at most `patience` for it.
  Result<> step(Millis patience);

 private:
  using Ends = std::map<log::TopicPartition, log::Offset>;

  Result<> take(const log::FetchedBatch& batch) override { return tables_.take(batch); }
  Result<RestoreReport> begin(GlobalStore& store, const log::TopicPartition& partition, log::Offset end);
  Result<std::vector<RestoreReport>> begin_all(const Ends& ends);
  Result<> read_on(const Ends& ends);
  Result<Ends> ends();
  Result<> begin_where_rows_are();
  Result<> keep_within();

  GlobalTables& tables_;
  ChangelogReader reader_;
  const Plan& plan_;
  Clock& clock_;
  const MemoryShares shares_;
};

}  // namespace weir::streams
