#include "streams/runtime/worker.h"

#include <algorithm>
#include <limits>

#include "log/base/log_line.h"
#include "streams/runtime/commit.h"

namespace weir::streams {

namespace {

constexpr std::size_t kRecordsPerTurn = 2'000;           // of one task, before the clock is looked at
constexpr std::size_t kBufferedBytes = 4 * 1024 * 1024;  // of one input, before it is paused
constexpr int kMostRebuilds = 3;

}  // namespace

Worker::~Worker() {
  if (results_ != nullptr) results_->detach();
}

// --- beginning ---

Result<> Worker::start() {
  WEIR_TRY(open_clients());
  WEIR_TRY(open_global_tables());
  return open_tasks();
}

// Complete before the first record is processed.
Result<> Worker::open_global_tables() {
  if (plan_.topology->global_tables().empty()) return {};
  WEIR_TRY_VAR(consumer, client_.consumer(log::ConsumerOptions{}));
  GlobalTablesOptions chosen{options_.errors.decoding, {}, {}};
  // No task's directory is called so: theirs end with "-" and a number.
  chosen.directory = options_.state_directory + "/global." + std::to_string(index_);
  WEIR_TRY_VAR(tables, GlobalTables::open(plan_, chosen));
  global_tables_ = std::move(tables);
  {
    MutexLock lock(counters_mutex_);
    counters_.push_back(global_tables_->shared_counters());
  }
  for (GlobalStore* store : global_tables_->stores()) WEIR_TRY(store->rows().preload(options_.memory_limit / 4));
  global_reader_ = std::make_unique<GlobalReader>(*global_tables_, std::move(consumer), plan_, client_.clock());
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
  WEIR_TRY_VAR(consumer, client_.consumer(consuming));
  consumer_ = std::move(consumer);
  results_ = std::make_shared<ResultSignal>([this] { consumer_->wakeup(); });
  WEIR_TRY_VAR(changelogs, client_.consumer(log::ConsumerOptions{}));
  changelogs_ = std::move(changelogs);

  auto positions = ProducerCollector::Positions::in_transaction;
  if (options_.guarantee == at_least_once) positions = ProducerCollector::Positions::behind;
  if (options_.guarantee == at_most_once) positions = ProducerCollector::Positions::not_here;
  collector_ = std::make_unique<ProducerCollector>(*producer_, *consumer_, options_.application_id, positions);
  purge_.emplace(client_.admin(), options_.purge_interval);
  restorer_ = std::make_unique<Restorer>(*changelogs_, plan_, client_.clock());
  return {};
}

// In this order (DESIGN, taking over a task): older producers are fenced, so that committed positions stand still;
// then stores up to the ends of their changelogs; then the positions.
Result<> Worker::open_tasks() {
  if (options_.guarantee == exactly_once) WEIR_TRY(producer_->init_transactions());
  TaskOptions task_options;
  task_options.errors = options_.errors;
  task_options.state_directory = options_.state_directory;
  task_options.settings = &options_.settings;
  task_options.global_tables = global_tables_.get();
  task_options.clock = &client_.clock();
  task_options.results = results_;
  std::vector<log::TopicPartition> inputs;
  for (const TaskId& id : share_) {
    WEIR_TRY_VAR(task, Task::open(plan_, id, *collector_, task_options));
    for (Task::Store& store : task->stores()) {
      WEIR_TRY_VAR(report, restore(store));
      note_restored(std::move(report));
      WEIR_TRY(store.rows->preload(options_.memory_limit / 4));
    }
    for (RecordQueue& queue : task->queues()) {
      inputs.push_back(queue.partition());
      routes_.push_back({task.get(), &queue, false});
    }
    {
      MutexLock lock(counters_mutex_);
      counters_.push_back(task->shared_counters());
    }
    tasks_.push_back(std::move(task));
  }
  WEIR_TRY(consumer_->assign(inputs));
  WEIR_TRY_VAR(committed, consumer_->committed(inputs));
  for (Route& route : routes_) {
    auto found = committed.find(route.queue->partition());
    if (found != committed.end()) {
      WEIR_TRY(consumer_->seek(found->first, found->second.offset));
      WEIR_TRY(route.task->resume(found->first, found->second));
    } else {
      WEIR_TRY_VAR(position, first_position(route));
      route.queue->start_at(position, -1);
    }
  }
  schedule_commit();
  next_apply_ms_ = client_.clock().monotonic_ms() + options_.apply_interval.count();
  return {};
}

// A store without a changelog of its own follows the committed position in its source's topic: what lies behind it is
// input.
Result<RestoreReport> Worker::restore(Task::Store& store) {
  if (!store.spec->has_changelog) {  // it goes on with what lies below
    WEIR_TRY(store.rows->stored_position());
    return RestoreReport{store.spec->name, store.changelog_partition.partition, log::Offset(0), log::Offset(0), 0, {}};
  }
  if (!store.spec->source) return restorer_->restore(store);
  const log::TopicPartition& source = store.changelog_partition;
  WEIR_TRY_VAR(committed, consumer_->committed(std::span(&source, 1)));
  auto found = committed.find(source);
  return restorer_->restore_from_source(store, found == committed.end() ? log::Offset(0) : found->second.offset);
}

// Where nothing is committed.
Result<log::Offset> Worker::first_position(const Route& route) {
  const log::TopicPartition& partition = route.queue->partition();
  const bool is_new = plan_.came_while_running.contains(partition.topic);
  if (!route.queue->starts_at_end() || is_new) return consumer_->position(partition);
  WEIR_TRY_VAR(ends, consumer_->end_offsets(std::span(&partition, 1), log::Isolation::read_committed));
  WEIR_TRY(consumer_->seek(partition, ends.at(partition)));
  route.task->keep_place();
  return ends.at(partition);
}

Result<> Worker::rebuild() {
  routes_.clear();
  tasks_.clear();
  in_transaction_ = false;
  WEIR_TRY(consumer_->assign({}));
  return open_tasks();
}

// --- a step ---

Result<std::int64_t> Worker::step(Millis patience, EndTracker* ends) {
  auto done = [&]() -> Result<std::int64_t> {
    const bool has_buffered = std::any_of(tasks_.begin(), tasks_.end(),
                                          [](const auto& task) { return task->has_input() || task->has_results(); });
    const std::int64_t until_deadline = next_deadline_ms() - client_.clock().wall_ms();
    Millis wait = has_buffered ? Millis(0) : std::min(patience, Millis(std::max<std::int64_t>(until_deadline, 0)));
    WEIR_TRY(fetch(wait));
    if (global_reader_ != nullptr) WEIR_TRY(global_reader_->catch_up());
    WEIR_TRY(process(next_commit_ms_));
    WEIR_TRY(call_timers());
    if (ends != nullptr) WEIR_TRY(note_ends(*ends));
    for (const auto& task : tasks_) wants_commit_ = wants_commit_ || task->wants_commit();
    if (client_.clock().wall_ms() >= next_commit_ms_ || wants_commit_) WEIR_TRY(commit_now());
    return next_deadline_ms();
  }();
  if (!done && in_transaction_) {
    in_transaction_ = false;
    if (auto aborted = collector_->abort(); !aborted) {
      log_line::warn("worker {}: the transaction could not be aborted: {}", index_, aborted.error().to_string());
    }
    for (const auto& task : tasks_) task->undo();
  }
  return done;
}

Result<> Worker::fetch(Millis patience) {
  bool any_open = false;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Route& route = routes_[i];
    std::size_t buffered = route.queue->buffered_bytes();
    if (!route.is_paused && buffered >= kBufferedBytes) {
      consumer_->pause(i);
      route.is_paused = true;
    } else if (route.is_paused && buffered < kBufferedBytes / 2) {
      consumer_->resume(i);
      route.is_paused = false;
    }
    any_open = any_open || !route.is_paused;
  }
  if (!any_open && patience == Millis(0)) return {};  // else it waits for results
  WEIR_TRY_VAR(batches, consumer_->poll(patience));
  std::vector<log::PartitionOffset> taken;
  for (log::FetchedBatch& batch : batches) {
    if (options_.guarantee == at_most_once) {
      taken.push_back({batch.partition, {batch.batch.header.next_offset(), log::kNoLeaderEpoch, {}}});
    }
    RecordQueue& queue = *routes_[batch.assignment_index].queue;
    queue.add(std::move(batch));
  }
  if (!taken.empty()) WEIR_TRY(consumer_->commit(taken));
  return find_known_ends();
}

