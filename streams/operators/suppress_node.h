// SuppressNode: holds the changes of a table back and lets the last one of each key go, when its time has come.
//
// A key has a place in time: the end of its window, or the time of its first change since it was let go. What has a
// place at or before the operator's time less `wait_ms` goes, in order of place, then key. The operator's time is that
// of the changes that reached it. There may be a limit to what is held back: when it is passed the oldest goes early
// or, where early would be wrong, the run ends. (tests/vectors/README.md, 4.3)
//
// What is held back are rows of a key-value store (HeldChange); in which order they go is an index in memory, made of
// the rows when the first change comes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"

namespace weir::streams {

WEIR_FLAG(IsNewlyHeld);

// What follows when more would be held back than may be.
enum class WhenFull {
  emit_early,  // those that have waited longest go before their time
  stop,        // the run ends with an error that names the operator
};

struct Suppression {
  std::int64_t wait_ms = 0;                // until the window is closed: its grace
  std::optional<std::size_t> max_keys{};   // not set: as many as come
  std::optional<std::size_t> max_bytes{};  // of keys and what is held of them, encoded
  WhenFull when_full = WhenFull::emit_early;
  bool is_final = false;  // one result a window: deletions are not let through
};

class SuppressNode : public Node, public TableView {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override {
    return time_ms_ < 0 ? std::nullopt : std::optional(time_ms_);
  }
  void restore_event_time(std::int64_t time_ms) override { time_ms_ = time_ms; }
  TableView* table_view() final { return this; }
  // What was let through last.
  TableRow look_up(const void* key, const EncodedKey& encoded_key) final;

 protected:
  SuppressNode(std::string store, const TypeOps* key, Suppression suppression)
      : store_name_(std::move(store)), suppression_(suppression), encoder_(key), key_type_(key), key_(key) {}

  struct Held {
    std::int64_t place_ms;
    const void* fresh;
    const void* old;   // what the change before had, let go or not
    const void* seen;  // what the nodes below have seen last
  };
  // What of a HeldChange<V> cannot be done by itself.
  virtual Held held(const void* row) = 0;
  virtual void set(void* row, std::int64_t place_ms, const Record& change, IsNewlyHeld is_new) = 0;
  virtual std::int64_t place_of(const Record& change) = 0;

 private:
  using Place = std::pair<std::int64_t, OwnedBytes>;  // and the encoded key
  using Places = std::map<Place, std::size_t>;        // and what is held there, in bytes; 0 where nobody asks

  void find_places();
  void hold(const Record& record);
  void let_go_until(std::int64_t place_ms);
  void let_go_first();
  std::size_t bytes_of(Bytes key, const void* row);
  bool is_over_limit() const;
  void keep_limit();

  const std::string store_name_;
  const Suppression suppression_;
  KeyEncoder encoder_;
  const TypeOps* key_type_;
  ErasedObject key_;
  std::optional<ErasedObject> going_;  // a HeldChange
  RecordScope* scope_ = nullptr;
  state::KeyValueStore* store_ = nullptr;
  std::int64_t time_ms_ = -1;
  std::optional<std::uint64_t> places_as_of_;  // the store's rollbacks when they were found
  Places places_;
  std::size_t held_bytes_ = 0;  // the sum of them
  OwnedBytes scratch_;
};

}  // namespace weir::streams
