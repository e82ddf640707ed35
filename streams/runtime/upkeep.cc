#include "streams/runtime/upkeep.h"

#include <algorithm>

#include "log/base/log_line.h"
#include "log/base/saturate.h"

namespace weir::streams {

namespace {

constexpr std::size_t kDirtyRowBytes = 128;          // what one takes at least while it is written down
constexpr std::size_t kFewDirtyRows = 16'384;        // do not make a commit
constexpr std::size_t kRecordsPerDirtyRow = 4;       // until changed values are measured again, at least
constexpr std::size_t kMostRecordsPerDirtyRow = 64;  // where they grow little

}  // namespace

Upkeep::Upkeep(TaskSet& tasks, GlobalTables* globals, const Plan& plan, Clock& clock, const AppOptions& options,
               std::unique_ptr<log::Admin> admin)
    : tasks_(tasks),
      globals_(globals),
      plan_(plan),
      clock_(clock),
      shares_(MemoryShares::of(options.memory_limit, options.threads)),
      apply_interval_(options.apply_interval),
      purge_(std::move(admin), options.purge_interval),
      records_per_dirty_row_(kRecordsPerDirtyRow) {
  schedule();
}

void Upkeep::schedule() {
  next_apply_ms_ = saturated_sum(clock_.monotonic_ms(), apply_interval_.count());
}

// --- memory ---

std::size_t Upkeep::row_bytes() const {
  return tasks_.usage().row_bytes + (globals_ == nullptr ? 0 : globals_->memory_bytes());
}

std::size_t Upkeep::pending_bytes() const {
  return tasks_.usage().pending_bytes + (globals_ == nullptr ? 0 : globals_->pending_bytes());
}

void Upkeep::note_processed(std::size_t records) {
  since_measured_ += records;
  if (since_measured_ < tasks_.usage().dirty_rows * records_per_dirty_row_) return;
  since_measured_ = 0;
  const std::size_t before = row_bytes();
  for (TaskSet::Member* member : tasks_.with_progress()) {
    member->task->measure();
    tasks_.look_at(*member);
  }
  const std::size_t used = row_bytes();
  const std::size_t room = shares_.rows - std::min(shares_.rows, used);
  const bool is_little = used <= before || used - before < room / 8;
  records_per_dirty_row_ =
      is_little ? std::min(2 * records_per_dirty_row_, kMostRecordsPerDirtyRow) : kRecordsPerDirtyRow;
}

// Where the last eviction could not free enough, there must be more than it left before the next one is of any use.
bool Upkeep::is_short() const {
  return row_bytes() > std::max(shares_.rows, rows_left_ + shares_.rows / 4);
}

bool Upkeep::needs_commit() const {
  return is_short() || tasks_.usage().dirty_rows > std::max(shares_.pending / kDirtyRowBytes, kFewDirtyRows);
}

// Of every store its part, as it holds of all. Twice: what was used since the last look stays at the first.
void Upkeep::evict(std::size_t down_to) {
  for (int look = 0; look < 2; ++look) {
    const std::size_t used = row_bytes();
    if (used <= down_to) break;
    const double part = static_cast<double>(used - down_to) / static_cast<double>(used);
    auto part_of = [part](std::size_t bytes) {
      return static_cast<std::size_t>(part * static_cast<double>(bytes));
    };
    for (TaskSet::Member* member : tasks_.running()) {
      for (Task::Store& store : member->task->stores()) store.rows->evict(part_of(store.rows->memory_bytes()));
      tasks_.look_at(*member);
    }
    if (globals_ != nullptr) globals_->evict(part_of(globals_->memory_bytes()));
  }
  rows_left_ = row_bytes();
}

// --- after a commit ---

void Upkeep::note_committed(std::span<TaskSet::Member* const> members) {
  for (const TaskSet::Member* member : members) {
    for (const TaskSet::Input& input : member->inputs) {
      if (input.queue->topic_owner() == TopicOwner::user) continue;
      purge_.note(input.queue->partition(), input.queue->next_offset());
    }
  }
}

Result<> Upkeep::run(int worker) {
  purge(worker);
  const std::int64_t now = clock_.monotonic_ms();
  const bool is_short = this->is_short();
  if (now < next_apply_ms_ && !is_short && pending_bytes() <= shares_.pending_beside(row_bytes())) return {};
  schedule();
  WEIR_TRY(apply());
  if (is_short) evict(shares_.rows / 2);
  return {};
}

Result<> Upkeep::write_down() {
  schedule();
  return apply();
}

// What cannot be deleted now costs room only.
void Upkeep::purge(int worker) {
  if (auto purged = purge_.run_if_due(clock_.monotonic_ms()); !purged) {
    log_line::warn("worker {}: topics between stages were not purged: {}", worker, purged.error().to_string());
  }
}

Result<> Upkeep::apply() {
  for (TaskSet::Member* member : tasks_.running()) {
    for (Task::Store& store : member->task->stores()) {
      WEIR_TRY(store.rows->apply(position_of(*member->task, store)));
    }
    tasks_.look_at(*member);
  }
  if (globals_ != nullptr) WEIR_TRY(globals_->apply(clock_.wall_ms()));
  return {};
}

// How far what is committed in the store goes: nobody else writes to its changelog.
state::Position Upkeep::position_of(const Task& task, const Task::Store& store) const {
  state::Position position;
  position.commit_time_ms = clock_.wall_ms();
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

}  // namespace weir::streams
