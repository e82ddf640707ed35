// Worker: how it begins: its clients, its tasks, their positions, and their stores.
#include "log/base/log_line.h"
#include "streams/runtime/worker.h"

namespace weir::streams {

namespace {
// Of what is read at once for stores, so that tasks that are ready have their turns in between.
constexpr std::size_t kMostRestoredAtOnce = 4 * 1024 * 1024;
}  // namespace

Result<> Worker::start() {
  WEIR_TRY(open_clients());
  WEIR_TRY(open_global_tables());
  upkeep_.emplace(*tasks_, global_tables_.get(), plan_, client_.clock(), options_, client_.admin());
  transaction_->schedule();
  upkeep_->schedule();
  if (options_.guarantee == exactly_once) WEIR_TRY(producer_->init_transactions());
  return {};
}

Result<> Worker::open_clients() {
  const bool in_transactions = options_.guarantee == exactly_once;
  log::ProducerOptions producing;
  if (in_transactions) {
    producing.transactional_id = transactional_id(options_.application_id, instance_.name(), place_.index);
  }
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
  tasks_.emplace(*consumer_);
  log::ConsumerOptions restoring;
  restoring.max_bytes = std::min(consuming.max_bytes, kMostRestoredAtOnce);
  restoring.max_partition_bytes = std::min(consuming.max_partition_bytes, restoring.max_bytes);
  WEIR_TRY_VAR(changelogs, client_.consumer(restoring));
  restorer_.emplace(std::move(changelogs), plan_, client_.clock(), shares_);

  auto positions = ProducerCollector::Positions::in_transaction;
  if (options_.guarantee == at_least_once) positions = ProducerCollector::Positions::behind;
  if (options_.guarantee == at_most_once) positions = ProducerCollector::Positions::not_here;
  collector_ = std::make_unique<ProducerCollector>(
      *producer_, *consumer_, client_.admin(), client_.clock(),
      ProducerCollector::Members{instance_.gate(), patience_with_members()}, positions);
  transaction_.emplace(*collector_, client_.clock(), options_.commit_interval);
  return {};
}

Result<> Worker::open_global_tables() {
  if (plan_.topology->global_tables().empty()) return {};
  log::ConsumerOptions consuming;
  consuming.offset_reset = log::OffsetReset::none;
  WEIR_TRY_VAR(consumer, client_.consumer(consuming));
  GlobalTablesOptions chosen{options_.errors.decoding, {}, {}};
  chosen.rocks = rocks_options();
  // No task's directory is called so: theirs end with "-" and a number.
  chosen.directory = options_.state_directory + "/global." + std::to_string(place_.index);
  WEIR_TRY_VAR(tables, GlobalTables::open(plan_, chosen));
  global_tables_ = std::move(tables);
  {
    MutexLock lock(told_mutex_);
    counters_.push_back(global_tables_->shared_counters());
  }
  for (GlobalStore* store : global_tables_->stores()) {
    const std::size_t used = std::min(shares_.rows, global_tables_->memory_bytes());
    WEIR_TRY(store->rows().preload(std::min(options_.memory_limit / 4, shares_.rows - used)));
  }
  global_reader_ =
      std::make_unique<GlobalReader>(*global_tables_, std::move(consumer), plan_, client_.clock(), shares_);
  WEIR_TRY_VAR(reports, global_reader_->begin());
  for (RestoreReport& report : reports) note_restored(std::move(report));
  return {};
}

void Worker::note_restored(RestoreReport report) {
  if (report.rebuilt_because) {
    log_line::warn("store {} (partition {}): rebuilt from its topic, because {}", report.store,
                   report.partition.value(), *report.rebuilt_because);
  }
  MutexLock lock(told_mutex_);
  restored_.push_back(std::move(report));
}

// What wrote for these tasks before is fenced: by the group's generation, or as this instance's own of an earlier time.
// So committed positions stand still once no transaction with them is open. In this order: the positions, and whether
// what these speak of is there, before a store is touched; then stores up to the ends of their changelogs.
Result<> Worker::open_tasks(const std::vector<TaskId>& tasks) {
  WEIR_TRY_VAR(committed, client_.consumer(log::ConsumerOptions{}));
  log::ConsumerOptions reading_all;
  reading_all.isolation = log::Isolation::read_uncommitted;
  WEIR_TRY_VAR(all, client_.consumer(reading_all));
  TakeOver take_over(*consumer_, {*committed, *all}, plan_, options_, client_.clock());
  WEIR_TRY(take_over.read(tasks));
  for (const TaskId& id : tasks) WEIR_TRY(take_over.check_own(id));
  const std::size_t before = starts_.size();
  for (const TaskId& id : tasks) {
    WEIR_TRY_VAR(start, open_task(id, take_over));
    starts_.push_back(std::move(start));
  }
  const std::span<Start> fresh(starts_.begin() + static_cast<std::ptrdiff_t>(before), starts_.end());
  WEIR_TRY(tasks_->assign());
  for (Start& start : fresh) WEIR_TRY(find_places(start, take_over));
  for (Start& start : fresh) WEIR_TRY(begin_restore(start, take_over));
  WEIR_TRY(restorer_->begin(restoring_bytes()));
  return run_restored();
}

Result<Worker::Start> Worker::open_task(const TaskId& id, TakeOver& take_over) {
  TaskOptions task_options;
  task_options.errors = options_.errors;
  task_options.state_directory = options_.state_directory;
  task_options.settings = &options_.settings;
  task_options.global_tables = global_tables_.get();
  task_options.clock = &client_.clock();
  task_options.results = results_;
  task_options.rocks = rocks_options();
  WEIR_TRY_VAR(task, Task::open(plan_, id, *collector_, task_options));
  {
    MutexLock lock(told_mutex_);
    counters_.push_back(task->shared_counters());
  }
  Start start;
  start.member = &tasks_->add(std::move(task));
  start.goes_on_without_own = take_over.goes_on_without(id);
  if (!take_over.has_position(id)) {
    if (auto checked = take_over.check_beginning(id); !checked) start.if_rows_are_there = std::move(checked).error();
  }
  return start;
}

Result<> Worker::find_places(Start& start, TakeOver& take_over) {
  for (const TaskSet::Input& input : start.member->inputs) {
    const log::TopicPartition& partition = input.queue->partition();
    const bool is_new = plan_.came_while_running.contains(partition.topic);
    WEIR_TRY_VAR(place, take_over.place_of(partition, input.queue->starts_at_end() && !is_new));
    WEIR_TRY(consumer_->seek(partition, place.position.offset));
    start.places.push_back(std::move(place));
  }
  return {};
}

// A store without a changelog of its own follows the committed position in its source's topic: what lies behind it is
// input. One without any goes on with what lies below.
Result<> Worker::begin_restore(Start& start, const TakeOver& take_over) {
  Task& task = *start.member->task;
  for (Task::Store& store : task.stores()) {
    if (!store.spec->has_changelog) {
      WEIR_TRY(store.rows->stored_position());
      note_restored({store.spec->name, store.changelog_partition.partition, log::Offset(0), log::Offset(0), 0, {}});
    } else if (!store.spec->source) {
      WEIR_TRY(restorer_->add(task, store, std::nullopt));
    } else {
      const auto* committed = take_over.committed(store.changelog_partition);
      WEIR_TRY(restorer_->add(task, store, committed == nullptr ? log::Offset(0) : committed->offset));
    }
  }
  return {};
}

// Tasks whose stores are what their changelogs say take part from now on.
Result<> Worker::run_restored() {
  for (Start& start : starts_) {
    if (!restorer_->is_restored(*start.member->task)) continue;
    WEIR_TRY(run_task(start));
    start.member = nullptr;
  }
  std::erase_if(starts_, [](const Start& start) { return start.member == nullptr; });
  return {};
}

Result<> Worker::run_task(Start& start) {
  Task& task = *start.member->task;
  bool has_rows = false;
  for (RestoreReport& report : restorer_->take(task)) {
    has_rows = has_rows || (report.records > 0 && !plan_.topology->stores().at(report.store).source);
    task.shared_counters()->restored.add(static_cast<std::uint64_t>(report.records));
    note_restored(std::move(report));
  }
  for (const Task::Store& store : task.stores()) {
    has_rows = has_rows || (!store.spec->source && store.rows->has_rows_below());
  }
  if (has_rows && start.if_rows_are_there) return fail(*std::move(start.if_rows_are_there));
  for (Task::Store& store : task.stores()) {
    const std::size_t used = upkeep_->row_bytes() + task.usage().row_bytes + restorer_->memory_bytes();
    const std::size_t left = std::max(shares_.rows - std::min(shares_.rows, used), shares_.rows / 8);
    WEIR_TRY(store.rows->preload(std::min(options_.memory_limit / 4, left)));
  }
  for (std::size_t i = 0; i < start.places.size(); ++i) {
    const TakeOver::Place& place = start.places[i];
    RecordQueue& queue = *start.member->inputs[i].queue;
    if (place.is_committed) {
      WEIR_TRY(task.resume(queue.partition(), place.position));
    } else {
      queue.start_at(place.position.offset, place.position.leader_epoch, -1);
    }
    if (queue.starts_at_end() || place.passed_over > 0) task.keep_place();
    task.shared_counters()->missing_input.add(static_cast<std::uint64_t>(place.passed_over));
  }
  if (start.goes_on_without_own) task.forget_written();
  tasks_->run(*start.member);
  if (task.works_by_news()) by_news_.push_back(start.member);
  return {};
}

// What is left of the rows' share for stores that are restored; never less than a part that one can work with.
std::size_t Worker::restoring_bytes() const {
  return std::max(shares_.rows - std::min(shares_.rows, upkeep_->row_bytes()), shares_.rows / 8);
}

state::RocksOptions Worker::rocks_options() const {
  state::RocksOptions rocks;
  rocks.memory = place_.rocks;
  rocks.write_buffer_bytes = shares_.write_buffer;
  rocks.max_open_files = place_.open_files;
  return rocks;
}

Result<> Worker::rebuild() {
  const std::vector<TaskId> tasks = tasks_->ids();
  transaction_->forget();
  restorer_->clear();
  starts_.clear();
  by_news_.clear();
  replays_.clear();
  begun_by_news_ = 0;
  tasks_->clear();
  WEIR_TRY(consumer_->assign({}));
  if (options_.guarantee == exactly_once) WEIR_TRY(producer_->init_transactions());
  transaction_->schedule();
  upkeep_->schedule();
  return open_tasks(tasks);
}

}  // namespace weir::streams
