// GlobalTables: the rows of a topology's global tables, for the tasks of one thread. They follow their topics, not the
// tasks: no commit and no abort touches them, for what is read of a topic is committed already.
//
// One owner thread, its worker's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/client/consumer.h"
#include "streams/runtime/record_queue.h"
#include "streams/topology/topology.h"

namespace weir::streams {

class GlobalTables {
 public:
  // Records that do not decode fail, or are skipped and counted: also where others become dead letters.
  GlobalTables(const Topology& topology, const ErrorPolicy& decode_errors);
  ~GlobalTables();

  std::vector<std::string> topics() const;  // each once
  // Precondition: the topology has a table of that name.
  TableView& table(const std::string& name);
  // Takes up the records of a batch, in every table that reads its topic; those of other topics are left alone.
  // corrupt_data with topic, partition and offset, where such records are not skipped.
  Result<> take(const log::FetchedBatch& batch);

  // Shared: they are read when this is gone.
  const std::shared_ptr<Counters>& shared_counters() const { return counters_; }

 private:
  class Rows;

  const bool fails_;  // for records that do not decode
  std::map<std::string, std::unique_ptr<Rows>> tables_;
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace weir::streams
