#include "streams/operators/window_aggregate_node.h"

#include <limits>
#include <new>

#include "streams/operators/windowed_key.h"

namespace weir::streams {

namespace {

void* new_object(const TypeOps& type) {
  void* raw = ::operator new(type.size, std::align_val_t(type.align));
  type.construct(raw);
  return raw;
}

void delete_object(const TypeOps& type, void* object) {
  if (object == nullptr) return;
  type.destroy(object);
  ::operator delete(object, std::align_val_t(type.align));
}

}  // namespace

WindowAggregateNode::WindowAggregateNode(std::string store, TimeWindowing windowing, Emit emit,
                                         const WindowedKeyOps& keys)
    : store_name_(std::move(store)),
      windowing_(windowing),
      emit_(emit),
      keys_(keys),
      windowed_key_(new_object(*keys.windowed)),
      decoded_key_(new_object(*keys.key)) {}

WindowAggregateNode::~WindowAggregateNode() {
  delete_object(*keys_.windowed, windowed_key_);
  delete_object(*keys_.key, decoded_key_);
}

Result<> WindowAggregateNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.window_store(store_name_);
  if (sends_old_values()) old_.emplace(&store_->value_type());
  return {};
}

std::optional<std::int64_t> WindowAggregateNode::event_time_ms() const {
  if (store_->observed_time_ms() < 0) return std::nullopt;
  return store_->observed_time_ms();
}

void WindowAggregateNode::restore_event_time(std::int64_t time_ms) {
  store_->expire(time_ms);
}

void WindowAggregateNode::process(const Record& record) {
  if (record.key == nullptr) {
    scope_->counters().dropped_null_key.add();
    return;
  }
  const std::int64_t before = store_->observed_time_ms();
  store_->expire(record.timestamp_ms);
  const std::int64_t time = store_->observed_time_ms();

  EncodedKey key = encoded_key(record);
  std::int64_t start = windowing_.first_start(record.timestamp_ms);
  state::WindowStore::Keyed& keyed = store_->keyed(key.bytes, key.hash);
  bool is_in = start <= record.timestamp_ms;
  while (is_in) {
    if (windowing_.is_closed(start, time)) {
      scope_->counters().dropped_late.add();
    } else {
      scope_->counters().in_time.add();
      update_window(keyed, start, record);
    }
    is_in = windowing_.has_next(start, record.timestamp_ms);
    if (is_in) start += windowing_.advance_ms;
  }
  emit_closed_since(before);
}

EncodedKey WindowAggregateNode::encoded_key(const Record& record) {
  if (record.encoded_key != nullptr) return *record.encoded_key;
  Bytes bytes = keys_.key->encode_key(record.key, scratch_);
  return {bytes, state::WindowStore::hash(bytes)};
}

void WindowAggregateNode::update_window(state::WindowStore::Keyed& keyed, std::int64_t start_ms, const Record& record,
                                        OldIsShown old_is_shown) {
  state::Row& row = store_->at(keyed, start_ms);
  IsNew is_new = row.exists() ? IsNew::no : IsNew::yes;
  std::int64_t timestamp = record.timestamp_ms;
  if (row.exists()) timestamp = std::max(timestamp, row.timestamp_ms());
  const bool shows_old = sends_old_values() && old_is_shown == OldIsShown::yes;
  const void* old = shows_old ? old_value(row) : nullptr;
  if (!update(store_->modify(row, timestamp), is_new, record)) store_->erase(row, timestamp);
  emit_update(record.key, start_ms, {row.value(), old}, timestamp);
}

TableRow WindowAggregateNode::look_up(const void*, const EncodedKey& encoded_key) {
  const auto [key, window] = split_windowed_key(encoded_key.bytes);
  if (windowing_.end_of(window.start_ms) != window.end_ms) return {};
  if (!windowing_.is_found(window.start_ms, store_->observed_time_ms())) return {};
  state::WindowStore::Keyed* keyed = store_->find(key, state::WindowStore::hash(key));
  const state::Row* row = keyed == nullptr ? nullptr : store_->find(*keyed, window.start_ms);
  return row == nullptr ? TableRow{} : TableRow{row->value(), row->timestamp_ms()};
}

const void* WindowAggregateNode::old_value(const state::Row& row) {
  if (row.exists()) return old_->assign(row.value());
  return shows_initial_value() && set_initial(old_->get()) ? old_->get() : nullptr;
}

// Those that were open at `before_ms` and are closed at `time_ms`. The store's reads end where windows are closed, so
// it is asked for its rows as they were before this step of time.
void WindowAggregateNode::emit_closed(std::int64_t before_ms, std::int64_t time_ms) {
  const std::int64_t from = before_ms < 0 ? 0 : first_open(before_ms);
  const std::int64_t to = first_open(time_ms);
  if (has_start_within(from, to)) emit_between(from, to);
}

// Windows that start earlier are closed at that time.
std::int64_t WindowAggregateNode::first_open(std::int64_t time_ms) const {
  if (windowing_.retention_ms() == kForeverMs) return 0;
  const std::int64_t first_endless = kForeverMs - windowing_.size_ms;  // its end is behind the last moment
  return std::min(time_ms - windowing_.retention_ms() + 1, first_endless);
}

// Most steps of time close none of the windows that start every so often.
bool WindowAggregateNode::has_start_within(std::int64_t from_ms, std::int64_t to_ms) const {
  if (from_ms >= to_ms) return false;
  const std::int64_t advance = windowing_.advance_ms;
  if (advance <= 1 || from_ms <= 0) return true;
  return (to_ms - 1) / advance != (from_ms - 1) / advance;
}

void WindowAggregateNode::emit_between(std::int64_t from_ms, std::int64_t to_ms) {
  store_->scan_closed(from_ms, to_ms, [&](state::Row& row) {
    if (!keys_.key->decode(row.key(), decoded_key_)) {
      scope_->fail({ErrorCode::corrupt_data, "store " + store_name_ + ": a key is no " + keys_.key->name});
      return false;
    }
    emit(decoded_key_, row.window_start_ms(), {row.value(), nullptr}, row.timestamp_ms());
    return true;
  });
}

void WindowAggregateNode::close_windows() {
  if (emit_ != Emit::on_close) return;
  const std::int64_t before = store_->observed_time_ms();
  std::int64_t latest_start = -1;
  store_->scan(0, std::numeric_limits<std::int64_t>::max(), [&](state::Row& row) {
    latest_start = row.window_start_ms();
    return true;
  });
  if (latest_start < 0) return;
  // Just so far that the latest window is closed: what a later run brings for the windows after it is not late. Windows
  // that never close give what they have, and stay open.
  const std::int64_t end = std::max(before, saturated_sum(latest_start, windowing_.retention_ms()));
  if (end < kForeverMs) store_->expire(end);
  emit_between(before < 0 ? 0 : first_open(before), saturated_sum(latest_start, 1));
}

void WindowAggregateNode::emit(const void* key, std::int64_t start_ms, Change change, std::int64_t timestamp_ms) {
  if (!has_children()) return;
  keys_.set(windowed_key_, key, {start_ms, windowing_.end_of(start_ms)});
  forward({windowed_key_, change.fresh, timestamp_ms, nullptr, nullptr, change.old});
}

}  // namespace weir::streams