// A task with several inputs may only go on with one if the others are known to be empty.
Result<> Worker::find_known_ends() {
  for (const auto& task : tasks_) {
    if (task->queues().size() < 2) continue;
    for (RecordQueue& queue : task->queues()) {
      if (queue.buffered_bytes() > 0 || queue.is_delayed()) continue;
      const log::TopicPartition& partition = queue.partition();
      WEIR_TRY_VAR(ends, consumer_->end_offsets(std::span(&partition, 1), log::Isolation::read_committed));
      WEIR_TRY_VAR(position, consumer_->position(partition));
      queue.set_known_end(position, ends.at(partition));
    }
  }
  return {};
}

Result<> Worker::begin() {
  if (in_transaction_) return {};
  WEIR_TRY(collector_->begin());
  in_transaction_ = true;
  return {};
}

Result<> Worker::process(std::int64_t until_ms) {
  bool is_progress = true;
  while (is_progress && client_.clock().wall_ms() < until_ms) {
    is_progress = false;
    WEIR_TRY(call_timers());
    for (const auto& task : tasks_) {
      if (!task->has_input()) continue;
      WEIR_TRY(begin());
      WEIR_TRY_VAR(count, task->process(kRecordsPerTurn));
      is_progress = is_progress || count == kRecordsPerTurn;  // fewer: its inputs are used up
    }
    // Dirty rows beyond their share of memory do not wait for the clock.
    if (memory_bytes() > options_.memory_limit / static_cast<std::size_t>(options_.threads)) {
      wants_commit_ = true;
      return {};
    }
  }
  return {};
}

