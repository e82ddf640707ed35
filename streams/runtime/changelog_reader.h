// ChangelogReader: reads partitions into what is made of their records, several at once in one fetch session, as steps
// between which others run: stores up to the ends of their changelogs, global tables to the ends of their topics and
// then on and on. It belongs to no group and commits nothing.
//
// One owner thread, its worker's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/base/clock.h"
#include "log/client/consumer.h"

namespace weir::streams {

class ChangelogReader {
 public:
  // Makes something of a partition's records.
  class Taker {
   public:
    virtual ~Taker() = default;
    // All that is read of the partition comes in order; of a batch some may lie before the taker's place, or, where
    // others read on, behind its end.
    virtual Result<> take(const log::FetchedBatch& batch) = 0;
  };
  enum class AtEnd { stops, goes_on };
  struct Reading {
    log::TopicPartition partition;
    log::Offset from;
    log::Offset end;  // up to which it is read before it is complete
    Taker* taker;     // outlives the reading
  };

  // `clock` outlives this. `what`: for errors, "restoring stores".
  ChangelogReader(std::unique_ptr<log::Consumer> consumer, Clock& clock, AtEnd at_end, std::string what)
      : consumer_(std::move(consumer)), clock_(clock), at_end_(at_end), what_(std::move(what)) {}

  // For questions about partitions.
  log::Consumer& consumer() { return *consumer_; }

  // In place of what was read before. Several may read one partition.
  Result<> begin(const std::vector<Reading>& readings);
  // Takes up what has come; waits at most `patience` for it. True: some partition was read further. An error names the
  // partition. offset_out_of_range: what a partition holds changed under its reader; timed_out: an open transaction
  // keeps one from its end for longer than any may be open.
  Result<bool> step(Millis patience);
  // Every reading has been at its end.
  bool is_complete() const { return open_ == 0; }
  // Up to where the partition is read, with the epoch of the last record before it. Precondition: it is being read.
  Result<log::OffsetAndEpoch> position(const log::TopicPartition& partition) {
    return consumer_->position_and_epoch(partition);
  }

 private:
  struct Partition {
    log::TopicPartition name;
    log::Offset at;
    log::Offset end;
    std::vector<Taker*> takers;
    bool is_complete = false;
  };

  Result<bool> note_positions();

  std::unique_ptr<log::Consumer> consumer_;
  Clock& clock_;
  const AtEnd at_end_;
  const std::string what_;
  std::vector<Partition> partitions_;  // by assignment index
  std::size_t open_ = 0;               // of them, not complete
  std::int64_t last_progress_ms_ = 0;
};

}  // namespace weir::streams
