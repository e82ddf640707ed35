#include "streams/operators/hold_node.h"

#include <algorithm>
#include <tuple>

#include "log/base/cursor.h"
#include "log/base/saturate.h"

namespace weir::streams {

namespace {

constexpr std::size_t kHead = 16;  // time and number in front of the key

struct Held {
  OwnedBytes row_key;

  std::int64_t time_ms() const { return load_big_endian<std::int64_t>(row_key.data()); }
  std::int64_t number() const { return load_big_endian<std::int64_t>(row_key.data() + 8); }
  Bytes key() const { return Bytes(row_key).substr(kHead); }
};

// The first key of what is later; empty: nothing is.
OwnedBytes behind(std::int64_t time_ms) {
  OwnedBytes end;
  if (time_ms < kForeverMs) Writer(end).int64(time_ms + 1);
  return end;
}

}  // namespace

Result<> HoldNode::open(TaskScope& scope) {
  scope_ = &scope;
  store_ = &scope.key_value_store(store_name_);
  return {};
}

std::optional<std::int64_t> HoldNode::event_time_ms() const {
  return time_ms_ < 0 ? std::nullopt : std::optional(time_ms_);
}

void HoldNode::process(const Record& record) {
  if (record.key == nullptr || record.value == nullptr) return forward(record);
  find_held();
  time_ms_ = std::max(time_ms_, record.timestamp_ms);
  if (record.timestamp_ms <= saturated_difference(time_ms_, grace_ms_)) {
    forward(record);
  } else {
    hold(record);
  }
  release(saturated_difference(time_ms_, grace_ms_));
}

void HoldNode::close_windows() {
  find_held();
  release(kForeverMs);
}

void HoldNode::find_held() {
  if (held_as_of_ == store_->rollbacks()) return;
  held_as_of_ = store_->rollbacks();
  earliest_ms_ = kForeverMs;
  first_.clear();
  store_->scan({}, {}, state::ScanOrder::forward, [&](Bytes key, const void*, std::int64_t time_ms) {
    earliest_ms_ = std::min(earliest_ms_, time_ms);
    next_number_ = std::max(next_number_, load_big_endian<std::int64_t>(key.data() + 8) + 1);
    return true;
  });
}

void HoldNode::hold(const Record& record) {
  OwnedBytes key;
  Writer out(key);
  out.int64(record.timestamp_ms);
  out.int64(next_number_++);
  out.bytes(encoder_(record).bytes);
  set(store_->modify(store_->row(key), record.timestamp_ms), record.value, record.headers);
  earliest_ms_ = std::min(earliest_ms_, record.timestamp_ms);
}

// Everything up to `latest_ms`.
void HoldNode::release(std::int64_t latest_ms) {
  if (latest_ms < earliest_ms_) return;
  std::vector<Held> leaving;
  store_->scan(first_, behind(latest_ms), state::ScanOrder::forward, [&](Bytes key, const void*, std::int64_t) {
    leaving.push_back({OwnedBytes(key)});
    return true;
  });
  std::sort(leaving.begin(), leaving.end(), [](const Held& a, const Held& b) {
    return std::tuple(a.time_ms(), a.key(), a.number()) < std::tuple(b.time_ms(), b.key(), b.number());
  });
  earliest_ms_ = kForeverMs;
  if (latest_ms < kForeverMs)
    store_->scan(behind(latest_ms), {}, state::ScanOrder::forward, [&](Bytes, const void*, std::int64_t time_ms) {
      earliest_ms_ = time_ms;
      return false;
    });
  for (const Held& held : leaving) release(held.row_key);
  // What comes later and is no later goes at once.
  first_ = behind(latest_ms);
}

void HoldNode::release(Bytes key) {
  state::Row& row = store_->row(key);
  const log::HeadersView headers = this->headers(row.value());
  Record record{.value = value(row.value()), .timestamp_ms = row.timestamp_ms()};
  if (!headers.empty()) record.headers = &headers;
  if (!key_type_->decode(key.substr(kHead), key_.get())) {
    return scope_->fail({ErrorCode::corrupt_data, "store " + store_name_ + ": a key is no " + key_type_->name});
  }
  record.key = key_.get();
  forward(record);
  store_->erase(row, row.timestamp_ms());
}

}  // namespace weir::streams
