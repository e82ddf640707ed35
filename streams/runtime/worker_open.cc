// Worker: how it begins: its clients, its tasks, their stores and positions.
#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "streams/runtime/take_over.h"
#include "streams/runtime/worker.h"

namespace weir::streams {

Result<> Worker::start() {
  WEIR_TRY(open_clients());
  WEIR_TRY(open_global_tables());
  return open_tasks();
}

// Complete before the first record is processed.
Result<> Worker::open_global_tables() {
  if (plan_.topology->global_tables().empty()) return {};
  log::ConsumerOptions consuming;
  consuming.offset_reset = log::OffsetReset::none;
  WEIR_TRY_VAR(consumer, client_.consumer(consuming));
  GlobalTablesOptions chosen{options_.errors.decoding, {}, {}};
  chosen.rocks = rocks_options();
  // No task's directory is called so: theirs end with "-" and a number.
  chosen.directory = options_.state_directory + "/global." + std::to_string(index_);
  WEIR_TRY_VAR(tables, GlobalTables::open(plan_, chosen));
  global_tables_ = std::move(tables);
  {
    MutexLock lock(counters_mutex_);
    counters_.push_back(global_tables_->shared_counters());
  }
  for (GlobalStore* store : global_tables_->stores()) {
    WEIR_TRY(
        store->rows().preload(std::min(options_.memory_limit / 4, shares_.rows - std::min(shares_.rows, row_bytes()))));
  }
  global_reader_ = std::make_unique<GlobalReader>(*global_tables_, std::move(consumer), plan_, client_.clock(), shares_,
                                                  place_.is_stopping);
  WEIR_TRY_VAR(reports, global_reader_->bootstrap());
  for (RestoreReport& report : reports) note_restored(std::move(report));
  return {};
}

void Worker::note_restored(RestoreReport report) {
  if (report.rebuilt_because) {
    log_line::warn("store {} (partition {}): rebuilt from its topic, because {}", report.store,
                   report.partition.value(), *report.rebuilt_because);
  }
  restored_.push_back(std::move(report));
}

Result<> Worker::open_clients() {
  const bool in_transactions = options_.guarantee == exactly_once;
  log::ProducerOptions producing;
  if (in_transactions) producing.transactional_id = options_.application_id + "-" + std::to_string(index_);
  WEIR_TRY_VAR(producer, client_.producer(producing));
  producer_ = std::move(producer);
  log::ConsumerOptions consuming;
  consuming.group_id = options_.application_id;
  consuming.offset_reset = log::OffsetReset::none;  // a position that is out of range is no beginning
  consuming.max_bytes = std::max<std::size_t>(shares_.fetched / 2, 64 * 1024);
  consuming.max_partition_bytes = std::min(consuming.max_partition_bytes, consuming.max_bytes);
  WEIR_TRY_VAR(consumer, client_.consumer(consuming));
  consumer_ = std::move(consumer);
  results_ = std::make_shared<ResultSignal>([this] { consumer_->wakeup(); }, client_.clock());
  log::ConsumerOptions restoring;
  restoring.max_bytes = consuming.max_bytes;
  restoring.max_partition_bytes = consuming.max_partition_bytes;
  WEIR_TRY_VAR(changelogs, client_.consumer(restoring));
  changelogs_ = std::move(changelogs);

  auto positions = ProducerCollector::Positions::in_transaction;
  if (options_.guarantee == at_least_once) positions = ProducerCollector::Positions::behind;
  if (options_.guarantee == at_most_once) positions = ProducerCollector::Positions::not_here;
  collector_ = std::make_unique<ProducerCollector>(*producer_, *consumer_, client_.admin(), client_.clock(),
                                                   options_.application_id, positions);
  purge_.emplace(client_.admin(), options_.purge_interval);
  restorer_ = std::make_unique<Restorer>(*changelogs_, plan_, client_.clock(), shares_, place_.is_stopping);
  return {};
}

// In this order: older producers are fenced, so that committed positions stand still; then the positions, and whether
// what they speak of is there, before a store is touched; then stores up to the ends of their changelogs.
Result<> Worker::open_tasks() {
  if (options_.guarantee == exactly_once) WEIR_TRY(producer_->init_transactions());
  log::ConsumerOptions reading_all;
  reading_all.isolation = log::Isolation::read_uncommitted;
  WEIR_TRY_VAR(all, client_.consumer(reading_all));
  TakeOver take_over(*consumer_, {*changelogs_, *all}, plan_, options_, client_.clock());
  WEIR_TRY(take_over.read(share_));
  for (const TaskId& id : share_) WEIR_TRY(take_over.check_own(id));
  for (const TaskId& id : share_) WEIR_TRY(open_task(id, take_over));
  WEIR_TRY(begin_inputs(take_over));
  schedule_commit();
  next_apply_ms_ = saturated_sum(client_.clock().monotonic_ms(), options_.apply_interval.count());
  return {};
}

Result<> Worker::open_task(const TaskId& id, const TakeOver& take_over) {
  TaskOptions task_options;
  task_options.errors = options_.errors;
  task_options.state_directory = options_.state_directory;
  task_options.settings = &options_.settings;
  task_options.global_tables = global_tables_.get();
  task_options.clock = &client_.clock();
  task_options.results = results_;
  task_options.rocks = rocks_options();
  WEIR_TRY_VAR(task, Task::open(plan_, id, *collector_, task_options));
  bool has_rows = false;
  const bool is_new = !take_over.has_position(id);
  for (Task::Store& store : task->stores()) {
    WEIR_TRY_VAR(report, restore(store, take_over, free_bytes(*task)));
    if (is_new && !store.spec->source) has_rows = has_rows || report.records > 0 || store.rows->has_rows_below();
    note_restored(std::move(report));
    WEIR_TRY(store.rows->preload(std::min(options_.memory_limit / 4, free_bytes(*task))));
  }
  if (has_rows) WEIR_TRY(take_over.check_beginning(id));
  for (RecordQueue& queue : task->queues()) routes_.push_back({task.get(), &queue, false});
  {
    MutexLock lock(counters_mutex_);
    counters_.push_back(task->shared_counters());
  }
  tasks_.push_back(std::move(task));
  // The next one needs room, too.
  if (row_bytes() <= shares_.rows / 2 && pending_bytes() <= shares_.pending) return {};
  WEIR_TRY(apply());
  evict(shares_.rows / 2);
  return {};
}

// What is left of the rows' share while a task's stores are made; never less than a part that one can work with.
std::size_t Worker::free_bytes(const Task& task) const {
  const std::size_t used = row_bytes() + task.row_bytes();
  return std::max(shares_.rows - std::min(shares_.rows, used), shares_.rows / 8);
}

state::RocksOptions Worker::rocks_options() const {
  state::RocksOptions rocks;
  rocks.memory = place_.rocks;
  rocks.write_buffer_bytes = shares_.write_buffer;
  rocks.max_open_files = place_.open_files;
  return rocks;
}

Result<> Worker::begin_inputs(TakeOver& take_over) {
  std::vector<log::TopicPartition> inputs;
  for (const Route& route : routes_) inputs.push_back(route.queue->partition());
  WEIR_TRY(consumer_->assign(inputs));
  for (Route& route : routes_) {
    const log::TopicPartition& partition = route.queue->partition();
    const bool is_new = plan_.came_while_running.contains(partition.topic);
    const bool starts_at_end = route.queue->starts_at_end() && !is_new;
    WEIR_TRY_VAR(place, take_over.place_of(partition, starts_at_end));
    WEIR_TRY(consumer_->seek(partition, place.position.offset));
    if (place.is_committed) {
      WEIR_TRY(route.task->resume(partition, place.position));
    } else {
      route.queue->start_at(place.position.offset, place.position.leader_epoch, -1);
    }
    if (route.queue->starts_at_end() || place.passed_over > 0) route.task->keep_place();
    route.task->shared_counters()->missing_input.add(static_cast<std::uint64_t>(place.passed_over));
  }
  for (const auto& task : tasks_) {
    if (take_over.goes_on_without(task->id())) task->forget_written();
  }
  return {};
}

// A store without a changelog of its own follows the committed position in its source's topic: what lies behind it is
// input.
Result<RestoreReport> Worker::restore(Task::Store& store, const TakeOver& take_over, std::size_t most_bytes) {
  if (!store.spec->has_changelog) {  // it goes on with what lies below
    WEIR_TRY(store.rows->stored_position());
    return RestoreReport{store.spec->name, store.changelog_partition.partition, log::Offset(0), log::Offset(0), 0, {}};
  }
  WEIR_TRY_VAR(end, changelogs_->end_position(store.changelog_partition));
  store.end = end;
  if (!store.spec->source) return restorer_->restore(store, most_bytes);
  const auto* committed = take_over.committed(store.changelog_partition);
  return restorer_->restore_from_source(store, committed == nullptr ? log::Offset(0) : committed->offset, most_bytes);
}

Result<> Worker::rebuild() {
  routes_.clear();
  tasks_.clear();
  in_transaction_ = false;
  WEIR_TRY(consumer_->assign({}));
  return open_tasks();
}

}  // namespace weir::streams
