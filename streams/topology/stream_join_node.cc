#include "streams/topology/stream_join_node.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "streams/topology/error_guard.h"

namespace weir::streams {

StreamJoinNode::StreamJoinNode(Buffers buffers, const TypeOps* key, JoinWindowing windowing, OuterSides outer)
    : names_(std::move(buffers)),
      windowing_(windowing),
      outer_(outer),
      key_type_(key),
      encoder_(key),
      decoded_key_(key) {}

Result<> StreamJoinNode::open(TaskScope& scope) {
  scope_ = &scope;
  buffers_ = {&scope.window_store(names_.left), &scope.window_store(names_.right)};
  return {};
}

void StreamJoinNode::process(const Record& sided_record) {
  const auto [side, value] = *static_cast<const SidedValue*>(sided_record.value);
  const Record record = sided_record.with_value(value);
  find_waiting();
  time_ms_ = std::max(time_ms_, record.timestamp_ms);
  if (value == nullptr) return scope_->counters().dropped_null_value.add();
  if (record.key == nullptr) {
    if (!outer_.has(side)) return scope_->counters().dropped_null_key.add();
    return join_pair(side, record, owned(side, value), nullptr);
  }
  const bool is_latest = record.timestamp_ms == time_ms_;
  if (is_latest) {
    let_go(time_ms_);
    for (state::WindowStore* buffer : buffers_) buffer->expire(time_ms_);
  }
  const bool is_over = windowing_.is_over(side, record.timestamp_ms, time_ms_);
  if (is_over && !is_latest) return scope_->counters().dropped_late.add();

  const EncodedKey key = encoder_(record);
  const void* mine = owned(side, value);
  const bool has_partner = join_partners(side, record, key, mine);
  const bool is_alone = !has_partner && outer_.has(side);
  if (is_alone && is_over) join_pair(side, record, mine, nullptr);
  if (has_one_buffer() && side == JoinSide::right) return;  // it lies there as a left one
  keep(side, record.with_value(mine), key, is_alone && !is_over);
}

bool StreamJoinNode::join_partners(JoinSide side, const Record& record, const EncodedKey& key, const void* value) {
  const JoinSide other = other_side(side);
  state::WindowStore::Keyed* partners = buffer(other).find(key.bytes, key.hash);
  if (partners == nullptr) return false;
  bool has_partner = false;
  const std::int64_t from = windowing_.first_partner(side, record.timestamp_ms);
  const std::int64_t to = windowing_.last_partner(side, record.timestamp_ms);
  for (state::Row* row : buffer(other).between(*partners, from, to)) {
    if (!row->exists()) continue;
    has_partner = true;
    stop_waiting(other, *row);
    Record result = record;
    result.encoded_key = &key;
    result.timestamp_ms = std::max(record.timestamp_ms, row->window_start_ms());
    join_pair(side, result, value, value_of(other, row->value()));
  }
  return has_partner;
}

void StreamJoinNode::keep(JoinSide side, const Record& record, const EncodedKey& key, bool must_wait) {
  state::WindowStore& mine = buffer(side);
  state::Row& row = mine.add(mine.keyed(key.bytes, key.hash), record.timestamp_ms);
  void* kept = mine.modify(row, record.timestamp_ms);
  set_value(side, kept, record.value);
  waits(side, kept) = must_wait;
  if (must_wait) waiting(side).emplace(record.timestamp_ms, key.bytes, row.sequence());
}

void StreamJoinNode::stop_waiting(JoinSide side, state::Row& row) {
  if (waiting(side).empty() || !waits(side, const_cast<void*>(row.value()))) return;
  waits(side, buffer(side).modify(row, row.timestamp_ms())) = false;
  waiting(side).erase(waiting(side).find(PlaceView{row.window_start_ms(), row.key(), row.sequence()}));
}

// --- those without a partner ---

void StreamJoinNode::find_waiting() {
  const std::uint64_t rollbacks = buffers_[0]->rollbacks() + buffers_[1]->rollbacks();
  if (waiting_as_of_ == rollbacks) return;
  waiting_as_of_ = rollbacks;
  for (Waiting& side : waiting_) side.clear();
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  for (JoinSide side : {JoinSide::left, JoinSide::right}) {
    if (!outer_.has(side)) continue;
    buffer(side).scan_closed(0, kEver, [&](state::Row& row) {
      if (!waits(side, const_cast<void*>(row.value()))) return true;
      waiting(side).emplace(row.window_start_ms(), row.key(), row.sequence());
      return true;
    });
  }
}

void StreamJoinNode::let_go(std::int64_t time_ms) {
  auto is_due = [&](JoinSide side) {
    return !waiting(side).empty() && windowing_.is_over(side, std::get<0>(*waiting(side).begin()), time_ms);
  };
  for (;;) {
    const bool left = is_due(JoinSide::left);
    const bool right = is_due(JoinSide::right);
    if (!left && !right) return;
    const bool is_right_first = right && (!left || std::get<0>(*waiting(JoinSide::right).begin()) <=
                                                       std::get<0>(*waiting(JoinSide::left).begin()));
    let_go_first(is_right_first ? JoinSide::right : JoinSide::left);
  }
}

void StreamJoinNode::let_go_first(JoinSide side) {
  const auto [time, bytes, sequence] = std::move(waiting(side).extract(waiting(side).begin()).value());
  const EncodedKey key{bytes, state::WindowStore::hash(bytes)};
  state::WindowStore& mine = buffer(side);
  state::Row* row = mine.find(mine.keyed(key.bytes, key.hash), time, sequence);
  if (row == nullptr) return;  // the store has failed, and says so
  if (!key_type_->decode(bytes, decoded_key_.get())) {
    return scope_->fail({ErrorCode::corrupt_data, "store " + mine.name() + ": a key is no " + key_type_->name});
  }
  const Record alone{decoded_key_.get(), nullptr, time, nullptr, &key};
  auto go = [&] {
    join_pair(side, alone, value_of(side, row->value()), nullptr);
  };
  if (guard() != nullptr) {
    guard()->run(go, nullptr);
  } else {
    go();
  }
  mine.erase(*row, time);
}

void StreamJoinNode::close_windows() {
  find_waiting();
  let_go(std::numeric_limits<std::int64_t>::max());
}

void StreamJoinNode::join_pair(JoinSide side, const Record& record, const void* mine, const void* partner) {
  const bool is_left = side == JoinSide::left;
  join(record, is_left ? mine : partner, is_left ? partner : mine);
}

}  // namespace weir::streams
