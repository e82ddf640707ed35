// Restoration: one store on its way to what its changelog says. A store that knows its position reads on from there;
// one whose position the changelog does not vouch for is emptied and read from the beginning, and the reason is told.
// Nothing is wiped otherwise.
//
// The end is the changelog's high watermark, not its last stable offset: records of a transaction that is being
// committed belong to offsets that are committed already (KAFKA-10167). Of a store that has no changelog but its
// source's topic it is the position that is committed there, and records are taken as the source would have.
#pragma once

#include <cstdint>
#include <optional>

#include "log/client/consumer.h"
#include "streams/runtime/changelog_reader.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/restore_report.h"
#include "streams/runtime/source_decoder.h"
#include "streams/runtime/task.h"

namespace weir::streams {

class Restoration final : public ChangelogReader::Taker {
 public:
  // Of a store of `task`; both outlive this, as does `plan`.
  Restoration(Task& task, Task::Store& store, const Plan& plan);

  // Where it begins and ends. `committed`: of a store with its source's topic. `consumer` is asked about the changelog.
  Result<> begin(log::Consumer& consumer, std::optional<log::Offset> committed, std::int64_t now_ms);
  bool is_to_be_read() const { return report_.from < report_.to; }
  ChangelogReader::Reading reading() { return {store_.changelog_partition, report_.from, report_.to, this}; }
  Result<> take(const log::FetchedBatch& batch) override;

  // Writes down what was taken, and how far that reaches. `reader` is the one that gives the records.
  Result<> write_down(ChangelogReader& reader);
  // Everything was taken.
  void finish();

  const Task& task() const { return task_; }
  Task::Store& store() { return store_; }
  const RestoreReport& report() const { return report_; }
  Error named(const Error& error) const;

 private:
  Result<std::optional<std::string>> why_rebuild(const state::Position& position, log::Consumer& consumer,
                                                 std::int64_t now_ms) const;
  Result<> take_one(const log::RecordView& record);

  Task& task_;
  Task::Store& store_;
  const Plan& plan_;
  std::optional<SourceDecoder> decoder_;  // of a store with its source's topic
  log::BatchReader batch_;
  OwnedBytes key_scratch_;
  OwnedBytes value_scratch_;
  RestoreReport report_;
  // Since when deletions have been followed: a store that is stopped on its way has what it read before from then.
  std::int64_t since_ms_ = 0;
};

}  // namespace weir::streams
