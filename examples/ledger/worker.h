// A worker: reads its share of the transfers, as a member of the group, and writes two entries for each. Entries and
// positions are one transaction: whatever is killed when, each transfer is settled exactly once.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "examples/ledger/ledger.h"

namespace ledger {

class Worker {
 public:
  // The name is the transactional id: a worker of the same name that is still about is fenced.
  static weir::Result<std::unique_ptr<Worker>> start(const weir::log::Client& log, std::string name);

  // Until it is told to stop, or something fails for good.
  weir::Result<> run(const std::stop_token& stop);

 private:
  Worker(const weir::log::Client& log, std::string name) : log_(log), name_(std::move(name)) {}

  weir::Result<> settle(const std::vector<weir::log::FetchedBatch>& batches);
  weir::Result<> write_entries(const weir::log::RecordView& record);
  weir::Result<> go_back();

  const weir::log::Client log_;
  const std::string name_;
  std::unique_ptr<weir::log::Producer> producer_;
  std::unique_ptr<weir::log::Consumer> consumer_;
  weir::log::BatchReader reader_;
};

}  // namespace ledger
