#include "streams/runtime/task.h"

#include <algorithm>
#include <limits>

#include "log/base/assert.h"
#include "streams/topology/dead_letter.h"
#include "streams/topology/pass_node.h"

namespace weir::streams {

namespace {

// Of stores whose changes stand in a source's topic already.
class NoChangelog final : public state::ChangeSink {
 public:
  Result<> change(Bytes, NullableBytes, std::int64_t) override { return {}; }
};

}  // namespace

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
    const StoreSpec& spec = plan_.topology->stores().at(name);
    if (spec.in_memory || spec.kind == StoreKind::custom || options_.state_directory.empty()) continue;
    on_disk.push_back(name);
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
      case StoreKind::custom:
        store.rows = spec.make(name);
        break;
    }
    if (spec.source) {
      store.changelog = std::make_unique<NoChangelog>();
    } else {
      TRY_VAR(changelog, collector_.changelog(store.changelog_partition));
      store.changelog = std::move(changelog);
    }
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
    Node& entry = guarded_entry(spec, node);
    for (NodeIndex parent : spec.parents) made.at(parent)->add_child(&entry);
    for (NodeIndex table : spec.looks_up) node.add_table(made.at(table)->table_view());
    made[index] = &node;
    if (auto* async = dynamic_cast<AsyncNode*>(&node)) async_.add(*async);
  }
  stop_ = calm();
  for (const auto& guard : guards_) TRY(guard->open(*this));
  for (const auto& node : nodes_) TRY(node->open(*this));
  TRY(check_metadata_fits());
  return open_queues(made);
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

Result<> Task::open_queues(const std::unordered_map<NodeIndex, Node*>& made) {
  const Topology& topology = *plan_.topology;
  for (const Plan::Input& input : plan_.inputs_of(id_)) {
    const NodeSpec& spec = topology.node(input.source);
    const bool is_own = spec.source->owner != TopicOwner::user;  // written by the application: it decodes
    const ErrorPolicy policy = is_own ? ErrorPolicy() : spec.on_error.value_or(options_.errors.decoding);
    queues_.emplace_back(input.partition, *spec.source, *made.at(input.source), *counters_, policy);
    for (const std::string& topic : dead_letter_topics(policy)) TRY(output(topic, TopicOwner::user));
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
  }
  return {};
}

// Names that are too long would be found out at a commit only.
Result<> Task::check_metadata_fits() const {
  if (!plan_.topology->stages()[id_.stage].times_store.empty()) return {};
  OffsetMetadata longest;
  longest.partition_time_ms = std::numeric_limits<std::int64_t>::max();
  longest.event_times_ms = times();
  for (const auto& node : nodes_) {
    if (node->has_event_time()) longest.event_times_ms[node->name()];
  }
  for (auto& [name, time] : longest.event_times_ms) time = longest.partition_time_ms;
  if (longest.to_string().size() <= OffsetMetadata::kMaxBytes) return {};
  return weir::fail(ErrorCode::invalid_config,
                    to_string() + ": the times of its " + std::to_string(longest.event_times_ms.size()) +
                        " windowed operators and timers do not fit into " + std::to_string(OffsetMetadata::kMaxBytes) +
                        " bytes: give sources shorter names, or divide the stage by a repartition");
}

// --- what nodes ask for ---

state::Store* Task::store(const std::string& name) {
  auto found = std::find_if(stores_.begin(), stores_.end(), [&](const Store& s) { return s.spec->name == name; });
  return found == stores_.end() ? nullptr : found->rows.get();
}

const StoreSpec* Task::store_spec(const std::string& name) const {
  auto found = plan_.topology->stores().find(name);
  return found == plan_.topology->stores().end() ? nullptr : &found->second;
}

state::KeyValueStore& Task::key_value_store(const std::string& name) {
  state::Store* found = store(name);
  ASSERT(found != nullptr, name);
  return static_cast<state::KeyValueStore&>(*found);
}

state::WindowStore& Task::window_store(const std::string& name) {
  state::Store* found = store(name);
  ASSERT(found != nullptr, name);
  return static_cast<state::WindowStore&>(*found);
}

Result<Output*> Task::output(const std::string& topic, TopicOwner owner) {
  const std::string name = plan_.topic_for(topic, owner);
  auto& output = outputs_[name];
  if (output == nullptr) {
    TRY_VAR(opened, collector_.output(name, id_.partition));
    output = guards_.empty() ? std::move(opened) : attempts_.guard(std::move(opened));
  }
  return output.get();
}

Timers& Task::timers() {
  stop_ = std::max(stop_, Stop::after_record);  // what is scheduled may be due with this record
  return timers_;
}

std::int64_t Task::stream_time_ms() const {
  if (presented_ != nullptr) return presented_->stream_time_ms();
  std::int64_t time_ms = others_time_ms_;
  for (const RecordQueue& queue : queues_) time_ms = std::max(time_ms, queue.time_ms());
  if (running_ != nullptr) time_ms = std::max(time_ms, running_->head_timestamp());
  return time_ms;
}