Result<> Worker::call_timers() {
  for (const auto& task : tasks_) {
    if (task->has_results()) {
      WEIR_TRY(begin());
      WEIR_TRY(task->take_results());
    }
    const auto due_ms = task->next_deadline_ms();
    if (!due_ms || *due_ms > client_.clock().wall_ms()) continue;
    WEIR_TRY(begin());
    WEIR_TRY(task->call_wall_timers());
  }
  return {};
}

std::int64_t Worker::next_deadline_ms() const {
  std::int64_t deadline_ms = has_progress() ? next_commit_ms_ : std::numeric_limits<std::int64_t>::max();
  for (const auto& task : tasks_) deadline_ms = std::min(deadline_ms, task->next_deadline_ms().value_or(deadline_ms));
  return deadline_ms;
}

bool Worker::has_progress() const {
  return std::any_of(tasks_.begin(), tasks_.end(), [](const auto& task) { return task->has_progress(); });
}

std::size_t Worker::memory_bytes() const {
  std::size_t total = 0;
  for (const auto& task : tasks_) total += task->memory_bytes();
  if (global_tables_ != nullptr) total += global_tables_->memory_bytes();
  return total;
}

// --- commits ---

// On one grid of the clock, so that all workers' transactions end together and readers see them together.
void Worker::schedule_commit() {
  std::int64_t interval = std::max<std::int64_t>(1, options_.commit_interval.count());
  next_commit_ms_ = (client_.clock().wall_ms() / interval + 1) * interval;
}

Result<> Worker::commit_now() {
  schedule_commit();
  wants_commit_ = false;
  if (!has_progress()) {
    purge();
    return apply_if_due();
  }
  WEIR_TRY(begin());
  bool is_outcome_known = true;
  auto done = commit(*collector_, tasks_, is_outcome_known);
  if (!done) {
    bool is_fenced = done.error().code == ErrorCode::producer_fenced;
    if (is_outcome_known || is_fenced || ++rebuilds_ > kMostRebuilds) return done;
    log_line::warn("worker {}: the outcome of a commit is not known ({}); beginning anew from what is committed",
                   index_, done.error().to_string());
    return rebuild();
  }
  in_transaction_ = false;
  rebuilds_ = 0;
  for (const Route& route : routes_) {
    if (route.queue->topic_owner() == TopicOwner::user) continue;
    purge_->note(route.queue->partition(), route.queue->next_offset());
  }
  purge();
  return apply_if_due();
}

