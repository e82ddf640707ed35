#include "streams/runtime/task.h"

#include <algorithm>
#include <limits>

#include "log/base/assert.h"
#include "log/base/saturate.h"
#include "streams/operators/dead_letter.h"

namespace weir::streams {

// --- what nodes ask for ---

state::Store* Task::global_store(const std::string& name) {
  GlobalStore* found = options_.global_tables == nullptr ? nullptr : options_.global_tables->find(name);
  return found == nullptr ? nullptr : &found->rows();
}

const StoreSpec* Task::global_store_spec(const std::string& name) const {
  const GlobalStore* found = options_.global_tables == nullptr ? nullptr : options_.global_tables->find(name);
  return found == nullptr ? nullptr : &found->spec().store;
}

const StoreSpec* Task::store_spec(const std::string& name) const {
  auto found = plan_.topology->stores().find(name);
  return found == plan_.topology->stores().end() ? nullptr : &found->second;
}

state::KeyValueStore& Task::key_value_store(const std::string& name) {
  state::Store* found = store(name);
  WEIR_ASSERT(found != nullptr, name);
  return static_cast<state::KeyValueStore&>(*found);
}

state::WindowStore& Task::window_store(const std::string& name) {
  state::Store* found = store(name);
  WEIR_ASSERT(found != nullptr, name);
  return static_cast<state::WindowStore&>(*found);
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
  stores_.set_savepoint();
  async_.set_savepoint();
  outputs_.set_savepoint();
}

void Task::roll_back() {
  stores_.roll_back();
  async_.roll_back();
  counters_->sent.take_back(outputs_.roll_back());
}

void Task::release_savepoint() {
  stores_.release_savepoint();
  async_.release_savepoint();
  if (auto sent = outputs_.release_savepoint(); !sent) fail(sent.error());
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
    WEIR_TRY(wait_for_results());
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
      WEIR_TRY_VAR(has_record, queue.load());
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
    WEIR_TRY_VAR(count, run(*first, max_records - total, next_time));
    total += count;
    if (stop_ != Stop::no) WEIR_TRY(between_records());
  }
  WEIR_TRY(send_undecodable());
  WEIR_TRY_VAR(late, process_due(max_records - total));
  return total + late;
}

// Records that were put off and are due, whatever the time of the others.
Result<std::size_t> Task::process_due(std::size_t max_records) {
  std::size_t total = 0;
  for (RecordQueue& queue : queues_) {
    if (!queue.is_delayed()) continue;
    while (total < max_records && async_.has_room()) {
      WEIR_TRY_VAR(has_record, queue.load());
      if (!has_record || queue.due_ms() > wall_time_ms()) break;
      has_progress_ = true;
      WEIR_TRY_VAR(count, run(queue, 1, std::numeric_limits<std::int64_t>::max()));
      total += count;
      if (stop_ != Stop::no) WEIR_TRY(between_records());
    }
  }
  return total;
}

Result<> Task::send_undecodable() {
  for (RecordQueue& queue : queues_) {
    for (const UndecodableRecord& record : queue.take_undecodable()) {
      has_progress_ = true;
      const log::RecordView view = record.view();
      WEIR_TRY_VAR(letters, output(queue.decode_errors().topic(), TopicOwner::user));
      WEIR_TRY(send_dead_letter(*letters, {"decoding", queue.source_name(), record.reason},
                                SourceRecord{&queue.partition(), &view}, stream_time_ms()));
      counters_->dead_lettered.add();
      counters_->sent.add();
    }
  }
  return {};
}

// Only where something is to be looked at.
Result<> Task::between_records() {
  WEIR_TRY(take_results());
  WEIR_TRY(call_timers(TimerClock::stream_time, stream_time_ms()));
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
    async_.step(options_.clock->monotonic_ms());
    return {};
  });
}

Result<> Task::wait_for_results() {
  WEIR_TRY(take_results());
  while (!async_.is_idle()) {
    const Millis until_late(std::max<std::int64_t>(0, *async_.deadline_ms() - options_.clock->monotonic_ms()));
    const Millis at_most = options_.patience_for_results.value_or(until_late);
    if (!options_.results->wait(at_most) && options_.patience_for_results) {
      return weir::fail(ErrorCode::timed_out, to_string() + ": no result came within " +
                                                  std::to_string(at_most.count()) + " ms of real time");
    }
    WEIR_TRY(take_results());
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
    if (clock == TimerClock::stream_time) WEIR_TRY(wait_for_results());  // of the time before
    WEIR_TRY_VAR(called, guarded([&]() -> Result<bool> { return timers_.call_due(clock, now_ms); }));
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
  const std::int64_t now_ms = wall_time_ms();
  timers_.see_wall_time(now_ms);
  std::optional<std::int64_t> next = timers_.next_wall_ms();
  if (auto late = async_.deadline_ms()) {
    const std::int64_t late_ms = saturated_sum(now_ms, saturated_difference(*late, options_.clock->monotonic_ms()));
    next = std::min(next.value_or(late_ms), late_ms);
  }
  for (RecordQueue& queue : queues_) {
    if (!queue.is_delayed()) continue;
    auto loaded = queue.load();
    if (loaded && *loaded) next = std::min(next.value_or(queue.due_ms()), queue.due_ms());
  }
  return next;
}

Result<bool> Task::call_wall_timers() {
  timers_.see_wall_time(wall_time_ms());
  WEIR_TRY_VAR(was_due, call_timers(TimerClock::wall_clock, wall_time_ms()));
  WEIR_TRY(take_results());  // begins what timers sent
  return was_due;
}

Result<bool> Task::see_stream_time(std::int64_t time_ms) {
  others_time_ms_ = std::max(others_time_ms_, time_ms);
  return call_timers(TimerClock::stream_time, stream_time_ms());
}

bool Task::has_news() const {
  return std::any_of(by_news_.begin(), by_news_.end(), [](Node* node) { return node->has_news(); });
}

bool Task::is_replaying() const {
  return std::any_of(by_news_.begin(), by_news_.end(), [](Node* node) { return node->is_replaying(); });
}

Result<> Task::take_up(Node::TakeUp when) {
  if (by_news_.empty()) return {};
  return guarded([&]() -> Result<> {
    for (Node* node : by_news_) has_progress_ = node->take_up(when) || has_progress_;
    return {};
  });
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

}  // namespace weir::streams