std::optional<SourceRecord> Task::source_record() const {
  if (presented_ != nullptr) return presented_->source();
  if (running_ == nullptr) return std::nullopt;
  return running_->source_record();
}

void Task::fail(Error error) {
  stop_ = Stop::now;
  if (!failure_) failure_ = std::move(error);
}

// --- attempts of operators ---

void Task::set_savepoint() {
  for (Store& store : stores_) store.rows->set_savepoint();
  async_.set_savepoint();
  attempts_.set_savepoint();
}

void Task::roll_back() {
  for (Store& store : stores_) store.rows->roll_back();
  async_.roll_back();
  counters_->sent.take_back(attempts_.roll_back());
}

void Task::release_savepoint() {
  for (Store& store : stores_) store.rows->release_savepoint();
  async_.release_savepoint();
  if (auto sent = attempts_.release_savepoint(); !sent) fail(sent.error());
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
  } catch (const std::exception& error) {  // an OperatorError, or what a Serde threw around a callable
    return weir::fail(ErrorCode::user_exception, to_string() + ", " + error.what());
  }
}

Result<std::size_t> Task::run(RecordQueue& queue, std::size_t max_records, std::int64_t latest_ms) {
  // What is in flight belongs to the time before: operators below must not see this input's time first.
  if (!async_.is_empty() && last_ != &queue && !queue.is_delayed()) {
    TRY(wait_for_results());
    last_ = &queue;
  }
  running_ = &queue;
  auto count = guarded([&] { return queue.process(max_records, latest_ms, stop_); });
  running_ = nullptr;
  if (count) return count;
  return weir::fail(
      count.error().at(queue.partition().to_string() + " at offset " + std::to_string(queue.next_offset().value())));
}

