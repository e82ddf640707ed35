#include "streams/runtime/end_tracker.h"

#include <algorithm>

namespace weir::streams {

Result<> EndTracker::check_for_circles() const {
  const auto& stages = plan_.topology->stages();
  const auto writers = plan_.writers_of_sources();
  std::vector<bool> is_settled(stages.size(), false);
  for (std::size_t left = stages.size(); left > 0;) {
    std::size_t before = left;
    for (std::size_t s = 0; s < stages.size(); ++s) {
      if (is_settled[s]) continue;
      bool waits = std::any_of(stages[s].sources.begin(), stages[s].sources.end(), [&](NodeIndex source) {
        auto found = writers.find(source);
        return found != writers.end() && std::any_of(found->second.begin(), found->second.end(),
                                                     [&](std::size_t writer) { return !is_settled[writer]; });
      });
      if (waits) continue;
      is_settled[s] = true;
      --left;
    }
    if (left == before) {
      return fail(ErrorCode::invalid_config, "the topology's stages feed each other in a circle: it has no end");
    }
  }
  return {};
}

Result<> EndTracker::start(log::Consumer& consumer) {
  TRY(check_for_circles());
  const auto writers = plan_.writers_of_sources();
  std::vector<log::TopicPartition> external;
  for (const TaskId& task : plan_.tasks()) {
    for (const Plan::Input& input : plan_.inputs_of(task)) {
      if (!writers.contains(input.source)) external.push_back(input.partition);
    }
  }
  TRY_VAR(ends, consumer.end_offsets(external, log::Isolation::read_committed));
  MutexLock lock(mutex_);
  ends_ = std::move(ends);
  return {};
}

std::optional<log::Offset> EndTracker::end_of(const log::TopicPartition& input) const {
  MutexLock lock(mutex_);
  auto found = ends_.find(input);
  if (found == ends_.end()) return std::nullopt;
  return found->second;
}

bool EndTracker::is_stage_done(std::size_t stage) const {
  for (std::int32_t p = 0; p < plan_.tasks_of_stage[stage]; ++p) {
    if (!done_.contains({stage, log::PartitionIndex(p)})) return false;
  }
  return true;
}

Result<> EndTracker::find_ends(log::Consumer& consumer) {
  for (const auto& [source, writers] : plan_.writers_of_sources()) {
    if (!std::all_of(writers.begin(), writers.end(),
                     [&](std::size_t stage) REQUIRES(mutex_) { return is_stage_done(stage); })) {
      continue;
    }
    std::string topic = plan_.topic_of(*plan_.topology->node(source).source);
    std::vector<log::TopicPartition> inputs;
    for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) {
      log::TopicPartition input{topic, log::PartitionIndex(p)};
      if (!ends_.contains(input)) inputs.push_back(std::move(input));
    }
    if (inputs.empty()) continue;
    TRY_VAR(ends, consumer.end_offsets(inputs, log::Isolation::read_uncommitted));
    ends_.merge(ends);
  }
  return {};
}

Result<> EndTracker::task_done(const TaskId& task, log::Consumer& consumer) {
  MutexLock lock(mutex_);
  done_.insert(task);
  if (is_stage_done(task.stage)) TRY(find_ends(consumer));
  return {};
}

bool EndTracker::is_done(const TaskId& task) const {
  MutexLock lock(mutex_);
  return done_.contains(task);
}

bool EndTracker::all_done() const {
  MutexLock lock(mutex_);
  for (std::size_t stage = 0; stage < plan_.tasks_of_stage.size(); ++stage) {
    if (!is_stage_done(stage)) return false;
  }
  return true;
}

}  // namespace weir::streams