// What cannot be deleted now costs room only.
void Worker::purge() {
  if (auto purged = purge_->run_if_due(client_.clock().monotonic_ms()); !purged) {
    log_line::warn("worker {}: topics between stages were not purged: {}", index_, purged.error().to_string());
  }
}

// How far what is committed in the store goes.
Result<state::Position> Worker::position_of(const Task& task, const Task::Store& store) {
  if (!store.spec->has_changelog) {
    state::Position position;
    position.commit_time_ms = client_.clock().wall_ms();
    return position;
  }
  WEIR_TRY_VAR(position, restorer_->position_now(store));
  if (store.spec->source) position.next = task.position_in(store.changelog_partition).value_or(position.next);
  return position;
}

// Committed rows go down every few seconds, or when memory is short; only then can they be evicted.
Result<> Worker::apply_if_due() {
  const std::size_t limit = options_.memory_limit / static_cast<std::size_t>(options_.threads);
  const std::size_t used = memory_bytes();
  const std::int64_t now = client_.clock().monotonic_ms();
  if (now < next_apply_ms_ && used <= limit) return {};
  next_apply_ms_ = now + options_.apply_interval.count();
  for (const auto& task : tasks_) {
    for (Task::Store& store : task->stores()) {
      WEIR_TRY_VAR(position, position_of(*task, store));
      WEIR_TRY(store.rows->apply(position));
    }
  }
  if (global_tables_ != nullptr) WEIR_TRY(global_tables_->apply(client_.clock().wall_ms()));
  std::size_t excess = used > limit / 2 ? used - limit / 2 : 0;
  if (used <= limit) return {};
  for (const auto& task : tasks_) {
    for (Task::Store& store : task->stores()) {
      if (excess == 0) return {};
      excess -= std::min(excess, store.rows->evict(excess));
    }
  }
  if (global_tables_ != nullptr) global_tables_->evict(excess);
  return {};
}

// --- a bounded run ---

// Everything up to its end is processed.
bool Worker::is_at_end(RecordQueue& queue, const EndTracker& ends) {
  if (queue.is_delayed()) return true;  // what waits there is taken up by the next run
  auto end = ends.end_of(queue.partition());
  if (!end) return false;
  auto has_record = queue.load();
  if (!has_record || *has_record) return false;
  auto position = consumer_->position(queue.partition());
  return position && *position >= *end;
}

Result<> Worker::note_ends(EndTracker& ends) {
  std::vector<log::TopicPartition> finished;
  for (const auto& task : tasks_) {
    std::vector<log::TopicPartition> of_task;
    for (RecordQueue& queue : task->queues()) {
      if (!ends.is_done(queue.partition()) && is_at_end(queue, ends)) of_task.push_back(queue.partition());
    }
    if (of_task.empty()) continue;
    if (options_.close_windows_at_end) {
      if (of_task.size() < task->queues().size()) continue;  // all at once, for what they hold back together
      WEIR_TRY(begin());
      WEIR_TRY(task->close_windows());
    }
    finished.insert(finished.end(), of_task.begin(), of_task.end());
  }
  if (finished.empty()) return {};
  int rebuilds = rebuilds_;
  WEIR_TRY(commit_now());
  if (rebuilds_ != rebuilds) return {};  // the tasks were made anew and come here again
  return ends.done(finished, *consumer_);
}

std::vector<std::shared_ptr<Counters>> Worker::counters() const {
  MutexLock lock(counters_mutex_);
  return counters_;
}

// --- the end ---

Result<> Worker::close() {
  if (tasks_.empty()) return {};
  WEIR_TRY(commit_now());
  next_apply_ms_ = 0;
  WEIR_TRY(apply_if_due());
  routes_.clear();
  tasks_.clear();
  global_reader_.reset();
  global_tables_.reset();  // who runs next opens the same directory
  return {};
}

void Worker::wake() {
  if (consumer_ != nullptr) consumer_->wakeup();
}

}  // namespace weir::streams
