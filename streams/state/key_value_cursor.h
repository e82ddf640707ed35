// KeyValueCursor: rows of a key-value store in order of their encoded keys, as they were when it was opened: those of
// the overlay are copied when the store changes, what lies below is read from a snapshot. What is written meanwhile is
// not seen.
//
// Cost: that of the rows that are given; if the store changes meanwhile, one copy of each row of the overlay that is
// left.
#pragma once

#include <memory>
#include <optional>

#include "streams/state/backing.h"
#include "streams/state/erased_object.h"
#include "streams/state/overlay_rows.h"
#include "streams/state/type_ops.h"

namespace weir::streams::state {

class KeyValueCursor {
 public:
  // Rows of the overlay are later than what lies below. `below` null: the overlay is everything.
  KeyValueCursor(const TypeOps& type, ScanOrder order, std::unique_ptr<OverlayRows> overlay,
                 std::unique_ptr<BackingIterator> below);

  bool valid() const { return value_ != nullptr; }
  // Of the present row, borrowed until `next`. Precondition: valid().
  Bytes key() const { return key_; }
  const void* value() const { return value_; }
  std::int64_t timestamp_ms() const { return timestamp_ms_; }
  void next();
  // What went wrong below; the rows end there.
  const std::optional<Error>& error() const { return error_; }

 private:
  bool comes_first(Bytes a, Bytes b) const { return order_ == ScanOrder::forward ? a < b : b < a; }
  void settle();
  bool take_below();

  const TypeOps& type_;
  const ScanOrder order_;
  std::unique_ptr<OverlayRows> overlay_;  // the store knows where it is
  std::unique_ptr<BackingIterator> below_;
  bool is_below_ = false;  // the present row is the one below
  ErasedObject present_;
  OwnedBytes present_key_;  // where it is the overlay's
  Bytes key_;
  const void* value_ = nullptr;
  std::int64_t timestamp_ms_ = -1;
  std::optional<Error> error_;
};

}  // namespace weir::streams::state
