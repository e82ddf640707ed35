#include "streams/operators/suppress_node.h"

#include <algorithm>
#include <limits>

#include "log/base/saturate.h"

namespace weir::streams {

Result<> SuppressNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(store_name_);
  going_.emplace(&store_->value_type());
  return {};
}

void SuppressNode::process(const Record& record) {
  if (record.key == nullptr) return scope_->counters().dropped_null_key.add();
  find_places();
  time_ms_ = std::max(time_ms_, record.timestamp_ms);
  hold(record);
  // What ends behind the last moment does not end with it.
  let_go_until(std::min(saturated_difference(time_ms_, suppression_.wait_ms), kForeverMs - 1));
  if (is_over_limit()) keep_limit();
  // Keys are about as long as one another.
  const std::size_t key_size = places_.empty() ? 0 : places_.begin()->first.second.size();
  store_->charge_index(places_.size() * state::tree_entry(sizeof(Places::value_type), key_size));
}

bool SuppressNode::is_over_limit() const {
  return (suppression_.max_keys && places_.size() > *suppression_.max_keys) ||
         (suppression_.max_bytes && held_bytes_ > *suppression_.max_bytes);
}

void SuppressNode::keep_limit() {
  if (suppression_.when_full == WhenFull::stop) {
    return scope_->fail({ErrorCode::wrong_state,
                         "operator " + name() + ": more is held back than may be: " + std::to_string(places_.size()) +
                             " keys" +
                             (suppression_.max_bytes ? ", " + std::to_string(held_bytes_) + " bytes" : std::string())});
  }
  while (is_over_limit()) let_go_first();
}

std::size_t SuppressNode::bytes_of(Bytes key, const void* row) {
  if (!suppression_.max_bytes) return 0;
  return key.size() + store_->value_type().encode(row, scratch_).size();
}

void SuppressNode::find_places() {
  if (places_as_of_ == store_->rollbacks()) return;
  places_as_of_ = store_->rollbacks();
  places_.clear();
  held_bytes_ = 0;
  store_->scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void* row, std::int64_t) {
    const std::size_t bytes = bytes_of(key, row);
    places_.emplace(Place(held(row).place_ms, key), bytes);
    held_bytes_ += bytes;
    return true;
  });
}

void SuppressNode::hold(const Record& record) {
  const EncodedKey key = encoder_(record);
  state::Row& row = store_->row(key.bytes, key.hash);
  const IsNewlyHeld is_new = row.exists() ? IsNewlyHeld::no : IsNewlyHeld::yes;
  const std::int64_t place = row.exists() ? held(row.value()).place_ms : place_of(record);
  set(store_->modify(row, record.timestamp_ms), place, record, is_new);
  if (is_new == IsNewlyHeld::no && !suppression_.max_bytes) return;
  std::size_t& bytes = places_[Place(place, key.bytes)];
  held_bytes_ -= bytes;
  bytes = bytes_of(key.bytes, row.value());
  held_bytes_ += bytes;
}

void SuppressNode::let_go_until(std::int64_t place_ms) {
  while (!places_.empty() && places_.begin()->first.first <= place_ms) let_go_first();
}

void SuppressNode::let_go_first() {
  const auto first = places_.extract(places_.begin());
  held_bytes_ -= first.mapped();
  const OwnedBytes& bytes = first.key().second;
  const EncodedKey key{bytes, state::KeyValueStore::hash(bytes)};
  state::Row& row = store_->row(key.bytes, key.hash);
  const std::int64_t timestamp = row.timestamp_ms();
  going_->assign(row.value());
  store_->erase(row, timestamp);
  const Held change = held(going_->get());
  if (change.fresh == nullptr && suppression_.is_final) return;
  if (!key_type_->decode(bytes, key_.get())) {
    return scope_->fail({ErrorCode::corrupt_data, "store " + store_name_ + ": a key is no " + key_type_->name});
  }
  forward({key_.get(), change.fresh, timestamp, nullptr, &key, sends_old_values() ? change.old : nullptr});
}

void SuppressNode::close_windows() {
  if (!suppression_.is_final) return;
  find_places();
  let_go_until(std::numeric_limits<std::int64_t>::max());
}

TableRow SuppressNode::look_up(const void* key, const EncodedKey& encoded_key) {
  const state::Row* row = store_->find(encoded_key.bytes, encoded_key.hash);
  if (row == nullptr) return table(0).look_up(key, encoded_key);
  const void* seen = held(row->value()).seen;
  return seen == nullptr ? TableRow{} : TableRow{seen, -1};
}

}  // namespace weir::streams
