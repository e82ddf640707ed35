// Task: how it is opened: its nodes, and the queues of its inputs.
#include <limits>

#include "streams/operators/dead_letter.h"
#include "streams/operators/pass_node.h"
#include "streams/runtime/take_over.h"
#include "streams/runtime/task.h"

namespace weir::streams {

Task::Task(const Plan& plan, TaskId id, Collector& collector, TaskOptions options)
    : plan_(plan),
      info_{id, plan.application_id, options.state_directory, options.settings},
      options_(std::move(options)),
      stores_(plan, id, collector),
      outputs_(collector, id.partition) {}

Result<std::unique_ptr<Task>> Task::open(const Plan& plan, TaskId id, Collector& collector, TaskOptions options) {
  std::unique_ptr<Task> task(new Task(plan, id, collector, std::move(options)));
  WEIR_TRY(task->stores_.open(task->options_.state_directory, task->options_.rocks));
  WEIR_TRY(task->open_nodes());
  return task;
}

Result<> Task::open_nodes() {
  const Topology& topology = *plan_.topology;
  const Stage& stage = topology.stages()[info_.id.stage];
  std::unordered_map<NodeIndex, Node*> made;
  for (NodeIndex index : stage.nodes) {
    const NodeSpec& spec = topology.node(index);
    nodes_.push_back(spec.make());
    Node& node = *nodes_.back();
    node.set_name(spec.name);
    node.set_table(spec.table);
    Node& entry = guarded_entry(spec, node);
    for (NodeIndex parent : spec.parents) made.at(parent)->add_child(&entry);
    for (NodeIndex table : spec.looks_up) node.add_table(made.at(table)->table_view());
    made[index] = &node;
    if (auto* async = dynamic_cast<AsyncNode*>(&node)) async_.add(*async);
    if (node.works_by_news()) by_news_.push_back(&node);
  }
  stop_ = calm();
  if (!guards_.empty()) outputs_.expect_attempts();
  for (const auto& guard : guards_) WEIR_TRY(guard->open(*this));
  for (const auto& node : nodes_) WEIR_TRY(node->open(*this));
  WEIR_TRY(check_metadata_fits());
  return open_queues();
}

namespace {

// An operator's own policy, else the application's. Nothing can go wrong in a node that only hands records on.
ErrorPolicy policy_of(const NodeSpec& spec, const Node& node, const ErrorPolicies& errors) {
  if (spec.source || dynamic_cast<const PassNode*>(&node) != nullptr) return {};
  if (spec.on_error) return *spec.on_error;
  return spec.sink ? errors.producing : errors.processing;
}

}  // namespace

// Where records of the nodes above go in: the node itself, or who guards it.
Node& Task::guarded_entry(const NodeSpec& spec, Node& node) {
  ErrorPolicy policy = policy_of(spec, node, options_.errors);
  if (policy.kind() == ErrorPolicy::Kind::fail) return node;
  const std::string_view phase = spec.sink ? "producing" : "processing";
  guards_.push_back(std::make_unique<GuardNode>(ErrorGuard(spec.name, phase, std::move(policy), spec.retry)));
  GuardNode& guard = *guards_.back();
  guard.set_name(spec.name);
  guard.add_child(&node);
  node.set_guard(&guard.guard());
  return guard;
}

Result<> Task::open_queues() {
  for (const Plan::Input& input : plan_.inputs_of(info_.id)) WEIR_TRY(add_input(input));
  return {};
}

Result<RecordQueue*> Task::add_input(const Plan::Input& input) {
  const Topology& topology = *plan_.topology;
  const auto& nodes = topology.stages()[info_.id.stage].nodes;
  Node& entry = *nodes_[static_cast<std::size_t>(std::find(nodes.begin(), nodes.end(), input.source) - nodes.begin())];
  const NodeSpec& spec = topology.node(input.source);
  const bool is_own = spec.source->owner != TopicOwner::user;  // written by the application: it decodes
  const ErrorPolicy policy = is_own ? ErrorPolicy() : spec.on_error.value_or(options_.errors.decoding);
  queues_.emplace_back(input.partition, *spec.source, entry, *counters_, policy, options_.clock);
  for (const std::string& topic : dead_letter_topics(policy)) WEIR_TRY(output(topic, TopicOwner::user));
  for (const std::string& store : topology.stores_keyed_by(input.source)) {
    switch (topology.stores().at(store).kind) {
      case StoreKind::key_value:
        queues_.back().prefetch_from(key_value_store(store));
        break;
      case StoreKind::window:
        queues_.back().prefetch_from(window_store(store));
        break;
      case StoreKind::custom:
        break;
    }
  }
  return &queues_.back();
}

// Names that are too long would be found out at a commit only.
Result<> Task::check_metadata_fits() const {
  OffsetMetadata longest;
  longest.topic = 0;
  for (const auto& [hash, name] : own_topics_written(plan_, info_.id.stage)) longest.written.topics[hash] = 0;
  for (const Store& store : stores_.all()) {
    if (!store.writes_changelog()) continue;
    longest.written.changelogs[short_hash(store.spec->name)] = {log::Offset(std::numeric_limits<std::int64_t>::max()),
                                                                log::LeaderEpoch(99'999'999)};
  }
  longest.partition_time_ms = std::numeric_limits<std::int64_t>::max();
  const bool are_times_here = plan_.topology->stages()[info_.id.stage].times_store.empty();
  if (are_times_here) longest.event_times_ms = times();
  for (const auto& node : nodes_) {
    if (are_times_here && node->has_event_time()) longest.event_times_ms[node->name()];
  }
  for (auto& [name, time] : longest.event_times_ms) time = longest.partition_time_ms;
  if (longest.to_string().size() <= OffsetMetadata::kMaxBytes) return {};
  return weir::fail(ErrorCode::invalid_config,
                    to_string() + ": the times of its " + std::to_string(longest.event_times_ms.size()) +
                        " windowed operators and timers and the ends of its " +
                        std::to_string(longest.written.changelogs.size()) + " changelogs do not fit into " +
                        std::to_string(OffsetMetadata::kMaxBytes) +
                        " bytes: give sources shorter names, or divide the stage by a repartition");
}

}  // namespace weir::streams
