// CompactionJob: compacts a broker's partitions, the dirtiest first, at most so many bytes a second: steps on the pool,
// which the broker's timers begin. Other jobs wait for none of them.
//
// Its end: whoever turns the broker's timers has stopped, and the pool has ended, before this goes; what is under way
// changes nothing then.
#pragma once

#include <optional>

#include "log/broker/broker.h"
#include "log/broker/cleaner.h"
#include "log/broker/jobs.h"

namespace weir::log::broker {

class CompactionJob {
 public:
  struct Options {
    std::size_t bytes_per_second = 100 * 1024 * 1024;  // read and written
    Millis backoff{15'000};                            // between two looks when nothing was to be done
  };

  // Nothing is done in a log that is open for reading only.
  CompactionJob(Broker& broker, Options options);
  CompactionJob(const CompactionJob&) = delete;
  CompactionJob& operator=(const CompactionJob&) = delete;

 private:
  class Rest;

  Task<Result<>> run();
  Task<Result<>> rest(Millis time);
  Cleaner::Pace pace();

  Broker& broker_;
  const Options options_;
  Cleaner cleaner_;
  Jobs lane_;  // its own, so that nobody waits behind a step
  std::optional<Task<Result<>>> work_;
};

}  // namespace weir::log::broker
