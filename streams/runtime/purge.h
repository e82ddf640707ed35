// Purge: deletes what was read and committed of the topics between an application's stages: nobody else reads them, and
// they would grow for ever.
//
// One owner thread, its worker's.
#pragma once

#include <map>
#include <memory>

#include "log/base/clock.h"
#include "log/client/admin.h"

namespace weir::streams {

class Purge {
 public:
  Purge(std::unique_ptr<log::Admin> admin, Millis interval) : admin_(std::move(admin)), interval_(interval) {}

  // Nothing below `offset` is wanted any more.
  void note(const log::TopicPartition& partition, log::Offset offset) { done_[partition] = offset; }

  // Deletes what was noted if the interval has gone by since the last time. After an error it is tried again the next
  // time.
  Result<> run_if_due(std::int64_t now_ms);

 private:
  std::unique_ptr<log::Admin> admin_;
  const Millis interval_;
  std::int64_t last_ms_ = -1;                        // -1: not yet asked
  std::map<log::TopicPartition, log::Offset> done_;  // since the last time
};

}  // namespace weir::streams
