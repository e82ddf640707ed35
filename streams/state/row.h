// Row: one entry of a store's overlay: an encoded key, a live value that is edited in place, its timestamp.
//
//            modify/erase                 commit                        apply
//   clean ───────────────────► dirty ───────────────► pending ────────────────► clean     (below = overlay)
//     ▲                          │ undo                  │ modify/erase
//     └──────────────────────────┘                       └──────► dirty (image: the pending value)
//
// A dirty row keeps its committed image from its first touch after a commit, so that an aborted transaction is undone
// in memory; within an attempt (Store::set_savepoint) also the one from before it. A deletion is a row, too: one that
// does not exist. Rows do not move while they are held; only `committed`, `apply` and `evict` of their store, between
// records, free them.
#pragma once

#include <cstdint>

#include "log/base/bytes.h"

namespace weir::streams::state {

// What a RowTable finds: an encoded key with its hash.
struct Entry {
  std::uint64_t hash = 0;
  const char* key_data = nullptr;
  std::uint32_t key_size = 0;

  Bytes key() const { return {key_data, key_size}; }
};

class Row : public Entry {
 public:
  bool exists() const { return exists_; }
  std::int64_t timestamp_ms() const { return timestamp_ms_; }
  std::int64_t window_start_ms() const { return window_start_ms_; }  // 0 in a key-value store
  std::uint32_t sequence() const { return sequence_; }               // among the rows of one window
  const void* value() const { return exists_ ? value_ : nullptr; }

  template <class T>
  const T* value_as() const {
    return static_cast<const T*>(value());
  }

 private:
  friend class WriteBehind;
  friend class WindowStore;

  std::uint32_t sequence_ = 0;
  void* value_ = nullptr;  // storage behind the row (and its key); holds an object if is_constructed_
  std::int64_t timestamp_ms_ = -1;
  std::int64_t window_start_ms_ = 0;
  std::uint32_t place_ = 0;  // in a window store: in the list of its time
  bool exists_ = false;
  bool is_constructed_ = false;
  bool is_dirty_ = false;
  bool is_new_ = false;      // dirty, and nobody below knows of it: it did not exist and is not pending
  bool is_open_ = false;     // what it was before the present change is kept: it may be edited
  bool is_pending_ = false;  // committed, not applied to what lies below
  bool was_used_ = false;    // since the last sweep for eviction
  bool is_leaving_ = false;  // during one: it goes
};

static_assert(sizeof(Row) == 64, "a row's head is a cache line");

}  // namespace weir::streams::state
