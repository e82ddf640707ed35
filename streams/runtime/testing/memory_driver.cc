#include "streams/runtime/testing/memory_driver.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "log/model/batch_encoder.h"
#include "log/model/placement.h"
#include "streams/runtime/commit.h"
#include "streams/runtime/plan.h"
#include "streams/runtime/task.h"

namespace weir::streams {

struct MemoryDriver::Impl {
  Impl(Topology described, std::int32_t count) : topology(std::move(described)), collector(count), partitions(count) {}

  void open(const TestDriverOptions& options);
  bool is_read(const log::TopicPartition& partition) const {
    return readers.contains(partition) || global_topics.contains(partition.topic);
  }
  void take_up(const std::string& topic);
  void add_reader(RecordQueue& queue);
  void deliver(const MemoryCollector::Sent& record);
  void run();
  void take_up_news();
  void settle();
  bool take_results();
  bool takes_records(Task& task) { return waits_for_results || task.has_input(); }
  void write_down();
  void share_stream_time();
  Task* next_task();

  const Topology topology;
  Plan plan;
  MemoryCollector collector;
  std::unique_ptr<GlobalTables> global_tables;
  std::set<std::string> global_topics;
  std::set<std::string> known_topics;  // that a record went to
  const std::int32_t partitions;
  ErrorPolicies errors;
  bool reads_back = false;
  bool shares_stream_time = false;
  bool waits_for_results = true;
  bool has_begun = false;
  ManualClock clock;
  std::any settings;
  std::vector<std::unique_ptr<Task>> tasks;
  std::map<log::TopicPartition, std::vector<RecordQueue*>> readers;
  std::map<log::TopicPartition, std::int64_t> ends;
  std::map<std::string, std::deque<MemoryCollector::Sent>> outputs;
};

namespace {

template <class T>
T checked(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

}  // namespace

MemoryDriver::MemoryDriver(Topology topology, TestDriverOptions options)
    : impl_(std::make_unique<Impl>(std::move(topology), options.partitions)) {
  impl_->open(options);
}

MemoryDriver::~MemoryDriver() = default;

void MemoryDriver::Impl::open(const TestDriverOptions& options) {
  auto partitions_of = [&](const std::string&) -> Result<std::int32_t> {
    return partitions;
  };
  plan = checked(make_plan(topology, "test", {partitions_of, {}, {}, partitions}));
  reads_back = options.reads_back;
  shares_stream_time = options.shares_stream_time;
  waits_for_results = options.waits_for_results;
  TaskOptions task_options;
  task_options.clock = &clock;
  task_options.state_directory = options.state_directory;
  settings = options.settings;
  task_options.settings = &settings;
  task_options.patience_for_results = options.patience_for_results;
  check(options.errors);
  task_options.errors = options.errors;
  errors = options.errors;
  GlobalTablesOptions of_globals{options.errors.decoding, {}, {}};
  if (!options.state_directory.empty()) of_globals.directory = options.state_directory + "/global";
  global_tables = checked(GlobalTables::open(plan, of_globals));
  for (const std::string& topic : global_tables->topics()) global_topics.insert(topic);
  task_options.global_tables = global_tables.get();
  for (const TaskId& id : plan.tasks()) {
    tasks.push_back(checked(Task::open(plan, id, collector, task_options)));
    for (RecordQueue& queue : tasks.back()->queues()) add_reader(queue);
  }
}

void MemoryDriver::pipe(const std::string& topic, NullableBytes key, NullableBytes value, std::int64_t timestamp_ms,
                        const std::vector<log::Header>& headers, std::size_t window_bytes) {
  impl_->take_up(topic);
  log::PartitionIndex partition(0);
  if (key) partition = log::partition_of_key(key->substr(0, key->size() - window_bytes), impl_->partitions);
  if (!impl_->is_read({topic, partition})) {
    throw std::runtime_error("nothing in the topology reads topic " + topic);
  }
  auto owned = [](NullableBytes bytes) {
    return bytes ? std::optional<OwnedBytes>(*bytes) : std::nullopt;
  };
  impl_->deliver({{topic, partition}, timestamp_ms, owned(key), owned(value), headers});
  impl_->run();
}

// A topic of the driver exists from its first record on: a pattern may match it.
void MemoryDriver::Impl::take_up(const std::string& topic) {
  if (!known_topics.insert(topic).second || plan.partitions.contains(topic)) return;
  const std::map<std::string, std::int32_t> all{{topic, partitions}};
  for (NodeIndex source = 0; source < topology.nodes().size(); ++source) {
    const auto& spec = topology.node(source).source;
    if (!spec || !spec->pattern || plan.matching(source, all).empty()) continue;
    checked(plan.add_topic(source, topic, partitions));
    for (const auto& task : tasks) {
      const auto& sources = topology.stages()[task->id().stage].sources;
      if (std::find(sources.begin(), sources.end(), source) == sources.end()) continue;
      add_reader(*checked(task->add_input({source, {topic, task->id().partition}})));
    }
  }
}

void MemoryDriver::Impl::add_reader(RecordQueue& queue) {
  queue.set_known_end(log::Offset(0), log::Offset(0));
  readers[queue.partition()].push_back(&queue);
}

// To those that read the topic, as a batch of its own.
void MemoryDriver::Impl::deliver(const MemoryCollector::Sent& record) {
  take_up(record.to.topic);
  if (!is_read(record.to)) return;
  const log::Offset offset(ends[record.to]++);
  log::RecordToEncode encoded{offset, record.timestamp_ms, record.key, record.value, {}};
  for (const auto& header : record.headers) encoded.headers.push_back({header.key, header.value});
  log::BatchHeader header;
  header.base_offset = offset;
  header.base_timestamp = header.max_timestamp = record.timestamp_ms;
  auto batch = checked(log::encode_batch(header, std::span(&encoded, 1)));
  checked(global_tables->take({record.to, 0, batch, offset}));
  for (RecordQueue* queue : readers[record.to]) {
    queue->add({record.to, 0, batch, offset});
    queue->set_known_end(offset + 1, offset + 1);
  }
}

// Of the tasks with records the one whose next record is the oldest.
Task* MemoryDriver::Impl::next_task() {
  Task* next = nullptr;
  std::int64_t earliest = std::numeric_limits<std::int64_t>::max();
  for (const auto& task : tasks) {
    if (!takes_records(*task)) continue;
    for (RecordQueue& queue : task->queues()) {
      if (queue.is_delayed() || !checked(queue.load()) || queue.head_timestamp() >= earliest) continue;
      earliest = queue.head_timestamp();
      next = task.get();
    }
  }
  if (next != nullptr) return next;
  for (const auto& task : tasks) {
    if (task->has_input()) return task.get();  // a record that was put off is due
  }
  return nullptr;
}

// Between records, as between transactions.
void MemoryDriver::Impl::take_up_news() {
  const bool is_start = !std::exchange(has_begun, true);
  bool has_some = false;
  for (const auto& task : tasks) {
    if (!task->works_by_news()) continue;
    has_some = true;
    if (is_start) checked(task->take_up(Node::TakeUp::at_start));
    if (task->is_replaying()) checked(task->take_up(Node::TakeUp::when_replayed));  // nothing was processed before
    if (task->has_news()) task->keep_place();
  }
  if (has_some) settle();
}

void MemoryDriver::Impl::run() {
  take_up_news();
  do {
    while (Task* task = next_task()) {
      checked(task->process(1));
      share_stream_time();
      settle();
    }
  } while (!waits_for_results && take_results());
  share_stream_time();  // it may have been moved by a record that was left out
  settle();
}

void MemoryDriver::Impl::share_stream_time() {
  if (!shares_stream_time) return;
  std::int64_t latest_ms = -1;
  for (const auto& task : tasks) latest_ms = std::max(latest_ms, task->stream_time_ms());
  for (const auto& task : tasks) checked(task->see_stream_time(latest_ms));
}

// Those that have come, or are late. False: there were none.
bool MemoryDriver::Impl::take_results() {
  bool has_some = false;
  for (const auto& task : tasks) {
    if (!task->has_results()) continue;
    has_some = true;
    checked(task->take_results());
  }
  if (has_some) settle();
  return has_some;
}

// Commits, and hands what was sent to those that read it.
void MemoryDriver::Impl::settle() {
  const bool is_finished =
      std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task->is_finished(); });
  if (!waits_for_results && !is_finished) return;
  std::vector<Task*> all;
  for (const auto& task : tasks) all.push_back(task.get());
  if (auto outcome = commit(collector, all); outcome.end != CommitEnd::committed) {
    checked(Result<>(weir::fail(std::move(outcome.error))));
  }
  if (reads_back) write_down();
  for (auto& sent : collector.take()) {
    deliver(sent);
    outputs[sent.to.topic].push_back(std::move(sent));
  }
}

