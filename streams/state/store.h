// Store: what the runtime knows of a store: how it takes part in a commit, how it is restored, how much memory it
// holds. What operators know of it (rows by key, windows, versions) is the business of each kind.
//
// A store of one's own derives from it: `write_changes` gives the changelog what changed since the last commit, as keys
// and values of its own making, and `restore` is handed them back after a restart. Between `committed` and `undo` lies
// everything that one transaction changed.
// One owner thread, its task's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "streams/state/position.h"

namespace weir::streams::state {

// Receives a store's changes: a changelog. `value` null: a tombstone.
class ChangeSink {
 public:
  virtual ~ChangeSink() = default;
  virtual Result<> change(Bytes key, NullableBytes value, std::int64_t timestamp_ms) = 0;
  // No: what changes stands elsewhere already, and need not be encoded.
  virtual bool takes_changes() const { return true; }
};

class Store {
 public:
  explicit Store(std::string name) : name_(std::move(name)) {}
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const std::string& name() const { return name_; }

  // --- the way of a commit, in this order (called by the committer) ---
  virtual std::size_t dirty_rows() const = 0;
  // What it holds of the system's memory: keys, values and what they own, indexes, room that is free.
  virtual std::size_t memory_bytes() const = 0;
  // Values that were changed in place since the last commit are looked at again: `memory_bytes` counts what they own
  // now. Looks at every dirty row.
  virtual void measure() {}
  // Everything that changed since the last commit, once.
  virtual Result<> write_changes(ChangeSink& changelog) = 0;
  // The transaction is known to be committed.
  virtual void committed() = 0;
  // The transaction is known to be aborted: everything is as it was at the last commit.
  virtual void undo() = 0;
  // Writes what is committed to what lies below, with the changelog's position. Precondition: nothing is dirty.
  virtual Result<> apply(const Position&) { return {}; }
  // Rows that are committed and not applied.
  virtual std::size_t pending_rows() const { return 0; }
  // About what they take in memory once more while they are applied.
  virtual std::size_t pending_bytes() const { return 0; }

  // --- one attempt of an operator, inside a transaction; they nest ---
  // From here on until `release_savepoint` changes can be taken back by `roll_back`, which goes back to the last
  // savepoint and ends it. A store that does not do so keeps what an attempt changed before it failed.
  virtual void set_savepoint() {}
  virtual void roll_back() {}
  virtual void release_savepoint() {}

  // --- taking over ---
  // How far the changelog is contained in what lies below; nothing for a store that is in memory only.
  virtual Result<std::optional<Position>> stored_position() { return std::optional<Position>{}; }
  // Whether there are rows in what lies below.
  virtual bool has_rows_below() const { return false; }
  // One change read back from the changelog. Afterwards `committed`.
  virtual Result<> restore(Bytes key, NullableBytes value, std::int64_t timestamp_ms) = 0;
  // Forgets everything, here and below: the store is to be restored from the beginning.
  virtual Result<> clear() = 0;
  // Reads what lies below into memory if it is smaller than `max_bytes`, there and here.
  virtual Result<> preload(std::size_t) { return {}; }
  // Gives memory back to the system until about `bytes` are freed: rows that were not used since the last call and can
  // be had again from below go, others may be moved. Between records only. Returns how much.
  virtual std::size_t evict(std::size_t) { return 0; }

  // The highest time that the store has seen, if it decides by it: what is too old to be kept. Survives a restart where
  // the topology asks for it (StoreSpec::keeps_time).
  virtual std::int64_t observed_time_ms() const { return -1; }
  virtual void restore_time(std::int64_t) {}

 private:
  const std::string name_;
};

}  // namespace weir::streams::state