Result<std::size_t> Task::process(std::size_t max_records) {
  constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();
  std::size_t total = 0;
  while (total < max_records && async_.has_room()) {
    RecordQueue* first = nullptr;
    std::int64_t next_time = kAnyTime;  // of the other inputs
    bool is_unsure = false;
    for (RecordQueue& queue : queues_) {
      if (queue.is_delayed()) continue;
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
    if (stop_ != Stop::no) TRY(between_records());
  }
  TRY(send_undecodable());
  TRY_VAR(late, process_due(max_records - total));
  return total + late;
}

// Records that were put off and are due, whatever the time of the others.
Result<std::size_t> Task::process_due(std::size_t max_records) {
  std::size_t total = 0;
  for (RecordQueue& queue : queues_) {
    if (!queue.is_delayed()) continue;
    while (total < max_records && async_.has_room()) {
      TRY_VAR(has_record, queue.load());
      if (!has_record || queue.due_ms() > wall_time_ms()) break;
      has_progress_ = true;
      TRY_VAR(count, run(queue, 1, std::numeric_limits<std::int64_t>::max()));
      total += count;
      if (stop_ != Stop::no) TRY(between_records());
    }
  }
  return total;
}

Result<> Task::send_undecodable() {
  for (RecordQueue& queue : queues_) {
    for (const UndecodableRecord& record : queue.take_undecodable()) {
      has_progress_ = true;
      const log::RecordView view = record.view();
      TRY_VAR(letters, output(queue.decode_errors().topic(), TopicOwner::user));
      TRY(send_dead_letter(*letters, {"decoding", queue.source_name(), record.reason},
                           SourceRecord{&queue.partition(), &view}, stream_time_ms()));
      counters_->dead_lettered.add();
      counters_->sent.add();
    }
  }
  return {};
}

// Only where something is to be looked at.
Result<> Task::between_records() {
  TRY(take_results());
  TRY(call_timers(TimerClock::stream_time, stream_time_ms()));
  return {};
}

bool Task::has_input() {
  if (!async_.has_room()) return false;
  return std::any_of(queues_.begin(), queues_.end(), [this](RecordQueue& queue) {
    if (queue.buffered_bytes() == 0) return false;
    if (!queue.is_delayed()) return true;
    auto loaded = queue.load();
    return !loaded || (*loaded && queue.due_ms() <= wall_time_ms());  // an error comes out of `process`
  });
}

bool Task::has_progress() const {
  return has_progress_ ||
         std::any_of(queues_.begin(), queues_.end(), [](const RecordQueue& queue) { return queue.has_undecodable(); });
}

// --- results that come later ---

Result<> Task::take_results() {
  if (async_.is_idle()) return {};
  return guarded([&]() -> Result<> {
    async_.step(wall_time_ms());
    return {};
  });
}

Result<> Task::wait_for_results() {
  TRY(take_results());
  while (!async_.is_idle()) {
    const Millis until_late(std::max<std::int64_t>(0, *async_.deadline_ms() - wall_time_ms()));
    const Millis at_most = options_.patience_for_results.value_or(until_late);
    if (!options_.results->wait(at_most) && options_.patience_for_results) {
      return weir::fail(ErrorCode::timed_out, to_string() + ": no result came within " +
                                                  std::to_string(at_most.count()) + " ms of real time");
    }
    TRY(take_results());
  }
  return {};
}

void Task::finish_results() {
  if (auto done = wait_for_results(); !done) fail(done.error());
}

// --- timers ---

Result<bool> Task::call_timers(TimerClock clock, std::int64_t now_ms) {
  bool was_due = false;
  if (now_ms >= 0 && timers_.is_due(clock, now_ms)) {
    has_progress_ = true;
    if (clock == TimerClock::stream_time) TRY(wait_for_results());  // of the time before
    TRY_VAR(called, guarded([&]() -> Result<bool> { return timers_.call_due(clock, now_ms); }));
    was_due = called;
  }
  stop_ = calm();
  return was_due;
}

// When a run of records is to be ended if nothing happens.
Stop Task::calm() const {
  return timers_.has(TimerClock::stream_time) || !async_.is_empty() ? Stop::after_record : Stop::no;
}

std::optional<std::int64_t> Task::next_deadline_ms() {
  std::optional<std::int64_t> next = timers_.next_wall_ms();
  if (auto late = async_.deadline_ms()) next = std::min(next.value_or(*late), *late);
  for (RecordQueue& queue : queues_) {
    if (!queue.is_delayed()) continue;
    auto loaded = queue.load();
    if (loaded && *loaded) next = std::min(next.value_or(queue.due_ms()), queue.due_ms());
  }
  return next;
}

Result<bool> Task::call_wall_timers() {
  TRY_VAR(was_due, call_timers(TimerClock::wall_clock, wall_time_ms()));
  TRY(take_results());  // begins what timers sent
  return was_due;
}

Result<bool> Task::see_stream_time(std::int64_t time_ms) {
  others_time_ms_ = std::max(others_time_ms_, time_ms);
  return call_timers(TimerClock::stream_time, stream_time_ms());
}

bool Task::is_waiting_for_inputs() {
  if (queues_.size() < 2) return false;
  bool has_records = false;
  bool is_unsure = false;
  for (RecordQueue& queue : queues_) {
    if (queue.is_delayed()) continue;
    auto loaded = queue.load();
    has_records = has_records || !loaded || *loaded;  // an error comes out of `process`
    is_unsure = is_unsure || (loaded && !*loaded && !queue.is_at_known_end());
  }
  return has_records && is_unsure;
}

Result<> Task::close_windows() {
  auto closed = guarded([&]() -> Result<> {
    for (const auto& node : nodes_) {
      if (node->guard() == nullptr) {
        node->close_windows();
      } else {
        node->guard()->run([&] { node->close_windows(); }, nullptr);
      }
    }
    return {};
  });
  has_progress_ = true;
  return closed;
}

// --- commits ---

Result<> Task::write_changes() {
  TRY(send_undecodable());
  if (auto* store = times_store()) store->set(times());
  for (Store& store : stores_) TRY(store.rows->write_changes(*store.changelog));
  return {};
}

std::vector<log::PartitionOffset> Task::offsets() const {
  std::vector<log::PartitionOffset> all;
  for (const RecordQueue& queue : queues_) {
    OffsetMetadata metadata;
    metadata.partition_time_ms = queue.time_ms();
    // The times of operators, timers and stores stand with the first input, or in a store.
    const bool are_here = plan_.topology->stages()[id_.stage].times_store.empty();
    if (all.empty() && are_here) metadata.event_times_ms = times();
    log::OffsetAndMetadata position;
    position.offset = queue.next_offset();
    position.metadata = metadata.to_string();
    all.push_back({queue.partition(), std::move(position)});
  }
  return all;
}

std::optional<log::Offset> Task::position_in(const log::TopicPartition& partition) const {
  for (const log::PartitionOffset& input : offsets()) {
    if (input.partition == partition) return input.position.offset;
  }
  return std::nullopt;
}

state::TimesStore* Task::times_store() {
  return static_cast<state::TimesStore*>(store(plan_.topology->stages()[id_.stage].times_store));
}

OffsetMetadata::Times Task::times() const {
  OffsetMetadata::Times times = timers_.times();
  for (const auto& node : nodes_) {
    if (auto time = node->event_time_ms()) times[node->name()] = *time;
  }
  for (const Store& store : stores_) {
    if (store.spec->keeps_time) times["/" + store.spec->name] = store.rows->observed_time_ms();
  }
  return times;
}

void Task::restore_times(const OffsetMetadata::Times& times) {
  timers_.restore(times);
  for (const auto& node : nodes_) {
    if (auto time = times.find(node->name()); time != times.end()) node->restore_event_time(time->second);
  }
  for (Store& store : stores_) {
    if (!store.spec->keeps_time) continue;
    if (auto time = times.find("/" + store.spec->name); time != times.end()) store.rows->restore_time(time->second);
  }
}

void Task::committed() {
  for (Store& store : stores_) store.rows->committed();
  has_progress_ = false;
  wants_commit_ = false;
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
  restore_times(metadata->event_times_ms);
  if (auto* store = times_store()) restore_times(store->times());
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
