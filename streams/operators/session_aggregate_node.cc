#include "streams/operators/session_aggregate_node.h"

#include <algorithm>
#include <limits>

#include "streams/operators/windowed_key.h"

namespace weir::streams {

SessionAggregateNode::SessionAggregateNode(std::string store, SessionWindowing windowing, Emit emit,
                                           const WindowedKeyOps& keys)
    : store_name_(std::move(store)),
      windowing_(windowing),
      emit_(emit),
      keys_(keys),
      encoder_(keys.key),
      windowed_key_(keys.windowed),
      decoded_key_(keys.key) {}

Result<> SessionAggregateNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.window_store(store_name_);
  merged_.emplace(&store_->value_type());
  old_.emplace(&store_->value_type());
  return {};
}

std::optional<std::int64_t> SessionAggregateNode::event_time_ms() const {
  if (store_->observed_time_ms() < 0) return std::nullopt;
  return store_->observed_time_ms();
}

void SessionAggregateNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  const std::int64_t before = store_->observed_time_ms();
  store_->expire(record.timestamp_ms);
  const std::int64_t time = store_->observed_time_ms();

  EncodedKey key = encoder_(record);
  Keyed& keyed = store_->keyed(key.bytes, key.hash);
  std::vector<state::Row*> merged = near(keyed, record.timestamp_ms);
  Window session{record.timestamp_ms, record.timestamp_ms};
  for (const state::Row* row : merged) {
    session.start_ms = std::min(session.start_ms, start_of(*row));
    session.end_ms = std::max(session.end_ms, row->window_start_ms());
  }
  if (windowing_.is_closed(session.end_ms, time)) {
    scope_->counters().dropped_late.add();
  } else {
    scope_->counters().in_time.add();
    add(keyed, merged, session, record);
  }
  if (emit_ == Emit::on_close && time > before) emit_closed(before, time);
}

// Sessions that a record at `time_ms` belongs to, in ascending order: those of one key are more than a gap apart, so by
// their ends is by their starts. Looked for from the latest on: a key has rows of sessions that grew and went.
std::vector<state::Row*> SessionAggregateNode::near(Keyed& keyed, std::int64_t time_ms) {
  std::vector<state::Row*> found;
  const std::int64_t first_end = time_ms - windowing_.gap_ms;
  const std::int64_t last_start = saturated_sum(time_ms, windowing_.gap_ms);
  for (auto at = keyed.windows.rbegin(); at != keyed.windows.rend(); ++at) {
    state::Row* row = *at;
    if (row->window_start_ms() < first_end) break;
    if (!row->exists() || windowing_.is_closed(row->window_start_ms(), store_->observed_time_ms())) continue;
    if (start_of(*row) > last_start) continue;
    found.push_back(row);
    if (start_of(*row) <= time_ms) break;  // those before it end more than a gap before it begins
  }
  std::reverse(found.begin(), found.end());
  return found;
}

void SessionAggregateNode::add(Keyed& keyed, std::span<state::Row* const> merged, Window session,
                               const Record& record) {
  std::vector<const void*> aggregates;
  for (const state::Row* row : merged) aggregates.push_back(aggregate_of(row->value()));
  const bool exists = merge(merged_->get(), aggregates, record);
  start_of(merged_->get()) = session.start_ms;

  // A session of one moment stays what it was: it needs not be taken back.
  const bool is_same = session.start_ms == session.end_ms;
  for (state::Row* row : merged) {
    if (!is_same) take_back(*row, record.key);
  }
  // The latest goes on as the merged one: most sessions grow at their ends.
  state::Row& row =
      merged.empty() ? store_->at(keyed, session.end_ms) : store_->move(keyed, *merged.back(), session.end_ms);
  store_->put(row, exists ? merged_->get() : nullptr, session.end_ms);
  if (emit_ == Emit::on_update) {
    emit(record.key, session, exists ? aggregate_of(row.value()) : nullptr, nullptr);
  }
}

void SessionAggregateNode::take_back(state::Row& row, const void* key) {
  const Window session{start_of(row), row.window_start_ms()};
  const void* old = sends_old_values() ? aggregate_of(old_->assign(row.value())) : nullptr;
  store_->erase(row, session.end_ms);
  if (emit_ == Emit::on_update) emit(key, session, nullptr, old);
}

TableRow SessionAggregateNode::look_up(const void*, const EncodedKey& encoded_key) {
  const auto [key, session] = split_windowed_key(encoded_key.bytes);
  if (!windowing_.is_found(session.end_ms, store_->observed_time_ms())) return {};
  Keyed* keyed = store_->find(key, state::WindowStore::hash(key));
  const state::Row* row = keyed == nullptr ? nullptr : store_->find(*keyed, session.end_ms);
  if (row == nullptr || start_of(*row) != session.start_ms) return {};
  return {aggregate_of(row->value()), row->timestamp_ms()};
}

// Those that were open at `before_ms` and are closed at `time_ms`: by end, then start, then key.
void SessionAggregateNode::emit_closed(std::int64_t before_ms, std::int64_t time_ms) {
  emit_between(before_ms < 0 ? 0 : before_ms - windowing_.retention_ms(), time_ms - windowing_.retention_ms());
}

void SessionAggregateNode::emit_between(std::int64_t from_ms, std::int64_t to_ms) {
  std::vector<state::Row*> closed;
  store_->scan_closed(from_ms, to_ms, [&](state::Row& row) {
    closed.push_back(&row);
    return true;
  });
  std::stable_sort(closed.begin(), closed.end(), [this](const state::Row* a, const state::Row* b) {
    if (a->window_start_ms() != b->window_start_ms()) return a->window_start_ms() < b->window_start_ms();
    return start_of(*a) < start_of(*b);
  });
  for (const state::Row* row : closed) {
    if (!keys_.key->decode(row->key(), decoded_key_.get())) {
      return scope_->fail({ErrorCode::corrupt_data, "store " + store_name_ + ": a key is no " + keys_.key->name});
    }
    emit(decoded_key_.get(), {start_of(*row), row->window_start_ms()}, aggregate_of(row->value()), nullptr);
  }
}

void SessionAggregateNode::close_windows() {
  if (emit_ != Emit::on_close) return;
  const std::int64_t before = store_->observed_time_ms();
  std::int64_t latest_end = -1;
  store_->scan(0, std::numeric_limits<std::int64_t>::max(), [&](state::Row& row) {
    latest_end = row.window_start_ms();
    return true;
  });
  if (latest_end < 0) return;
  // Just so far that the latest session is closed. Sessions that never close give what they have, and stay open.
  const std::int64_t end = std::max(before, saturated_sum(saturated_sum(latest_end, windowing_.retention_ms()), 1));
  if (end < kForeverMs) store_->expire(end);
  emit_between(before < 0 ? 0 : before - windowing_.retention_ms(), saturated_sum(latest_end, 1));
}

void SessionAggregateNode::emit(const void* key, Window session, const void* fresh, const void* old) {
  if (!has_children()) return;
  keys_.set(windowed_key_.get(), key, session);
  forward({windowed_key_.get(), fresh, session.end_ms, nullptr, nullptr, old});
}

}  // namespace weir::streams