void MemoryDriver::Impl::write_down() {
  constexpr std::size_t kEverything = std::numeric_limits<std::size_t>::max();
  checked(global_tables->apply(0));
  global_tables->evict(kEverything);  // what was used since the last sweep stays
  global_tables->evict(kEverything);
  for (const auto& task : tasks) {
    for (Task::Store& store : task->stores()) {
      checked(store.rows->apply({}));
      store.rows->evict(kEverything);
      store.rows->evict(kEverything);
    }
  }
}

std::optional<MemoryCollector::Sent> MemoryDriver::read(const std::string& topic) {
  auto& queue = impl_->outputs[topic];
  if (queue.empty()) return std::nullopt;
  auto record = std::move(queue.front());
  queue.pop_front();
  return record;
}

namespace {

// Nothing: the records themselves say to which topics they go.
std::optional<std::set<std::string>> topics_written(const Plan& plan, const ErrorPolicies& errors) {
  std::set<std::string> topics;
  auto add_letters = [&](const ErrorPolicy& policy) {
    for (const std::string& topic : dead_letter_topics(policy)) topics.insert(topic);
  };
  for (const NodeSpec& node : plan.topology->nodes()) {
    if (node.sink) {
      topics.insert(plan.topic_of(*node.sink));
    } else if (node.kind == "to") {
      return std::nullopt;
    }
    if (node.on_error) add_letters(*node.on_error);
  }
  for (const Plan::OwnTopic& own : plan.own_topics) topics.insert(own.name);
  for (const auto* policy : {&errors.decoding, &errors.processing, &errors.producing}) add_letters(*policy);
  return topics;
}

}  // namespace

