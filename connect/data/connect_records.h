// ConnectRecords: records in a row, whose room is used again: a source fills them poll after poll without making them
// anew.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "connect/data/connect_record.h"

namespace weir::connect {

class ConnectRecords {
 public:
  // An empty record at the end, to be filled.
  ConnectRecord& add() {
    if (size_ == room_.size()) {
      room_.emplace_back();
    } else {
      ConnectRecord& again = room_[size_];
      again.topic.clear();
      again.partition.reset();
      again.timestamp_ms = -1;
      again.key.reset();
      again.value.reset();
      if (!again.headers.empty()) again.headers.clear();
      again.origin.reset();
    }
    return room_[size_++];
  }
  void push_back(ConnectRecord record) { add() = std::move(record); }
  void drop_last() { --size_; }  // precondition: there is one
  void clear() { size_ = 0; }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ConnectRecord* begin() { return room_.data(); }
  ConnectRecord* end() { return room_.data() + size_; }
  const ConnectRecord* begin() const { return room_.data(); }
  const ConnectRecord* end() const { return room_.data() + size_; }
  ConnectRecord& operator[](std::size_t i) { return room_[i]; }
  const ConnectRecord& operator[](std::size_t i) const { return room_[i]; }
  ConnectRecord& back() { return room_[size_ - 1]; }

 private:
  std::vector<ConnectRecord> room_;
  std::size_t size_ = 0;
};

}  // namespace weir::connect
