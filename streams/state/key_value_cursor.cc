#include "streams/state/key_value_cursor.h"

#include "log/base/cursor.h"

namespace weir::streams::state {

KeyValueCursor::KeyValueCursor(const TypeOps& type, ScanOrder order, std::vector<Seen> overlay,
                               std::unique_ptr<BackingIterator> below)
    : type_(type), order_(order), overlay_(std::move(overlay)), below_(std::move(below)), decoded_(&type) {
  settle();
}

void KeyValueCursor::next() {
  if (is_below_) {
    below_->next();
  } else {
    ++next_;
  }
  settle();
}

// Goes on to the next row that exists; of two with the same key the overlay's counts.
void KeyValueCursor::settle() {
  value_ = nullptr;
  is_below_ = false;
  while (!error_) {
    const bool has_overlay = next_ < overlay_.size();
    const bool has_below = below_ != nullptr && below_->valid();
    if (has_overlay && (!has_below || !comes_first(below_->key(), overlay_[next_].key))) {
      const Seen& seen = overlay_[next_];
      if (has_below && below_->key() == seen.key) below_->next();
      if (seen.value == nullptr) {
        ++next_;
        continue;
      }
      key_ = seen.key;
      value_ = seen.value->get();
      timestamp_ms_ = seen.timestamp_ms;
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
  if (stored.size() < sizeof(std::int64_t) || !type_.decode(stored.substr(sizeof(std::int64_t)), decoded_.get())) {
    error_ = Error{ErrorCode::corrupt_data, std::string("stored bytes are no ") + type_.name};
    return false;
  }
  is_below_ = true;
  key_ = below_->key();
  value_ = decoded_.get();
  timestamp_ms_ = load_big_endian<std::int64_t>(stored.data());
  return true;
}

}  // namespace weir::streams::state
