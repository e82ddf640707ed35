#include "streams/runtime/worker.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "log/base/log_line.h"
#include "log/base/saturate.h"

namespace weir::streams {

namespace {

constexpr std::size_t kRecordsPerTurn = 2'000;  // of one task, before the clock is looked at
constexpr Millis kPatienceBesideRestores{10};   // for input, while a restore waits for records
constexpr int kMostRebuilds = 3;

}  // namespace

Worker::~Worker() {
  if (results_ != nullptr) results_->detach();
}

void Worker::post(Mailbox::Work work) {
  mailbox_.post(std::move(work));
  wake();
}

void Worker::wake() {
  if (consumer_ != nullptr) consumer_->wakeup();
}

std::vector<RestoreReport> Worker::restored() const {
  MutexLock lock(told_mutex_);
  return restored_;
}

std::vector<std::shared_ptr<Counters>> Worker::counters() const {
  MutexLock lock(told_mutex_);
  return counters_;
}

Levels Worker::levels() const {
  MutexLock lock(told_mutex_);
  return levels_;
}

void Worker::note_levels() {
  const TaskUsage& usage = tasks_->usage();
  const auto is_behind = [&](const TaskSet::Member* member) {
    return member->task->has_news();
  };
  const auto behind = by_news_.size() - begun_by_news_ +
                      static_cast<std::size_t>(std::count_if(
                          by_news_.begin(), by_news_.begin() + static_cast<std::ptrdiff_t>(begun_by_news_), is_behind));
  MutexLock lock(told_mutex_);
  levels_ = {.running_tasks = tasks_->running().size(),
             .restoring_tasks = tasks_->all().size() - tasks_->running().size(),
             .row_memory = upkeep_->row_bytes() + restorer_->memory_bytes(),
             .fetched_memory = usage.fetched_bytes,
             .unwritten_memory = usage.pending_bytes,
             .uncommitted_rows = usage.dirty_rows,
             .rules_behind = behind};
}

// --- a step ---

Result<std::int64_t> Worker::step(Millis patience, EndTracker* ends) {
  auto done = work(patience, ends);
  if (!done) transaction_->abort(tasks_->running_tasks(), place_.index);
  note_levels();
  return done;
}

// Global tables are complete before the first record is processed.
Result<std::int64_t> Worker::work(Millis patience, EndTracker* ends) {
  mailbox_.drain();
  if (instance_.shares().version() != shares_seen_) WEIR_TRY(follow_shares());
  if (global_reader_ != nullptr) {
    const bool was_complete = global_reader_->is_complete();
    WEIR_TRY(global_reader_->step(was_complete ? Millis(0) : patience));
    if (!global_reader_->is_complete()) return client_.clock().monotonic_ms();
  }
  const bool has_open = !starts_.empty();
  if (has_open) {
    WEIR_TRY_VAR(has_moved, restore(tasks_->running().empty() ? patience : Millis(0)));
    patience = has_moved ? Millis(0) : std::min(patience, kPatienceBesideRestores);
    if (tasks_->running().empty()) return client_.clock().monotonic_ms();
  }
  if (!by_news_.empty()) {
    WEIR_TRY(begin_by_news());
    WEIR_TRY(look_for_news());
  }
  const std::int64_t until_deadline = saturated_difference(next_deadline_ms(), client_.clock().monotonic_ms());
  if (tasks_->has_work()) patience = Millis(0);
  patience = std::min(patience, Millis(std::max<std::int64_t>(until_deadline, 0)));
  WEIR_TRY_VAR(has_come, fetch(patience, ends));
  WEIR_TRY(process(transaction_->due_ms()));
  WEIR_TRY(call_timers());
  tasks_->settle();
  // While more comes it is enough from time to time.
  if (ends != nullptr && (!has_come || transaction_->is_due())) WEIR_TRY(note_ends(*ends));
  if (transaction_->is_due()) WEIR_TRY(commit_now(Waits::no));
  return starts_.empty() ? next_deadline_ms() : client_.clock().monotonic_ms();
}

// --- which tasks it runs ---

Result<> Worker::follow_shares() {
  Shares& shares = instance_.shares();
  shares_seen_ = shares.version();
  const auto [to_give_up, to_take] = shares.change_of(static_cast<std::size_t>(place_.index));
  if (!to_give_up.empty()) WEIR_TRY(give_up(to_give_up));
  if (to_take.empty()) return {};
  shares.taken(static_cast<std::size_t>(place_.index), to_take);
  return open_tasks(to_take);
}

// Behind a commit. What is restored by then need not be read again by who runs them here another time.
Result<> Worker::give_up(const std::vector<TaskId>& tasks) {
  auto goes = [&](const TaskSet::Member* member) {
    return std::ranges::find(tasks, member->task->id()) != tasks.end();
  };
  for (std::size_t i = 0; i < begun_by_news_; ++i) {
    if (!goes(by_news_[i])) continue;
    WEIR_TRY(transaction_->begin());
    WEIR_TRY(by_news_[i]->task->take_up(Node::TakeUp::at_end));
    tasks_->look_at(*by_news_[i]);
  }
  WEIR_TRY(commit_now());
  WEIR_TRY(upkeep_->write_down());
  WEIR_TRY(forget(tasks));
  instance_.shares().given_up(tasks);
  return {};
}

Result<> Worker::forget(const std::vector<TaskId>& tasks) {
  auto goes = [&](const TaskSet::Member* member) {
    return std::ranges::find(tasks, member->task->id()) != tasks.end();
  };
  const auto begun = by_news_.begin() + static_cast<std::ptrdiff_t>(begun_by_news_);
  begun_by_news_ -= static_cast<std::size_t>(std::count_if(by_news_.begin(), begun, goes));
  std::erase_if(by_news_, goes);
  std::erase_if(replays_, [&](const Replay& replay) { return goes(replay.member); });
  std::erase_if(starts_, [&](const Start& start) { return goes(start.member); });
  WEIR_TRY(restorer_->remove(tasks, restoring_bytes()));
  tasks_->remove(tasks);
  return tasks_->assign();
}

Result<bool> Worker::restore(Millis patience) {
  WEIR_TRY_VAR(has_moved, restorer_->step(patience, restoring_bytes()));
  WEIR_TRY(run_restored());
  return has_moved;
}

// What a task takes up before its first record is committed before that.
Result<> Worker::begin_by_news() {
  while (begun_by_news_ < by_news_.size()) {
    for (; begun_by_news_ < by_news_.size(); ++begun_by_news_) {
      TaskSet::Member& member = *by_news_[begun_by_news_];
      WEIR_TRY(transaction_->begin());
      WEIR_TRY(member.task->take_up(Node::TakeUp::at_start));
      if (member.task->is_replaying()) {
        std::vector<log::TopicPartition> inputs;
        for (const TaskSet::Input& input : member.inputs) inputs.push_back(input.queue->partition());
        WEIR_TRY_VAR(ends, consumer_->end_offsets(inputs, log::Isolation::read_committed));
        replays_.push_back({&member, std::move(ends)});
      }
      tasks_->look_at(member);
    }
    WEIR_TRY(commit_now());
  }
  return {};
}

bool Worker::is_replayed(const Replay& replay) const {
  return std::all_of(replay.member->inputs.begin(), replay.member->inputs.end(), [&](const TaskSet::Input& input) {
    const log::Offset end = replay.ends.at(input.queue->partition());
    if (input.queue->next_offset() >= end) return true;
    const auto has_record = input.queue->load();
    const auto position = consumer_->position(input.queue->partition());  // it passes markers
    return has_record && !*has_record && position && *position >= end;
  });
}

// Those that are through take up what has come, with the next commit.
Result<> Worker::see_replays() {
  for (Replay& replay : replays_) {
    if (!is_replayed(replay)) continue;
    WEIR_TRY(replay.member->task->take_up(Node::TakeUp::when_replayed));
    news_seen_ = 0;
    replay.member = nullptr;
  }
  std::erase_if(replays_, [](const Replay& replay) { return replay.member == nullptr; });
  return {};
}

// What has come is taken up with the next commit, for which nothing else need happen.
Result<> Worker::look_for_news() {
  if (!replays_.empty()) WEIR_TRY(see_replays());
  if (std::exchange(news_seen_, global_tables_->taken()) == global_tables_->taken()) return {};
  for (TaskSet::Member* member : by_news_) {
    if (member->task->is_replaying() || !member->task->has_news()) continue;
    WEIR_TRY(transaction_->begin());
    member->task->keep_place();
    tasks_->look_at(*member);
  }
  return {};
}

// An input that has enough is not fetched from. Where memory is short although nothing more can be freed, or all inputs
// together have enough, it is only if it has nothing. True: something came.
Result<bool> Worker::fetch(Millis patience, const EndTracker* ends) {
  const std::size_t most = upkeep_->is_out_of_room() ? 1 : shares_.fetched_of(tasks_->inputs());
  const bool any_open = tasks_->pause_and_resume(most);
  if (!any_open && patience == Millis(0)) return tasks_->has_work();  // else it waits for results
  auto polled = consumer_->poll(patience);
  if (!polled && polled.error().code == ErrorCode::offset_out_of_range) {
    WEIR_TRY(begin_where_records_are());
    return true;
  }
  WEIR_TRY_VAR(batches, std::move(polled));
  std::vector<log::PartitionOffset> taken;
  for (log::FetchedBatch& batch : batches) {
    if (options_.guarantee == at_most_once) {
      taken.push_back({batch.partition, {batch.batch.header.next_offset(), batch.batch.header.leader_epoch, {}}});
    }
    tasks_->take(std::move(batch));
  }
  if (!taken.empty()) WEIR_TRY(commit_positions(taken));
  WEIR_TRY(tasks_->find_known_ends(ends));
  return !batches.empty();
}

Result<> Worker::commit_positions(std::span<const log::PartitionOffset> taken) {
  WEIR_TRY_VAR(who, instance_.gate().enter(patience_with_members()));
  auto committed = consumer_->commit(who, taken);
  instance_.gate().leave();
  return committed;
}

// What an input holds changed under its reader: records were deleted before they were read, or it lost some. What is
// processed is committed; then the tasks begin anew, as after a restart, which decides what becomes of the gap.
Result<> Worker::begin_where_records_are() {
  WEIR_TRY(commit_now());
  return rebuild();
}

Result<> Worker::process(std::int64_t until_ms) {
  bool is_progress = true;
  while (is_progress && client_.clock().monotonic_ms() < until_ms) {
    is_progress = false;
    WEIR_TRY(call_timers());
    for (TaskSet::Member* member : tasks_->with_input()) {
      if (!member->task->has_input()) continue;
      WEIR_TRY(transaction_->begin());
      WEIR_TRY_VAR(count, member->task->process(kRecordsPerTurn));
      is_progress = is_progress || count == kRecordsPerTurn;  // fewer: its inputs are used up
      tasks_->look_at(*member);
      if (member->task->wants_commit()) transaction_->want_commit();
      upkeep_->note_processed(count);
      mailbox_.drain();
    }
    tasks_->settle();
    if (upkeep_->needs_commit()) {
      transaction_->want_commit();  // it does not wait for the clock
      return {};
    }
  }
  return {};
}

Result<> Worker::call_timers() {
  for (TaskSet::Member* member : tasks_->with_deadline()) {
    Task& task = *member->task;
    const bool has_results = task.has_results();
    if (has_results) {
      WEIR_TRY(transaction_->begin());
      WEIR_TRY(task.take_results());
    }
    const auto due_ms = task.next_deadline_ms();
    const bool is_due = due_ms && *due_ms <= client_.clock().wall_ms();
    if (is_due) {
      WEIR_TRY(transaction_->begin());
      WEIR_TRY(task.call_wall_timers());
    }
    if (!has_results && !is_due) continue;
    tasks_->look_at(*member);
    if (task.wants_commit()) transaction_->want_commit();
  }
  return {};
}

std::int64_t Worker::next_deadline_ms() const {
  std::int64_t deadline_ms =
      tasks_->with_progress().empty() ? std::numeric_limits<std::int64_t>::max() : transaction_->due_ms();
  const std::int64_t now_ms = client_.clock().monotonic_ms();
  for (const TaskSet::Member* member : tasks_->with_deadline()) {
    const auto due_ms = member->task->next_deadline_ms();  // in wall time
    if (!due_ms) continue;
    deadline_ms =
        std::min(deadline_ms, saturated_sum(now_ms, saturated_difference(*due_ms, client_.clock().wall_ms())));
  }
  return deadline_ms;
}

// --- commits ---

// While instances join each other the work goes on, and a commit can wait; not where memory is short.
Result<> Worker::commit_now(Waits waits) {
  transaction_->schedule();
  const std::vector<Task*> tasks = tasks_->tasks_with_progress();
  if (tasks.empty()) return upkeep_->run(place_.index);
  if (waits == Waits::no && !instance_.gate().is_open() && !upkeep_->needs_commit()) return {};
  auto [end, error] = transaction_->commit(tasks);
  switch (end) {
    case CommitEnd::committed:
      break;
    case CommitEnd::nothing_visible:
      return fail(std::move(error));  // `step` undoes all
    case CommitEnd::unknown:
      if (error.code == ErrorCode::producer_fenced || ++rebuilds_ > kMostRebuilds) return fail(std::move(error));
      log_line::warn("worker {}: the outcome of a commit is not known ({}); beginning anew from what is committed",
                     place_.index, error.to_string());
      return rebuild();
  }
  rebuilds_ = 0;
  has_committed_ = true;
  upkeep_->note_committed(tasks_->with_progress());
  for (TaskSet::Member* member : tasks_->with_progress()) tasks_->look_at(*member);
  tasks_->settle();
  return upkeep_->run(place_.index);
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
  for (TaskSet::Member* member : tasks_->running()) {
    if (member->is_at_end) continue;
    std::vector<log::TopicPartition> of_task;
    std::size_t known = 0;
    for (const TaskSet::Input& input : member->inputs) {
      const bool is_known = ends.is_done(input.queue->partition());
      known += is_known ? 1 : 0;
      if (!is_known && is_at_end(*input.queue, ends)) of_task.push_back(input.queue->partition());
    }
    member->is_at_end = known == member->inputs.size();
    if (of_task.empty()) continue;
    if (options_.close_windows_at_end) {
      if (of_task.size() < member->inputs.size()) continue;  // all at once, for what they hold back together
      WEIR_TRY(transaction_->begin());
      WEIR_TRY(member->task->close_windows());
      tasks_->look_at(*member);
    }
    finished.insert(finished.end(), of_task.begin(), of_task.end());
  }
  if (finished.empty()) return {};
  int rebuilds = rebuilds_;
  WEIR_TRY(commit_now());
  if (rebuilds_ != rebuilds) return {};  // the tasks were made anew and come here again
  return ends.done(finished, *consumer_);
}

// --- the end ---

Result<> Worker::close() {
  if (tasks_ && !tasks_->is_empty()) WEIR_TRY(give_up(tasks_->ids()));
  drop();
  return {};
}

void Worker::drop() {
  if (transaction_ && tasks_) transaction_->abort(tasks_->running_tasks(), place_.index);
  starts_.clear();
  by_news_.clear();
  replays_.clear();
  begun_by_news_ = 0;
  if (restorer_) restorer_->clear();
  if (tasks_) {
    const auto tasks = tasks_->ids();
    tasks_->clear();
    instance_.shares().given_up(tasks);
  }
  upkeep_.reset();
  global_reader_.reset();
  global_tables_.reset();  // who runs next opens the same directory
}

}  // namespace weir::streams
