// KeyOffsets: the latest offset of each key of a part of a log, for compaction. Bounded by the memory that keys may
// take.
#pragma once

#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "log/base/bytes.h"
#include "log/model/ids.h"

namespace weir::log::storage {

class KeyOffsets {
 public:
  explicit KeyOffsets(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Notes that `key` has a record at `offset`, which is above all that were noted before. One key is always taken, even
  // if it is larger than what is allowed, so that compaction gets on.
  void note(Bytes key, Offset offset);
  bool is_full() const { return bytes_ >= max_bytes_; }

  std::optional<Offset> latest(Bytes key) const;
  std::size_t size() const { return offsets_.size(); }

 private:
  static constexpr std::size_t kOverhead = 64;  // of a node of the table, about

  Bytes keep(Bytes key);

  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::deque<OwnedBytes> blocks_;  // hold the keys; their content does not move
  std::unordered_map<std::string_view, Offset> offsets_;
};

}  // namespace weir::log::storage