void MemoryDriver::check_is_written(const std::string& topic) const {
  const auto written = topics_written(impl_->plan, impl_->errors);
  if (!written || written->contains(topic)) return;
  std::string there;
  for (const std::string& name : *written) there += (there.empty() ? "" : ", ") + name;
  throw std::runtime_error("nothing in the topology writes topic '" + topic + "'; it writes " +
                           (there.empty() ? "none" : there));
}

void MemoryDriver::advance_wall_clock(Millis by) {
  impl_->clock.advance(by);
  for (const auto& task : impl_->tasks) {
    if (checked(task->call_wall_timers())) impl_->settle();
  }
  impl_->run();
}

void MemoryDriver::wait_for_results() {
  auto is_finished = [](const auto& task) {
    return task->is_finished();
  };
  do {
    for (const auto& task : impl_->tasks) checked(task->wait_for_results());
    impl_->settle();
    impl_->run();
  } while (!std::all_of(impl_->tasks.begin(), impl_->tasks.end(), is_finished));
}

state::Store& MemoryDriver::store(const std::string& name, std::int32_t partition) {
  for (const auto& task : impl_->tasks) {
    state::Store* found = task->store(name);
    if (found != nullptr && task->id().partition.value() == partition) return *found;
  }
  if (GlobalStore* global = impl_->global_tables->find(name)) return global->rows();
  throw std::runtime_error("there is no store '" + name + "' in partition " + std::to_string(partition));
}

const StoreSpec& MemoryDriver::store_spec(const std::string& name) const {
  if (const GlobalStore* global = impl_->global_tables->find(name)) return global->spec().store;
  auto found = impl_->topology.stores().find(name);
  if (found == impl_->topology.stores().end()) throw std::runtime_error("there is no store '" + name + "'");
  return found->second;
}

bool MemoryDriver::is_empty(const std::string& topic) const {
  auto found = impl_->outputs.find(topic);
  return found == impl_->outputs.end() || found->second.empty();
}

std::vector<std::string> MemoryDriver::output_topics() const {
  std::vector<std::string> topics;
  for (const auto& [topic, records] : impl_->outputs) {
    bool is_own = std::any_of(impl_->plan.own_topics.begin(), impl_->plan.own_topics.end(),
                              [&](const Plan::OwnTopic& own) { return own.name == topic; });
    if (!is_own && !records.empty()) topics.push_back(topic);
  }
  return topics;
}

const void* MemoryDriver::find(const std::string& store, Bytes key) {
  for (const auto& task : impl_->tasks) {
    for (Task::Store& candidate : task->stores()) {
      if (candidate.spec->name != store) continue;
      if (candidate.spec->kind != StoreKind::key_value) throw std::runtime_error("store " + store + " has windows");
      const auto* row = static_cast<state::KeyValueStore&>(*candidate.rows).find(key);
      if (row != nullptr) return row->value();
    }
  }
  if (GlobalStore* global = impl_->global_tables->find(store)) {
    if (global->spec().store.kind != StoreKind::key_value) throw std::runtime_error("store " + store + " has windows");
    return global->look_up(nullptr, {key, state::KeyValueStore::hash(key)}).value;
  }
  if (!impl_->topology.stores().contains(store)) throw std::runtime_error("there is no store '" + store + "'");
  return nullptr;
}

void MemoryDriver::close_windows() {
  for (const auto& task : impl_->tasks) {
    checked(task->close_windows());
    impl_->settle();
  }
  impl_->run();
}

Statistics MemoryDriver::statistics() const {
  Statistics total;
  total.add(*impl_->global_tables->shared_counters());
  for (const auto& task : impl_->tasks) total.add(*task->shared_counters());
  return total;
}

const MemoryCollector& MemoryDriver::collector() const {
  return impl_->collector;
}

}  // namespace weir::streams
