#include "streams/operators/sliding_aggregate_node.h"

#include <algorithm>

namespace weir::streams {

void SlidingAggregateNode::process(const Record& record) {
  if (record.key == nullptr) return counters().dropped_null_key.add();
  if (record.value == nullptr) return counters().dropped_null_value.add();
  const std::int64_t before = store().observed_time_ms();
  store().expire(record.timestamp_ms);
  if (is_closed(record.timestamp_ms)) {  // the last window that it could be in
    counters().dropped_late.add();
  } else {
    counters().in_time.add();
    EncodedKey key = encoded_key(record);
    Keyed& keyed = store().keyed(key.bytes, key.hash);
    add_right_window(keyed, record);
    update_windows(keyed, record);
  }
  emit_closed_since(before);
}

// The window with the same records as the one that starts at `start_ms`, if that has any.
const state::Row* SlidingAggregateNode::like(const Keyed& keyed, std::int64_t start_ms) const {
  for (auto at = keyed.windows.rbegin(); at != keyed.windows.rend(); ++at) {
    const state::Row& row = **at;
    if (row.exists() && row.window_start_ms() <= start_ms) return row.timestamp_ms() >= start_ms ? &row : nullptr;
  }
  return nullptr;
}

// Of the records that came later in time, if it is new.
void SlidingAggregateNode::add_right_window(Keyed& keyed, const Record& record) {
  if (record.timestamp_ms == kForeverMs) return;  // nothing comes later
  const std::int64_t start = record.timestamp_ms + 1;
  const state::Row* same = like(keyed, start);
  if (same == nullptr || is_closed(start) || same->window_start_ms() == start) return;
  const std::int64_t timestamp = same->timestamp_ms();
  state::Row& row = store().at(keyed, start);
  store().put(row, same->value(), timestamp);
  emit_update(record.key, start, {row.value(), nullptr}, timestamp);
}

void SlidingAggregateNode::update_windows(Keyed& keyed, const Record& record) {
  const std::int64_t time = record.timestamp_ms;
  const std::int64_t left = std::max<std::int64_t>(0, time - difference_ms_);  // of the window that ends here
  const state::Row* same = like(keyed, left);
  const bool is_left_new = (same == nullptr || same->window_start_ms() != left) && !is_closed(left);

  std::vector<std::int64_t> there;
  std::int64_t latest_before = -1;
  // What starts earlier ended before the window that ends here begins.
  for (const state::Row* row : store().between(keyed, saturated_difference(left, difference_ms_), time)) {
    if (!row->exists()) continue;
    if (row->timestamp_ms() < time) latest_before = std::max(latest_before, row->timestamp_ms());
    bool holds_it = row->window_start_ms() >= left && row->window_start_ms() <= time;
    if (holds_it && !is_closed(row->window_start_ms())) there.push_back(row->window_start_ms());
  }
  if (is_left_new) {
    if (same != nullptr) store().put(store().at(keyed, left), same->value(), same->timestamp_ms());
    update_window(keyed, left, record, OldIsShown::no);
  }
  for (std::int64_t start : there) update_window(keyed, start, record);

  // The window right of the record before is not empty any more.
  const std::int64_t right_of_before = latest_before + 1;
  const bool is_right_new = latest_before >= 0 && right_of_before > left && !is_closed(right_of_before) &&
                            std::find(there.begin(), there.end(), right_of_before) == there.end();
  if (is_right_new) update_window(keyed, right_of_before, record);
}

}  // namespace weir::streams
