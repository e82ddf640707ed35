// GlobalTables: the stores that a topology has in full, for the tasks of one thread (runtime/global_store.h has what
// each of them does). Those on disk share a database beside those of the tasks, one for each thread.
//
// One owner thread, its worker's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "streams/runtime/global_store.h"
#include "streams/runtime/plan.h"
#include "streams/state/rocks_database.h"

namespace weir::streams {

struct GlobalTablesOptions {
  ErrorPolicy decode_errors;  // fails, or skips and counts: also where others become dead letters
  std::string directory;      // of those on disk; empty: all are in memory
  state::RocksOptions rocks;
};

class GlobalTables {
 public:
  // Opens the stores, and has them find where they stand. `plan` outlives this. io_error, user_exception.
  static Result<std::unique_ptr<GlobalTables>> open(const Plan& plan, const GlobalTablesOptions& options);

  std::vector<std::string> topics() const;  // each once
  std::vector<GlobalStore*> stores() const;
  std::vector<GlobalStore*> stores_of(const std::string& topic) const;
  // Null if the topology has none of that name.
  GlobalStore* find(const std::string& name) const;

  // Takes up the records of a batch, in every store that reads its topic; those of other topics are left alone. Errors
  // are those of GlobalStore::take.
  Result<> take(const log::FetchedBatch& batch);
  // How many batches were taken up.
  std::uint64_t taken() const { return taken_; }
  // Writes down what was taken up.
  Result<> apply(std::int64_t now_ms);
  // Of those on disk, which can be had again from there; in memory none can be spared.
  std::size_t memory_bytes() const;
  std::size_t pending_bytes() const;
  std::size_t evict(std::size_t bytes);

  // Shared: they are read when this is gone.
  const std::shared_ptr<Counters>& shared_counters() const { return counters_; }

 private:
  explicit GlobalTables(const ErrorPolicy& decode_errors);

  const bool skips_undecodable_;
  std::uint64_t taken_ = 0;
  std::map<std::string, std::unique_ptr<GlobalStore>> stores_;
  std::shared_ptr<Counters> counters_ = std::make_shared<Counters>();
};

}  // namespace weir::streams
