// OverlayRows: the rows of a key-value store's overlay that a cursor has still to give. They are read where they lie;
// before the store changes anything it has those that are left copied, so that the cursor goes on with what was there
// when it was opened.
//
// Rows that are loaded from below meanwhile may be among them or not: they say what lies below.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "streams/state/backing.h"
#include "streams/state/erased_object.h"
#include "streams/state/row.h"
#include "streams/state/type_ops.h"

namespace weir::streams::state {

struct KeyOrder {
  using is_transparent = void;
  bool operator()(const Row* a, const Row* b) const { return a->key() < b->key(); }
  bool operator()(const Row* a, Bytes b) const { return a->key() < b; }
  bool operator()(Bytes a, const Row* b) const { return a < b->key(); }
};
using SortedRows = std::set<Row*, KeyOrder>;

class OverlayRows {
 public:
  // Those who read a store's rows where they lie; the store's.
  using Readers = std::vector<OverlayRows*>;

  // The store's rows with from <= key < to (an empty `to` is open); from the last one on if `order` says so.
  OverlayRows(const TypeOps& type, const SortedRows& rows, Bytes from, Bytes to, ScanOrder order, Readers& readers);
  ~OverlayRows() { leave(); }
  OverlayRows(const OverlayRows&) = delete;
  OverlayRows& operator=(const OverlayRows&) = delete;

  bool valid() const { return readers_ != nullptr ? !is_at_end_ : next_ < copies_.size(); }
  // Of the present one, borrowed until the store changes. Precondition of all: valid().
  Bytes key() const { return readers_ != nullptr ? row().key() : Bytes(copies_[next_].key); }
  bool exists() const { return readers_ != nullptr ? row().exists() : copies_[next_].value != nullptr; }
  std::int64_t timestamp_ms() const { return readers_ != nullptr ? row().timestamp_ms() : copies_[next_].timestamp_ms; }
  const void* value() const { return readers_ != nullptr ? row().value() : copies_[next_].value->get(); }
  void next();

  // The store is about to change, and has forgotten this one.
  void copy_the_rest();

 private:
  struct Copy {
    OwnedBytes key;
    std::unique_ptr<ErasedObject> value;  // null: deleted
    std::int64_t timestamp_ms;
  };

  const Row& row() const { return **at_; }
  bool is_outside() const;  // of the range
  void leave();

  const TypeOps& type_;
  Readers* readers_;  // null: what is left is copied
  const SortedRows& rows_;
  const OwnedBytes from_;
  const OwnedBytes to_;
  const bool is_reverse_;
  SortedRows::const_iterator at_;  // others may come before it and behind it
  bool is_at_end_;
  std::vector<Copy> copies_;
  std::size_t next_ = 0;
};

}  // namespace weir::streams::state
