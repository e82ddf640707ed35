#include "streams/operators/stream_join_node.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "streams/operators/error_guard.h"

namespace weir::streams {

StreamJoinNode::StreamJoinNode(Buffers buffers, const TypeOps* key, JoinWindowing windowing, OuterSides outer,
                               Compat compat)
    : names_(std::move(buffers)),
      windowing_(windowing),
      outer_(outer),
      key_type_(key),
      encoder_(key),
      decoded_key_(key) {
  if (compat == Compat::kafka) kafka_.emplace(windowing);
}

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
    if (!kafka_ || kafka_->looks_through(side, time_ms_)) let_go(time_ms_);
    expire_buffers();
  }
  const bool is_over = kafka_ ? kafka_->goes_at_once(side, record.timestamp_ms, time_ms_)
                              : windowing_.is_over(side, record.timestamp_ms, time_ms_);
  if (is_over && !is_latest && !kafka_) return scope_->counters().dropped_late.add();

  const EncodedKey key = encoder_(record);
  const void* mine = owned(side, value);
  const bool has_partner = join_partners(side, record, key, mine);
  (has_partner ? scope_->counters().paired : scope_->counters().unpaired).add();
  const bool is_alone = !has_partner && outer_.has(side);
  if (is_alone && is_over) join_pair(side, record, mine, nullptr);
  if (has_one_buffer() && side == JoinSide::right) return;  // it lies there as a left one
  keep(side, record.with_value(mine), key, is_alone && !is_over);
  // Keys are about as long as one another.
  buffer(side).charge_index(waiting(side).size() * state::tree_entry(sizeof(Place), key.bytes.size()));
}

bool StreamJoinNode::join_partners(JoinSide side, const Record& record, const EncodedKey& key, const void* value) {
  const JoinSide other = other_side(side);
  state::WindowStore::Keyed* partners = buffer(other).find(key.bytes, key.hash);
  if (partners == nullptr) return false;
  bool has_partner = false;
  std::int64_t from = windowing_.first_partner(side, record.timestamp_ms);
  if (kafka_) from = std::max(from, kafka_->first_found(other));
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
  if (kafka_) {
    kafka_->put(side, record.timestamp_ms);
    if (must_wait) kafka_->wait(record.timestamp_ms);
    if (!must_wait && record.timestamp_ms < kafka_->first_found(side)) return;  // nobody will find it
  }
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
  if (kafka_) kafka_->forget();
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  for (JoinSide side : {JoinSide::left, JoinSide::right}) {
    if (!outer_.has(side) && !kafka_) continue;
    buffer(side).scan_closed(0, kEver, [&](state::Row& row) {
      if (kafka_) kafka_->put(side, row.window_start_ms());
      if (!waits(side, const_cast<void*>(row.value()))) return true;
      if (kafka_) kafka_->wait(row.window_start_ms());
      waiting(side).emplace(row.window_start_ms(), row.key(), row.sequence());
      return true;
    });
  }
}

// Those that are over at that time; without one all.
void StreamJoinNode::let_go(std::optional<std::int64_t> time_ms) {
  std::optional<std::int64_t> last_gone;
  auto is_due = [&](JoinSide side) {
    if (waiting(side).empty()) return false;
    return !time_ms || windowing_.is_over(side, std::get<0>(*waiting(side).begin()), *time_ms);
  };
  for (;;) {
    const bool left = is_due(JoinSide::left);
    const bool right = is_due(JoinSide::right);
    if (!left && !right) break;
    const bool is_right_first = right && (!left || std::get<0>(*waiting(JoinSide::right).begin()) <=
                                                       std::get<0>(*waiting(JoinSide::left).begin()));
    const JoinSide first = is_right_first ? JoinSide::right : JoinSide::left;
    last_gone = std::max(last_gone, std::optional(std::get<0>(*waiting(first).begin())));
    let_go_first(first);
  }
  if (kafka_) kafka_->remember_oldest(std::max(last_gone, last_looked_at()));
}

// Of those that wait after a look at them, in their order: the one behind the first two of different sides, or the
// last.
std::optional<std::int64_t> StreamJoinNode::last_looked_at() {
  auto time_of = [](const Place& place) {
    return std::get<0>(place);
  };
  for (JoinSide side : {JoinSide::left, JoinSide::right}) {
    const Waiting& others = waiting(other_side(side));
    if (!waiting(side).empty()) continue;
    return others.empty() ? std::nullopt : std::optional(time_of(*others.rbegin()));
  }
  const std::int64_t first_left = time_of(*waiting(JoinSide::left).begin());
  const std::int64_t first_right = time_of(*waiting(JoinSide::right).begin());
  const JoinSide later = first_right > first_left ? JoinSide::right : JoinSide::left;
  const std::int64_t time = std::max(first_left, first_right);
  const Waiting& others = waiting(other_side(later));
  const auto behind = std::next(waiting(later).begin());
  const auto behind_of_others =
      others.lower_bound(PlaceView{later == JoinSide::left ? saturated_sum(time, 1) : time, {}, 0});
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  if (behind != waiting(later).end()) next = time_of(*behind);
  if (behind_of_others != others.end()) next = std::min(next, time_of(*behind_of_others));
  return next == std::numeric_limits<std::int64_t>::max() ? time : next;
}

void StreamJoinNode::expire_buffers() {
  for (JoinSide side : {JoinSide::left, JoinSide::right}) {
    std::int64_t time = time_ms_;
    if (kafka_) {
      time = kafka_->seen_ms(side);
      if (!waiting(side).empty()) {
        time = std::min(time, saturated_sum(std::get<0>(*waiting(side).begin()), buffer(side).retention_ms()));
      }
    }
    buffer(side).expire(time);
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
  if (kafka_) {
    waits(side, mine.modify(*row, time)) = false;
  } else {
    mine.erase(*row, time);
  }
}

void StreamJoinNode::close_windows() {
  find_waiting();
  let_go(std::nullopt);
}

void StreamJoinNode::join_pair(JoinSide side, const Record& record, const void* mine, const void* partner) {
  const bool is_left = side == JoinSide::left;
  join(record, is_left ? mine : partner, is_left ? partner : mine);
}

}  // namespace weir::streams
