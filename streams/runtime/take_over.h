// TakeOver: where tasks go on: the positions that are committed for their inputs, and whether what these speak of is
// still there - the inputs' records, the application's own topics, the ends of changelogs. What is missing ends the run
// with what it is, unless the options say how to go on; then it is told and counted.
//
// Made after older producers were fenced, so that the positions stand still. One owner thread, its worker's.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "log/client/consumer.h"
#include "streams/runtime/app_options.h"
#include "streams/runtime/input_gap.h"
#include "streams/runtime/offset_metadata.h"
#include "streams/runtime/plan.h"

namespace weir::streams {

class TakeOver {
 public:
  // Where an input goes on.
  struct Place {
    log::OffsetAndMetadata position;
    bool is_committed = false;     // the metadata are those of the position that was committed
    std::int64_t passed_over = 0;  // offsets that were missing, and are gone without
  };

  // `committed` and `all` read committed records, and all of them; they belong to no group.
  struct Readers {
    log::Consumer& committed;
    log::Consumer& all;
  };
  TakeOver(log::Consumer& consumer, Readers readers, const Plan& plan, const AppOptions& options, Clock& clock)
      : consumer_(consumer), readers_(readers), plan_(plan), options_(options), clock_(clock) {}

  // Reads the positions of everything that these tasks read.
  Result<> read(std::span<const TaskId> tasks);

  // Before a task's stores are touched. not_found: a topic of the application's own is gone; offset_out_of_range: a
  // changelog lost what was committed in it.
  Result<> check_own(const TaskId& task);
  // Something of the task's own was missing, and it goes on with what is there.
  bool goes_on_without(const TaskId& task) const;
  // Whether one of the task's inputs has a position.
  bool has_position(const TaskId& task) const;
  // Of a task without one whose stores hold rows: these were made of records that would be read again. not_found.
  Result<> check_beginning(const TaskId& task) const;

  const log::OffsetAndMetadata* committed(const log::TopicPartition& input) const;
  // `starts_at_end`: where no partition of the topic has a position; one that came later is read from its beginning.
  // offset_out_of_range, with what is missing and what to do.
  Result<Place> place_of(const log::TopicPartition& input, bool starts_at_end);

 private:
  OffsetMetadata::Written written_by(const TaskId& task) const;
  Result<> check_topics(const TaskId& task, const OffsetMetadata::Written& written);
  Result<> check_changelogs(const TaskId& task, const OffsetMetadata::Written& written);
  Result<bool> is_torn(const InputPosition& end);
  Result<bool> holds(log::Consumer& reader, const log::TopicPartition& partition, log::Offset offset);
  Result<> miss_own(const TaskId& task, Error error);
  Result<std::optional<InputGap>> gap_of(const log::TopicPartition& input, const log::OffsetAndMetadata& committed);
  Result<Place> first_place(const log::TopicPartition& input, bool starts_at_end);
  Result<bool> is_topic_known(const std::string& topic);
  Result<Place> place_behind(const InputGap& gap, const log::OffsetAndMetadata& committed) const;

  log::Consumer& consumer_;
  const Readers readers_;
  const Plan& plan_;
  const AppOptions& options_;
  Clock& clock_;
  std::map<log::TopicPartition, log::OffsetAndMetadata> committed_;
  std::vector<TaskId> going_on_without_;
};

// The topics of its own, by the names that they have in the log, that the tasks of a stage write: changelogs,
// repartition and retry topics. Without those whose short_hash is that of another one.
std::map<std::uint32_t, std::string> own_topics_written(const Plan& plan, std::size_t stage);

}  // namespace weir::streams
