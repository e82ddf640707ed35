// VersionedRows: what a key was at any time of the last while. The latest version of each key is an ordinary row of a
// key-value store, with the time from which it holds; versions that were followed by others lie in a window store under
// the time at which they end, so that those that are too old go by whole buckets.
//
//   puts        10: a     20: b     30: (deleted)     40: c
//   latest      c from 40
//   history     [10, 20) a   [20, 30) b               by their ends, 20 and 30
//
// Times at which the key was deleted are known: a version ends there, or, if none does, a row of the history without a
// value stands there. A version holds from its own time on up to the next such time, of whatever order the puts came.
// What ends before the store's time less the history is not found any more; the latest version always is. A put before
// that is refused. (KIP-889; tests/vectors/README.md, 4.4)
// Owns nothing; one owner thread, its task's.
#pragma once

#include <cstdint>

#include "streams/state/key_value_store.h"
#include "streams/state/window_store.h"

namespace weir::streams::state {

// How the history's rows are made: a table for the type of their values.
struct PastOps {
  const TypeOps* type;  // of a row
  std::int64_t (*from_ms)(const void* row);
  const void* (*value)(const void* row);  // null: the key was deleted at the row's time
  void (*set)(void* row, std::int64_t from_ms, const void* value);
};

struct Version {
  const void* value = nullptr;  // null: there is none. Borrowed until the key's next put.
  std::int64_t from_ms = -1;
};

enum class PutVersion {
  latest,
  older,     // the key has a later version, or was deleted later
  too_late,  // refused: older than the history
};

class VersionedRows {
 public:
  VersionedRows(KeyValueStore& latest, WindowStore& history, std::int64_t history_ms, const PastOps& past)
      : latest_(latest), history_(history), history_ms_(history_ms), past_(past) {}

  // The key has `value` from `from_ms` on until the next version's time; null: none. Replaces one of the same time.
  PutVersion put(Bytes key, std::uint64_t hash, const void* value, std::int64_t from_ms);
  Version latest(Bytes key, std::uint64_t hash);
  // The version that holds at `time_ms`.
  Version as_of(Bytes key, std::uint64_t hash, std::int64_t time_ms);
  // The highest time of a put; -1 before the first.
  std::int64_t time_ms() const { return history_.observed_time_ms(); }

 private:
  using Keyed = WindowStore::Keyed;

  void put_latest(Row& latest, Keyed& past, const void* value, std::int64_t from_ms);
  void put_older(const Row& latest, Keyed& past, const void* value, std::int64_t from_ms);
  void replace(const Row& latest, Keyed& past, Row& version, std::int64_t from_ms, const void* value);
  void write(Row& row, std::int64_t from_ms, const void* value);
  void write(Keyed& past, std::int64_t to_ms, std::int64_t from_ms, const void* value);
  void mark_deletion(Keyed& past, std::int64_t time_ms);
  Row* first_behind(Keyed& past, std::int64_t time_ms);
  std::int64_t last_time(const Row& latest, Keyed& past);
  bool begins_at(const Row& latest, Keyed& past, std::int64_t time_ms);
  const void* value_of(const Row& row) const { return past_.value(row.value()); }
  std::int64_t from_of(const Row& row) const { return past_.from_ms(row.value()); }

  KeyValueStore& latest_;
  WindowStore& history_;
  const std::int64_t history_ms_;
  const PastOps& past_;
};

}  // namespace weir::streams::state
