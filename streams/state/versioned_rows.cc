#include "streams/state/versioned_rows.h"

#include <algorithm>

#include "log/base/saturate.h"

namespace weir::streams::state {

// --- finding ---

Version VersionedRows::latest(Bytes key, std::uint64_t hash) {
  const Row* row = latest_.find(key, hash);
  return row == nullptr ? Version{} : Version{row->value(), row->timestamp_ms()};
}

Version VersionedRows::as_of(Bytes key, std::uint64_t hash, std::int64_t time_ms) {
  const Version newest = latest(key, hash);
  if (newest.value != nullptr && newest.from_ms <= time_ms) return newest;
  if (time_ms < saturated_difference(this->time_ms(), history_ms_)) return {};
  const Row* row = first_behind(history_.keyed(key, hash), time_ms);
  if (row == nullptr || value_of(*row) == nullptr || from_of(*row) > time_ms) return {};
  return {value_of(*row), from_of(*row)};
}

// The first row of the history that ends after `time_ms`. Precondition: the time is within the history.
Row* VersionedRows::first_behind(Keyed& past, std::int64_t time_ms) {
  auto at = std::upper_bound(past.windows.begin(), past.windows.end(), time_ms,
                             [](std::int64_t time, const Row* row) { return time < row->window_start_ms(); });
  at = std::find_if(at, past.windows.end(), [](const Row* row) { return row->exists(); });
  return at == past.windows.end() ? nullptr : *at;
}

// When the key was put or deleted last; -1 if that is not known any more.
std::int64_t VersionedRows::last_time(const Row& latest, Keyed& past) {
  if (latest.exists()) return latest.timestamp_ms();
  auto at = std::find_if(past.windows.rbegin(), past.windows.rend(), [](const Row* row) { return row->exists(); });
  return at == past.windows.rend() ? -1 : (*at)->window_start_ms();
}

bool VersionedRows::begins_at(const Row& latest, Keyed& past, std::int64_t time_ms) {
  if (latest.exists() && latest.timestamp_ms() == time_ms) return true;
  const Row* row = first_behind(past, time_ms);
  return row != nullptr && value_of(*row) != nullptr && from_of(*row) == time_ms;
}

// --- changes ---

PutVersion VersionedRows::put(Bytes key, std::uint64_t hash, const void* value, std::int64_t from_ms) {
  if (from_ms < saturated_difference(time_ms(), history_ms_)) return PutVersion::too_late;
  history_.expire(from_ms);
  Row& latest = latest_.row(key, hash);
  Keyed& past = history_.keyed(key, hash);
  if (from_ms >= last_time(latest, past)) {
    put_latest(latest, past, value, from_ms);
    return PutVersion::latest;
  }
  put_older(latest, past, value, from_ms);
  return PutVersion::older;
}

void VersionedRows::put_latest(Row& latest, Keyed& past, const void* value, std::int64_t from_ms) {
  if (latest.exists() && latest.timestamp_ms() < from_ms) {
    write(past, from_ms, latest.timestamp_ms(), latest.value());
  }
  if (value == nullptr) {
    latest_.erase(latest, from_ms);
    mark_deletion(past, from_ms);
    return;
  }
  Row* deletion = history_.find(past, from_ms);
  if (deletion != nullptr && value_of(*deletion) == nullptr) history_.erase(*deletion, from_ms);
  latest_.put(latest, value, from_ms);
}

// Precondition: the key has a later version, or was deleted later.
void VersionedRows::put_older(const Row& latest, Keyed& past, const void* value, std::int64_t from_ms) {
  Row* next = first_behind(past, from_ms);
  const bool is_within = next != nullptr && value_of(*next) != nullptr && from_of(*next) <= from_ms;
  if (is_within) {
    if (from_of(*next) < from_ms) write(past, from_ms, from_of(*next), value_of(*next));
    return replace(latest, past, *next, from_ms, value);
  }
  if (value == nullptr) return mark_deletion(past, from_ms);
  Row* deletion = history_.find(past, from_ms);
  if (deletion != nullptr && value_of(*deletion) == nullptr) history_.erase(*deletion, from_ms);
  std::int64_t to_ms = latest.timestamp_ms();
  if (next != nullptr) to_ms = value_of(*next) != nullptr ? from_of(*next) : next->window_start_ms();
  write(past, to_ms, from_ms, value);
}

// The version in `version` gives way to one that begins at `from_ms` and ends where it ended.
void VersionedRows::replace(const Row& latest, Keyed& past, Row& version, std::int64_t from_ms, const void* value) {
  if (value != nullptr) return write(version, from_ms, value);
  const std::int64_t to_ms = version.window_start_ms();
  if (begins_at(latest, past, to_ms)) {
    history_.erase(version, to_ms);
  } else {
    write(version, to_ms, nullptr);
  }
  mark_deletion(past, from_ms);
}

void VersionedRows::mark_deletion(Keyed& past, std::int64_t time_ms) {
  if (history_.find(past, time_ms) == nullptr) write(past, time_ms, time_ms, nullptr);
}

void VersionedRows::write(Keyed& past, std::int64_t to_ms, std::int64_t from_ms, const void* value) {
  write(history_.at(past, to_ms), from_ms, value);
}

void VersionedRows::write(Row& row, std::int64_t from_ms, const void* value) {
  past_.set(history_.modify(row, row.window_start_ms()), from_ms, value);
}

}  // namespace weir::streams::state
