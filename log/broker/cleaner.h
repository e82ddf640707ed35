// Cleaner: compacts the partitions whose topics keep the latest record of each key, the dirtiest first.
//
// It has no thread: whoever owns it awaits `clean_one`, one at a time, with what holds it back. No lock is held while
// files are read and written.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "log/broker/partitions/topics.h"

namespace weir::log::broker {

class Cleaner {
 public:
  struct Options {
    std::size_t key_memory = 64 * 1024 * 1024;  // for the keys of one compaction
  };

  Cleaner(Topics& topics, Options options) : topics_(topics), options_(options) {}

  struct Cleaned {
    TopicPartition partition;
    std::uint64_t records_removed = 0;
    std::uint64_t bytes_before = 0;
    std::uint64_t bytes_after = 0;
  };
  using Pace = storage::CompactionPace;

  // Compacts the partition that needs it most; nothing if none does. A partition whose compaction fails is left alone
  // until something is appended to it; the error names it. Files that could not be removed behind an earlier compaction
  // are removed first.
  Task<Result<std::optional<Cleaned>>> clean_one(std::int64_t now_ms, Pace pace);

 private:
  struct Candidate {
    std::shared_ptr<Partition> partition;
    storage::Cleanable cleanable;
    storage::CompactionPolicy policy;
  };
  struct Look {
    Result<storage::Cleanable> cleanable;
    bool has_superseded = false;
  };

  std::optional<Candidate> dirtiest(std::int64_t now_ms);
  Task<Result<Cleaned>> clean(Candidate candidate, std::int64_t now_ms, Pace pace);

  Topics& topics_;
  const Options options_;
  std::map<TopicPartition, Offset> failed_;  // with the end that the partition had then
};

}  // namespace weir::log::broker
