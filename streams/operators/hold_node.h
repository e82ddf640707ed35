// HoldNode: records wait until the time of this operator has passed theirs by the grace; then they go on in the order
// of their times, of equal ones in that of their keys' bytes, then as they came. Above a join with a versioned table,
// whose records may come later than those that they belong to (KIP-923; tests/vectors/README.md, 4.5).
//
// A record that is as late when it comes goes on at once, and so does one without key or value, which does not move the
// time. Key in the store: time (8, big-endian) | number (8, big-endian) | key.
#pragma once

#include <optional>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

class HoldNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;

  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override;
  void restore_event_time(std::int64_t time_ms) override { time_ms_ = std::max(time_ms_, time_ms); }

 protected:
  HoldNode(std::string store, const TypeOps* key, std::int64_t grace_ms)
      : store_name_(std::move(store)), grace_ms_(grace_ms), key_type_(key), encoder_(key), key_(key) {}

  // A row of the store: a value and encoded headers.
  virtual void set(void* row, const void* value, const log::HeadersView* headers) = 0;
  virtual const void* value(const void* row) = 0;
  virtual log::HeadersView headers(const void* row) = 0;

 private:
  void find_held();
  void hold(const Record& record);
  void release(std::int64_t latest_ms);
  void release(Bytes key);

  const std::string store_name_;
  const std::int64_t grace_ms_;
  const TypeOps* key_type_;
  KeyEncoder encoder_;
  ErasedObject key_;
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  std::int64_t time_ms_ = -1;
  std::optional<std::uint64_t> held_as_of_;  // the store's rollbacks when its rows were looked through
  std::int64_t next_number_ = 0;             // higher than that of any row
  std::int64_t earliest_ms_ = INT64_MAX;     // of the rows
  OwnedBytes first_;                         // no row is before: those that went are not looked at again
};

}  // namespace weir::streams
