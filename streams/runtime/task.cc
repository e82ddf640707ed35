#include "streams/runtime/task.h"

#include <algorithm>
#include <limits>

#include "log/base/assert.h"
#include "streams/runtime/offset_metadata.h"
#include "streams/topology/operator_error.h"

namespace weir::streams {

Task::Task(const Plan& plan, TaskId id, Collector& collector, TaskOptions options)
    : plan_(plan), id_(id), collector_(collector), options_(std::move(options)) {}

Result<std::unique_ptr<Task>> Task::open(const Plan& plan, TaskId id, Collector& collector, TaskOptions options) {
  std::unique_ptr<Task> task(new Task(plan, id, collector, std::move(options)));
  TRY(task->open_stores());
  TRY(task->open_nodes());
  return task;
}

Result<> Task::open_stores() {
  const Stage& stage = plan_.topology->stages()[id_.stage];
  std::vector<std::string> on_disk;
  for (const std::string& name : stage.stores) {
    if (!plan_.topology->stores().at(name).in_memory && !options_.state_directory.empty()) on_disk.push_back(name);
  }
  if (!on_disk.empty()) {
    // Named by a store, not by the stage's number, which changes when the topology does.
    std::string path = options_.state_directory + "/" + on_disk.front() + "-" + std::to_string(id_.partition.value());
    TRY_VAR(database, state::RocksDatabase::open(path, on_disk, options_.rocks));
    database_ = std::move(database);
  }
  for (const std::string& name : stage.stores) {
    const StoreSpec& spec = plan_.topology->stores().at(name);
    Store store{&spec, nullptr, nullptr, plan_.changelog_of(name, id_.partition)};
    std::unique_ptr<state::Backing> backing;
    if (std::find(on_disk.begin(), on_disk.end(), name) != on_disk.end()) {
      backing = state::RocksDatabase::backing(database_, name);
    }
    switch (spec.kind) {
      case StoreKind::key_value:
        store.rows = std::make_unique<state::KeyValueStore>(name, *spec.value, std::move(backing));
        break;
      case StoreKind::window:
        store.rows = std::make_unique<state::WindowStore>(name, *spec.value, spec.retention_ms, std::move(backing));
        break;
    }
    TRY_VAR(changelog, collector_.changelog(store.changelog_partition));
    store.changelog = std::move(changelog);
    stores_.push_back(std::move(store));
  }
  return {};
}

Result<> Task::open_nodes() {
  const Topology& topology = *plan_.topology;
  const Stage& stage = topology.stages()[id_.stage];
  std::unordered_map<NodeIndex, Node*> made;
  for (NodeIndex index : stage.nodes) {
    const NodeSpec& spec = topology.node(index);
    nodes_.push_back(spec.make());
    Node& node = *nodes_.back();
    node.set_name(spec.name);
    node.set_table(spec.table);
    for (NodeIndex parent : spec.parents) made.at(parent)->add_child(&node);
    for (NodeIndex table : spec.looks_up) node.add_table(made.at(table)->table_view());
    made[index] = &node;
  }
  for (const auto& node : nodes_) TRY(node->open(*this));
  TRY(check_metadata_fits());
  for (const Plan::Input& input : plan_.inputs_of(id_)) {
    const SourceSpec& source = *topology.node(input.source).source;
    queues_.emplace_back(input.partition, source, *made.at(input.source), *counters_, options_.decode_errors);
    for (const std::string& store : topology.stores_keyed_by(input.source)) {
      if (topology.stores().at(store).kind == StoreKind::window) {
        queues_.back().prefetch_from(window_store(store));
      } else {
        queues_.back().prefetch_from(key_value_store(store));
      }
    }
  }
  return {};
}

// Names that are too long would be found out at a commit only.
Result<> Task::check_metadata_fits() const {
  OffsetMetadata longest;
  longest.partition_time_ms = std::numeric_limits<std::int64_t>::max();
  for (const auto& node : nodes_) {
    if (node->has_event_time()) longest.event_times_ms[node->name()] = longest.partition_time_ms;
  }
  if (longest.to_string().size() <= OffsetMetadata::kMaxBytes) return {};
  return weir::fail(ErrorCode::invalid_config,
                    to_string() + ": the times of its " + std::to_string(longest.event_times_ms.size()) +
                        " windowed operators do not fit into " + std::to_string(OffsetMetadata::kMaxBytes) +
                        " bytes: give sources shorter names, or divide the stage by a repartition");
}

// --- what nodes ask for ---

namespace {

template <class Kind>
Kind& find_store(std::vector<Task::Store>& stores, const std::string& name) {
  auto found = std::find_if(stores.begin(), stores.end(), [&](const Task::Store& s) { return s.spec->name == name; });
  ASSERT(found != stores.end(), name);
  return static_cast<Kind&>(*found->rows);
}

}  // namespace

state::KeyValueStore& Task::key_value_store(const std::string& name) {
  return find_store<state::KeyValueStore>(stores_, name);
}

state::WindowStore& Task::window_store(const std::string& name) {
  return find_store<state::WindowStore>(stores_, name);
}

Result<Output*> Task::output(const std::string& topic, TopicOwner owner) {
  const std::string name = plan_.topic_for(topic, owner);
  auto& output = outputs_[name];
  if (output == nullptr) {
    TRY_VAR(opened, collector_.output(name, id_.partition));
    output = std::move(opened);
  }
  return output.get();
}

void Task::fail(Error error) {
  has_failed_ = true;
  if (!failure_) failure_ = std::move(error);
}

// --- records ---

// The one place where what a user's callable threw ends.
template <class Work>
auto Task::guarded(Work work) -> decltype(work()) {
  try {
    auto done = work();
    if (failure_) return weir::fail(failure_->at(to_string()));
    if (!done) return weir::fail(done.error().at(to_string()));
    return done;
  } catch (const OperatorError& error) {
    return weir::fail(ErrorCode::user_exception, to_string() + ", " + error.what());
  }
}

Result<std::size_t> Task::run(RecordQueue& queue, std::size_t max_records, std::int64_t latest_ms) {
  auto count = guarded([&] { return queue.process(max_records, latest_ms, has_failed_); });
  if (count) return count;
  return weir::fail(
      count.error().at(queue.partition().to_string() + " at offset " + std::to_string(queue.next_offset().value())));
}

Result<std::size_t> Task::process(std::size_t max_records) {
  constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();
  std::size_t total = 0;
  while (total < max_records) {
    RecordQueue* first = nullptr;
    std::int64_t next_time = kAnyTime;  // of the other inputs
    bool is_unsure = false;
    for (RecordQueue& queue : queues_) {
      log::Offset before = queue.next_offset();
      TRY_VAR(has_record, queue.load());
      has_progress_ = has_progress_ || queue.next_offset() != before;
      if (!has_record) {
        is_unsure = is_unsure || !queue.is_at_known_end();
      } else if (first == nullptr) {
        first = &queue;
      } else if (queue.head_timestamp() < first->head_timestamp()) {
        // The run ends where the other queue's head comes first; of equal times the earlier input goes first.
        next_time = std::min(next_time, first->head_timestamp() - 1);
        first = &queue;
      } else {
        next_time = std::min(next_time, queue.head_timestamp());
      }
    }
    if (first == nullptr || (is_unsure && queues_.size() > 1)) break;
    has_progress_ = true;
    TRY_VAR(count, run(*first, max_records - total, next_time));
    total += count;
  }
  return total;
}

bool Task::is_waiting_for_inputs() {
  if (queues_.size() < 2) return false;
  bool has_records = false;
  bool is_unsure = false;
  for (RecordQueue& queue : queues_) {
    auto loaded = queue.load();
    has_records = has_records || !loaded || *loaded;  // an error comes out of `process`
    is_unsure = is_unsure || (loaded && !*loaded && !queue.is_at_known_end());
  }
  return has_records && is_unsure;
}

Result<> Task::close_windows() {
  auto closed = guarded([&]() -> Result<> {
    for (const auto& node : nodes_) node->close_windows();
    return {};
  });
  has_progress_ = true;
  return closed;
}

// --- commits ---

Result<> Task::write_changes() {
  for (Store& store : stores_) TRY(store.rows->write_changes(*store.changelog));
  return {};
}

std::vector<log::PartitionOffset> Task::offsets() const {
  std::vector<log::PartitionOffset> all;
  for (const RecordQueue& queue : queues_) {
    OffsetMetadata metadata;
    metadata.partition_time_ms = queue.time_ms();
    // Every operator's time stands with the first input.
    if (all.empty()) {
      for (const auto& node : nodes_) {
        if (auto time = node->event_time_ms()) metadata.event_times_ms[node->name()] = *time;
      }
    }
    log::OffsetAndMetadata position;
    position.offset = queue.next_offset();
    position.metadata = metadata.to_string();
    all.push_back({queue.partition(), std::move(position)});
  }
  return all;
}

void Task::committed() {
  for (Store& store : stores_) store.rows->committed();
  has_progress_ = false;
}

void Task::undo() {
  for (Store& store : stores_) store.rows->undo();
}

Result<> Task::resume(const log::TopicPartition& partition, const log::OffsetAndMetadata& committed) {
  auto queue = std::find_if(queues_.begin(), queues_.end(),
                            [&](const RecordQueue& candidate) { return candidate.partition() == partition; });
  ASSERT(queue != queues_.end(), partition.to_string());
  auto metadata = OffsetMetadata::parse(committed.metadata);
  if (!metadata) return weir::fail(metadata.error().at("the committed position of " + partition.to_string()));
  queue->start_at(committed.offset, metadata->partition_time_ms);
  for (const auto& node : nodes_) {
    auto time = metadata->event_times_ms.find(node->name());
    if (time != metadata->event_times_ms.end()) node->restore_event_time(time->second);
  }
  for (Store& store : stores_) store.rows->committed();  // these times, too: an abort comes back to them
  return {};
}

std::size_t Task::memory_bytes() const {
  std::size_t total = 0;
  for (const Store& store : stores_) total += store.rows->memory_bytes();
  for (const RecordQueue& queue : queues_) total += queue.buffered_bytes();
  return total;
}

std::size_t Task::dirty_rows() const {
  std::size_t total = 0;
  for (const Store& store : stores_) total += store.rows->dirty_rows();
  return total;
}

}  // namespace weir::streams
