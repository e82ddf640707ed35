#include "streams/state/overlay_rows.h"

namespace weir::streams::state {

OverlayRows::OverlayRows(const TypeOps& type, const SortedRows& rows, Bytes from, Bytes to, ScanOrder order,
                         Readers& readers)
    : type_(type),
      readers_(&readers),
      rows_(rows),
      from_(from),
      to_(to),
      is_reverse_(order == ScanOrder::reverse),
      at_(is_reverse_ ? (to.empty() ? rows.end() : rows.lower_bound(to)) : rows.lower_bound(from)) {
  is_at_end_ = is_reverse_ ? at_ == rows.begin() : at_ == rows.end();
  if (is_reverse_ && !is_at_end_) --at_;
  is_at_end_ = is_at_end_ || is_outside();
  readers.push_back(this);
}

bool OverlayRows::is_outside() const {
  const Bytes key = (*at_)->key();
  return is_reverse_ ? key < from_ : !to_.empty() && key >= to_;
}

void OverlayRows::leave() {
  if (readers_ != nullptr) std::erase(*readers_, this);
}

void OverlayRows::next() {
  if (readers_ == nullptr) {
    ++next_;
    return;
  }
  if (is_reverse_) {
    is_at_end_ = at_ == rows_.begin() || (--at_, is_outside());
  } else {
    is_at_end_ = ++at_ == rows_.end() || is_outside();
  }
}

void OverlayRows::copy_the_rest() {
  while (valid()) {
    Copy copy{OwnedBytes(key()), nullptr, timestamp_ms()};
    if (exists()) {
      copy.value = std::make_unique<ErasedObject>(&type_);
      copy.value->assign(value());
    }
    copies_.push_back(std::move(copy));
    next();
  }
  readers_ = nullptr;
}

}  // namespace weir::streams::state
