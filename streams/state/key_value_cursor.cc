#include "streams/state/key_value_cursor.h"

#include "log/base/cursor.h"

namespace weir::streams::state {

KeyValueCursor::KeyValueCursor(const TypeOps& type, ScanOrder order, std::unique_ptr<OverlayRows> overlay,
                               std::unique_ptr<BackingIterator> below)
    : type_(type), order_(order), overlay_(std::move(overlay)), below_(std::move(below)), present_(&type) {
  settle();
}

void KeyValueCursor::next() {
  if (is_below_) {
    below_->next();
  } else {
    overlay_->next();
  }
  settle();
}

// Goes on to the next row that exists; of two with the same key the overlay's counts.
void KeyValueCursor::settle() {
  value_ = nullptr;
  is_below_ = false;
  while (!error_) {
    const bool has_overlay = overlay_->valid();
    const bool has_below = below_ != nullptr && below_->valid();
    if (has_overlay && (!has_below || !comes_first(below_->key(), overlay_->key()))) {
      if (has_below && below_->key() == overlay_->key()) below_->next();
      if (!overlay_->exists()) {
        overlay_->next();
        continue;
      }
      present_key_ = overlay_->key();
      present_.assign(overlay_->value());
      key_ = present_key_;
      value_ = present_.get();
      timestamp_ms_ = overlay_->timestamp_ms();
      return;
    }
    if (has_below && take_below()) return;
    if (!has_below) break;
  }
  if (below_ == nullptr || error_) return;
  if (auto status = below_->status(); !status) error_ = status.error();
}

bool KeyValueCursor::take_below() {
  const Bytes stored = below_->value();
  if (stored.size() < sizeof(std::int64_t) || !type_.decode(stored.substr(sizeof(std::int64_t)), present_.get())) {
    error_ = Error{ErrorCode::corrupt_data, std::string("stored bytes are no ") + type_.name};
    return false;
  }
  is_below_ = true;
  key_ = below_->key();
  value_ = present_.get();
  timestamp_ms_ = load_big_endian<std::int64_t>(stored.data());
  return true;
}

}  // namespace weir::streams::state
