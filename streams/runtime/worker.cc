#include "streams/runtime/worker.h"

#include <algorithm>
#include <limits>

#include "log/base/log_line.h"
#include "log/base/saturate.h"
#include "streams/runtime/commit.h"

namespace weir::streams {

namespace {

constexpr std::size_t kRecordsPerTurn = 2'000;    // of one task, before the clock is looked at
constexpr std::size_t kDirtyRowBytes = 128;       // what one takes at least while it is written down
constexpr std::size_t kFewDirtyRows = 16'384;     // do not make a commit
constexpr std::size_t kRecordsPerDirtyRow = 4;  // until changed values are measured again
constexpr int kMostRebuilds = 3;

}  // namespace

Worker::~Worker() {
  if (results_ != nullptr) results_->detach();
}

// --- a step ---

Result<std::int64_t> Worker::step(Millis patience, EndTracker* ends) {
  auto done = [&]() -> Result<std::int64_t> {
    const bool has_buffered = std::any_of(tasks_.begin(), tasks_.end(),
                                          [](const auto& task) { return task->has_input() || task->has_results(); });
    const std::int64_t until_deadline = saturated_difference(next_deadline_ms(), client_.clock().monotonic_ms());
    Millis wait = has_buffered ? Millis(0) : std::min(patience, Millis(std::max<std::int64_t>(until_deadline, 0)));
    WEIR_TRY(fetch(wait));
    if (global_reader_ != nullptr) WEIR_TRY(global_reader_->catch_up());
    WEIR_TRY(process(next_commit_ms_));
    WEIR_TRY(call_timers());
    if (ends != nullptr) WEIR_TRY(note_ends(*ends));
    for (const auto& task : tasks_) wants_commit_ = wants_commit_ || task->wants_commit();
    if (client_.clock().monotonic_ms() >= next_commit_ms_ || wants_commit_) WEIR_TRY(commit_now());
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
  const bool any_open = pause_and_resume();
  if (!any_open && patience == Millis(0)) return {};  // else it waits for results
  auto polled = consumer_->poll(patience);
  if (!polled && polled.error().code == ErrorCode::offset_out_of_range) return begin_where_records_are();
  WEIR_TRY_VAR(batches, std::move(polled));
  std::vector<log::PartitionOffset> taken;
  for (log::FetchedBatch& batch : batches) {
    if (options_.guarantee == at_most_once) {
      taken.push_back({batch.partition, {batch.batch.header.next_offset(), batch.batch.header.leader_epoch, {}}});
    }
    RecordQueue& queue = *routes_[batch.assignment_index].queue;
    queue.add(std::move(batch));
  }
  if (!taken.empty()) WEIR_TRY(consumer_->commit(taken));
  return find_known_ends();
}

// An input that has enough is not fetched from. Where memory is short although nothing more can be freed, or all inputs
// together have enough, it is only if it has nothing. True: some are.
bool Worker::pause_and_resume() {
  std::size_t total = 0;
  for (const auto& task : tasks_) total += task->fetched_bytes();
  const bool is_short = total > shares_.fetched || rows_left_ > shares_.rows;
  const std::size_t most = is_short ? 1 : shares_.fetched_of(routes_.size());
  bool any_open = false;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Route& route = routes_[i];
    const std::size_t buffered = route.queue->buffered_bytes();
    if (!route.is_paused && buffered >= most) {
      consumer_->pause(i);
      route.is_paused = true;
    } else if (route.is_paused && buffered <= most / 2) {
      consumer_->resume(i);
      route.is_paused = false;
    }
    any_open = any_open || !route.is_paused;
  }
  return any_open;
}

// What an input holds changed under its reader: records were deleted before they were read, or it lost some. What is
// processed is committed; then the tasks begin anew, as after a restart, which decides what becomes of the gap.
Result<> Worker::begin_where_records_are() {
  WEIR_TRY(commit_now());
  return rebuild();
}

// A task with several inputs may only go on with one if the others are known to be empty. That is what the last answer
// to a fetch says: since then none has come, or it would have been answered again (KIP-695).
Result<> Worker::find_known_ends() {
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const Route& route = routes_[i];
    RecordQueue& queue = *route.queue;
    if (route.task->queues().size() < 2 || queue.buffered_bytes() > 0 || queue.is_delayed()) continue;
    const auto end = consumer_->fetched_end(i);
    if (!end) continue;
    WEIR_TRY_VAR(position, consumer_->position(queue.partition()));
    queue.set_known_end(position, *end);
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
  while (is_progress && client_.clock().monotonic_ms() < until_ms) {
    is_progress = false;
    WEIR_TRY(call_timers());
    for (const auto& task : tasks_) {
      if (!task->has_input()) continue;
      WEIR_TRY(begin());
      WEIR_TRY_VAR(count, task->process(kRecordsPerTurn));
      since_measured_ += count;
      is_progress = is_progress || count == kRecordsPerTurn;  // fewer: its inputs are used up
    }
    // Dirty rows are looked at as often as records come, so that it costs the same however many they are.
    std::size_t dirty = 0;
    for (const auto& task : tasks_) dirty += task->dirty_rows();
    if (since_measured_ >= dirty * kRecordsPerDirtyRow) {
      for (const auto& task : tasks_) task->measure();
      since_measured_ = 0;
    }
    // These do not wait for the clock: what is committed and written down can be freed, and what is written down at
    // once is bounded.
    if (is_short_of_memory() || dirty > std::max(shares_.pending / kDirtyRowBytes, kFewDirtyRows)) {
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
  const std::int64_t now_ms = client_.clock().monotonic_ms();
  for (const auto& task : tasks_) {
    const auto due_ms = task->next_deadline_ms();  // in wall time
    if (due_ms)
      deadline_ms =
          std::min(deadline_ms, saturated_sum(now_ms, saturated_difference(*due_ms, client_.clock().wall_ms())));
  }
  return deadline_ms;
}

bool Worker::has_progress() const {
  return std::any_of(tasks_.begin(), tasks_.end(), [](const auto& task) { return task->has_progress(); });
}

// --- memory ---

std::size_t Worker::row_bytes() const {
  std::size_t total = 0;
  for (const auto& task : tasks_) total += task->row_bytes();
  if (global_tables_ != nullptr) total += global_tables_->memory_bytes();
  return total;
}

std::size_t Worker::pending_bytes() const {
  std::size_t total = 0;
  for (const auto& task : tasks_) total += task->pending_bytes();
  if (global_tables_ != nullptr) total += global_tables_->pending_bytes();
  return total;
}

// Where the last eviction could not free enough, there must be more than it left before the next one is of any use.
bool Worker::is_short_of_memory() const {
  return row_bytes() > std::max(shares_.rows, rows_left_ + shares_.rows / 4);
}

// Of every store its part, as it holds of all. Twice: what was used since the last look stays at the first.
void Worker::evict(std::size_t down_to) {
  for (int look = 0; look < 2; ++look) {
    const std::size_t used = row_bytes();
    if (used <= down_to) break;
    const double part = static_cast<double>(used - down_to) / static_cast<double>(used);
    auto part_of = [part](std::size_t bytes) {
      return static_cast<std::size_t>(part * static_cast<double>(bytes));
    };
    for (const auto& task : tasks_) {
      for (Task::Store& store : task->stores()) store.rows->evict(part_of(store.rows->memory_bytes()));
    }
    if (global_tables_ != nullptr) global_tables_->evict(part_of(global_tables_->memory_bytes()));
  }
  rows_left_ = row_bytes();
}

// --- commits ---

// On one grid of the clock, so that all workers' transactions end together and readers see them together. But how long
// it is until then is measured by the clock that nobody sets.
void Worker::schedule_commit() {
  const std::int64_t interval = std::max<std::int64_t>(1, options_.commit_interval.count());
  const std::int64_t since_grid = client_.clock().wall_ms() % interval;
  next_commit_ms_ = saturated_sum(client_.clock().monotonic_ms(), interval - since_grid);
}

Result<> Worker::commit_now() {
  schedule_commit();
  wants_commit_ = false;
  if (!has_progress()) {
    purge();
    return apply_if_due();
  }
  WEIR_TRY(begin());
  auto [end, error] = commit(*collector_, tasks_);
  switch (end) {
    case CommitEnd::committed:
      break;
    case CommitEnd::nothing_visible:
      return fail(std::move(error));  // `step` undoes all
    case CommitEnd::unknown:
      if (error.code == ErrorCode::producer_fenced || ++rebuilds_ > kMostRebuilds) return fail(std::move(error));
      log_line::warn("worker {}: the outcome of a commit is not known ({}); beginning anew from what is committed",
                     index_, error.to_string());
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

// How far what is committed in the store goes: nobody else writes to its changelog.
state::Position Worker::position_of(const Task& task, const Task::Store& store) {
  state::Position position;
  position.commit_time_ms = client_.clock().wall_ms();
  if (!store.spec->has_changelog) return position;
  log::OffsetAndEpoch end = task.end_of(store);
  if (store.spec->source) {
    const auto processed = task.position_in(store.changelog_partition).value_or(end);
    end = {processed.offset, std::max(processed.epoch, end.epoch)};
  }
  position.topic = plan_.changelogs.at(store.spec->name);
  position.epoch = end.epoch;
  position.next = end.offset;
  return position;
}

// Committed rows go down every few seconds, or when they are many, or when memory is short; only then can they be
// evicted.
Result<> Worker::apply_if_due() {
  const std::int64_t now = client_.clock().monotonic_ms();
  const bool is_short = is_short_of_memory();
  if (now < next_apply_ms_ && !is_short && pending_bytes() <= shares_.pending_beside(row_bytes())) return {};
  next_apply_ms_ = saturated_sum(now, options_.apply_interval.count());
  WEIR_TRY(apply());
  if (is_short) evict(shares_.rows / 2);
  return {};
}

Result<> Worker::apply() {
  for (const auto& task : tasks_) {
    for (Task::Store& store : task->stores()) WEIR_TRY(store.rows->apply(position_of(*task, store)));
  }
  if (global_tables_ != nullptr) WEIR_TRY(global_tables_->apply(client_.clock().wall_ms()));
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
