// Collector: everything that leaves the tasks of one worker - records, changes of stores, consumed positions - and
// becomes visible together. Over a producer in production, in memory for the test driver.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "log/client/producer.h"
#include "streams/operators/output.h"
#include "streams/state/write_behind.h"

namespace weir::streams {

class Collector {
 public:
  virtual ~Collector() = default;

  // A topic as the tasks with partition `own` write to it. unknown_topic_or_partition.
  virtual Result<std::unique_ptr<Output>> output(const std::string& topic, log::PartitionIndex own) = 0;
  virtual Result<std::unique_ptr<state::ChangeSink>> changelog(const log::TopicPartition& partition) = 0;

  // Before the first record after a commit or an abort.
  virtual Result<> begin() = 0;
  // All that was sent is written; the rest of the way of a commit (commit.h).
  virtual Result<> flush() = 0;
  // Behind the last record that was written to a changelog, with its epoch, after `flush`; {-1, -1} if none was, or if
  // it is not known.
  virtual log::OffsetAndEpoch written(const log::TopicPartition&) { return {}; }
  virtual Result<> send_offsets(std::span<const log::PartitionOffset> offsets) = 0;
  // producer_fenced: another one took over. Other errors: see Producer::commit_transaction.
  virtual Result<> end() = 0;
  virtual Result<> abort() = 0;
};

}  // namespace weir::streams
