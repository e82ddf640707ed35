#include "streams/runtime/end_tracker.h"

#include <algorithm>
#include <vector>

namespace weir::streams {

namespace {

// The sources from which edges lead to `node`.
std::set<NodeIndex> sources_above(const Topology& topology, NodeIndex node) {
  std::set<NodeIndex> sources;
  std::set<NodeIndex> seen;
  std::vector<NodeIndex> open{node};
  while (!open.empty()) {
    const NodeIndex next = open.back();
    open.pop_back();
    if (!seen.insert(next).second) continue;
    if (topology.node(next).source) sources.insert(next);
    const auto& parents = topology.node(next).parents;
    open.insert(open.end(), parents.begin(), parents.end());
  }
  return sources;
}

}  // namespace

EndTracker::EndTracker(const Plan& plan, ClosesWindows closes_windows) : plan_(plan) {
  const Topology& topology = *plan.topology;
  auto add_topics = [&](NodeIndex source, std::set<std::string>& to) {
    const auto& topics = plan.topics_of(source);
    to.insert(topics.begin(), topics.end());
  };
  std::map<std::string, std::set<std::string>> feeders;
  for (const Stage& stage : topology.stages()) {
    for (NodeIndex source : stage.sources) add_topics(source, topics_);
    for (NodeIndex node : stage.nodes) {
      if (!topology.node(node).sink) continue;
      auto& of_topic = feeders[plan.topic_of(*topology.node(node).sink)];
      if (closes_windows == ClosesWindows::yes) {
        for (NodeIndex source : stage.sources) add_topics(source, of_topic);
      } else {
        for (NodeIndex source : sources_above(topology, node)) add_topics(source, of_topic);
      }
    }
  }
  for (auto& [topic, of_topic] : feeders) {
    if (topics_.contains(topic)) feeders_.emplace(topic, std::move(of_topic));
  }
  find_awaited();
}

// Of whole stages, and over all that lie between: so no two wait for each other.
void EndTracker::find_awaited() {
  const auto& stages = plan_.topology->stages();
  std::map<std::string, std::set<std::size_t>> writers;
  std::map<std::string, std::size_t> reader;
  std::vector<std::set<std::string>> inputs(stages.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    for (NodeIndex source : stages[i].sources) {
      for (const std::string& topic : plan_.topics_of(source)) {
        inputs[i].insert(topic);
        reader[topic] = i;
      }
    }
    for (NodeIndex node : stages[i].nodes) {
      const auto& sink = plan_.topology->node(node).sink;
      if (sink) writers[plan_.topic_of(*sink)].insert(i);
    }
  }
  for (const auto& [topic, feeders] : feeders_) {
    std::set<std::size_t> above;
    std::vector<std::string> open{topic};
    while (!open.empty()) {
      const std::string next = std::move(open.back());
      open.pop_back();
      for (const std::size_t stage : writers[next]) {
        if (above.insert(stage).second) open.insert(open.end(), inputs[stage].begin(), inputs[stage].end());
      }
    }
    if (!above.contains(reader.at(topic))) awaited_.insert(topic);
  }
}

Result<> EndTracker::check_for_circles() const {
  std::set<std::string> open = topics_;
  for (bool is_progress = true; is_progress && !open.empty();) {
    is_progress = std::erase_if(open, [&](const std::string& topic) {
                    auto found = feeders_.find(topic);
                    return found == feeders_.end() ||
                           std::none_of(found->second.begin(), found->second.end(),
                                        [&](const std::string& feeder) { return open.contains(feeder); });
                  }) > 0;
  }
  if (open.empty()) return {};
  // Upwards from any of them leads into a circle.
  std::vector<std::string> way{*open.begin()};
  for (;;) {
    const auto& above = feeders_.at(way.back());
    way.push_back(
        *std::find_if(above.begin(), above.end(), [&](const std::string& topic) { return open.contains(topic); }));
    const auto first = std::find(way.begin(), std::prev(way.end()), way.back());
    if (first == std::prev(way.end())) continue;
    way.erase(way.begin(), first);
    break;
  }
  std::string circle;
  for (auto topic = way.rbegin(); topic != way.rend(); ++topic) circle += (circle.empty() ? "" : " -> ") + *topic;
  return fail(ErrorCode::invalid_config, "a run to the end has none, for records go in a circle: " + circle);
}

Result<> EndTracker::start(log::Consumer& consumer, const std::map<log::TopicPartition, log::Offset>& known) {
  WEIR_TRY(check_for_circles());
  std::vector<log::TopicPartition> external;
  for (const std::string& topic : topics_) {
    if (feeders_.contains(topic)) continue;
    for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) external.push_back({topic, log::PartitionIndex(p)});
  }
  WEIR_TRY_VAR(ends, consumer.end_offsets(external, log::Isolation::read_committed));
  MutexLock lock(mutex_);
  ends_ = std::move(ends);
  for (const auto& [input, end] : known) {
    if (ends_.contains(input)) ends_[input] = end;
  }
  return {};
}

std::map<log::TopicPartition, log::Offset> EndTracker::outer_ends() const {
  MutexLock lock(mutex_);
  auto outer = ends_;
  std::erase_if(outer, [this](const auto& entry) { return feeders_.contains(entry.first.topic); });
  return outer;
}

std::map<log::TopicPartition, log::Offset> EndTracker::open_inputs() const {
  MutexLock lock(mutex_);
  auto open = ends_;
  std::erase_if(open, [this](const auto& entry) WEIR_REQUIRES(mutex_) { return done_.contains(entry.first); });
  return open;
}

std::optional<log::Offset> EndTracker::end_of(const log::TopicPartition& input) const {
  MutexLock lock(mutex_);
  auto found = ends_.find(input);
  if (found == ends_.end()) return std::nullopt;
  return found->second;
}

bool EndTracker::is_awaited(const log::TopicPartition& input) const {
  return awaited_.contains(input.topic) && !end_of(input);
}

bool EndTracker::is_topic_done(const std::string& topic) const {
  for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) {
    if (!done_.contains({topic, log::PartitionIndex(p)})) return false;
  }
  return true;
}

// Of topics whose feeders are all done.
Result<> EndTracker::find_ends(log::Consumer& consumer) {
  for (const auto& [topic, feeders] : feeders_) {
    if (ends_.contains({topic, log::PartitionIndex(0)})) continue;
    if (!std::all_of(feeders.begin(), feeders.end(),
                     [&](const std::string& feeder) WEIR_REQUIRES(mutex_) { return is_topic_done(feeder); })) {
      continue;
    }
    std::vector<log::TopicPartition> inputs;
    for (std::int32_t p = 0; p < plan_.partitions.at(topic); ++p) inputs.push_back({topic, log::PartitionIndex(p)});
    WEIR_TRY_VAR(ends, consumer.end_offsets(inputs, log::Isolation::read_uncommitted));
    ends_.merge(ends);
  }
  return {};
}

Result<> EndTracker::done(std::span<const log::TopicPartition> inputs, log::Consumer& consumer) {
  MutexLock lock(mutex_);
  done_.insert(inputs.begin(), inputs.end());
  return find_ends(consumer);
}

bool EndTracker::is_done(const log::TopicPartition& input) const {
  MutexLock lock(mutex_);
  return done_.contains(input);
}

bool EndTracker::all_done() const {
  MutexLock lock(mutex_);
  return std::all_of(topics_.begin(), topics_.end(),
                     [&](const std::string& topic) WEIR_REQUIRES(mutex_) { return is_topic_done(topic); });
}

}  // namespace weir::streams
