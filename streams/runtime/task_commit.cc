// Task: its part in a commit, and where it goes on after one.
#include <algorithm>

#include "log/base/assert.h"
#include "streams/runtime/take_over.h"
#include "streams/runtime/task.h"

namespace weir::streams {

Result<> Task::write_changes() {
  WEIR_TRY(send_undecodable());
  WEIR_TRY(take_up(Node::TakeUp::at_commit));
  if (auto* store = times_store()) store->set(times());
  if (auto written = stores_.write_changes(); !written) return weir::fail(written.error().at(to_string()));
  return {};
}

bool Task::inputs_may_change() const {
  const auto& sources = plan_.topology->stages()[info_.id.stage].sources;
  return std::any_of(sources.begin(), sources.end(),
                     [&](NodeIndex source) { return plan_.topology->node(source).source->may_read_others(); });
}

// What must be there when these offsets are taken up again.
void Task::note_written() {
  for (const auto& [hash, name] : own_topics_written(plan_, info_.id.stage)) {
    written_.topics[hash] = short_id(plan_.topic_ids.at(name));
  }
  stores_.note_written(written_);
}

std::vector<log::PartitionOffset> Task::offsets() {
  note_written();
  std::vector<log::PartitionOffset> all;
  const bool are_everywhere = inputs_may_change();
  for (const RecordQueue& queue : queues_) {
    OffsetMetadata metadata;
    metadata.partition_time_ms = queue.time_ms();
    auto id = plan_.topic_ids.find(queue.partition().topic);
    if (id != plan_.topic_ids.end()) metadata.topic = short_id(id->second);
    if (all.empty() || are_everywhere) metadata.written = written_;
    // The times of operators, timers and stores stand with the first input (with all, if it may go), or in a store.
    const bool are_here = plan_.topology->stages()[info_.id.stage].times_store.empty();
    if ((all.empty() || are_everywhere) && are_here) metadata.event_times_ms = times();
    log::OffsetAndMetadata position;
    position.offset = queue.next_offset();
    position.leader_epoch = queue.epoch();
    position.metadata = metadata.to_string();
    all.push_back({queue.partition(), std::move(position)});
  }
  return all;
}

std::optional<log::OffsetAndEpoch> Task::position_in(const log::TopicPartition& partition) const {
  for (const RecordQueue& queue : queues_) {
    if (queue.partition() == partition) return log::OffsetAndEpoch{queue.next_offset(), queue.epoch()};
  }
  return std::nullopt;
}

state::TimesStore* Task::times_store() {
  return static_cast<state::TimesStore*>(store(plan_.topology->stages()[info_.id.stage].times_store));
}

OffsetMetadata::Times Task::times() const {
  OffsetMetadata::Times times = timers_.times();
  for (const auto& node : nodes_) {
    if (auto time = node->event_time_ms()) times[node->name()] = *time;
  }
  stores_.add_times(times);
  return times;
}

void Task::restore_times(const OffsetMetadata::Times& times) {
  timers_.restore(times);
  for (const auto& node : nodes_) {
    if (auto time = times.find(node->name()); time != times.end()) node->restore_event_time(time->second);
  }
  stores_.restore_times(times);
}

void Task::committed() {
  stores_.committed();
  for (Node* node : by_news_) node->took_up();
  has_progress_ = false;
  wants_commit_ = false;
}

Result<> Task::resume(const log::TopicPartition& partition, const log::OffsetAndMetadata& committed) {
  auto queue = std::find_if(queues_.begin(), queues_.end(),
                            [&](const RecordQueue& candidate) { return candidate.partition() == partition; });
  WEIR_ASSERT(queue != queues_.end(), partition.to_string());
  auto metadata = OffsetMetadata::parse(committed.metadata);
  if (!metadata) return weir::fail(metadata.error().at("the committed position of " + partition.to_string()));
  queue->start_at(committed.offset, committed.leader_epoch, metadata->partition_time_ms);
  written_.topics.merge(metadata->written.topics);
  for (const auto& [store, end] : metadata->written.changelogs) {
    auto& known = written_.changelogs[store];
    if (known.offset < end.offset) known = end;
  }
  // An input that was not read for a while may say less than the others.
  for (const auto& [name, time] : metadata->event_times_ms) {
    auto [known, is_new] = resumed_times_.emplace(name, time);
    if (!is_new) known->second = std::max(known->second, time);
  }
  restore_times(resumed_times_);
  if (auto* store = times_store()) restore_times(store->times());
  stores_.committed();  // these times, too: an abort comes back to them
  return {};
}

void Task::forget_written() {
  written_ = {};
  has_progress_ = true;
}

TaskUsage Task::usage() const {
  TaskUsage usage = stores_.usage();
  for (const RecordQueue& queue : queues_) usage.fetched_bytes += queue.buffered_bytes();
  return usage;
}

}  // namespace weir::streams
