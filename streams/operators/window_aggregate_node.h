// WindowAggregateNode: one value a key and window, updated by each record of the key that falls into the window.
// Records without a key are dropped, those without a value are aggregated; an update of a window that is closed is
// dropped and counted. (tests/vectors/README.md, 4.2)
//
// The node has its own time: the highest timestamp of all records with a key that it has seen. Emitting on close, each
// window comes out once, when it is closed, ordered by start and then by key.
#pragma once

#include "streams/operators/aggregate_node.h"
#include "streams/operators/windowed_key_ops.h"
#include "streams/state/erased_object.h"
#include "streams/topology/windows.h"

namespace weir::streams {

WEIR_FLAG(OldIsShown);

class WindowAggregateNode : public Node, public TableView {
 public:
  ~WindowAggregateNode() override;

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override;
  void restore_event_time(std::int64_t time_ms) override;
  TableView* table_view() final { return this; }
  // A window's row, as long as it is kept, whether it was sent or not. The window must be one of this node's.
  TableRow look_up(const void* windowed_key, const EncodedKey& encoded_key) final;

 protected:
  WindowAggregateNode(std::string store, TimeWindowing windowing, Emit emit, const WindowedKeyOps& keys);

  virtual bool update(void* aggregate, IsNew is_new, const Record& record) = 0;  // as AggregateNode
  virtual bool set_initial(void* aggregate) = 0;

  const TimeWindowing& windowing() const { return windowing_; }
  state::WindowStore& store() { return *store_; }
  Counters& counters() { return scope_->counters(); }
  EncodedKey encoded_key(const Record& record);
  // `old_is_shown`: what the row had goes down as the old value, if a node below wants it.
  void update_window(state::WindowStore::Keyed& keyed, std::int64_t start_ms, const Record& record,
                     OldIsShown old_is_shown = OldIsShown::yes);
  struct Change {
    const void* fresh;
    const void* old;
  };
  // Emitting on update: sends a window's value.
  void emit_update(const void* key, std::int64_t start_ms, Change change, std::int64_t timestamp_ms) {
    if (emit_ == Emit::on_update) emit(key, start_ms, change, timestamp_ms);
  }
  // Emitting on close: sends the windows that a step of the operator's time closed.
  void emit_closed_since(std::int64_t before_ms) {
    const std::int64_t time_ms = store_->observed_time_ms();
    if (emit_ == Emit::on_close && time_ms > before_ms) emit_closed(before_ms, time_ms);
  }

 private:
  const void* old_value(const state::Row& row);
  void emit_closed(std::int64_t before_ms, std::int64_t time_ms);
  std::int64_t first_open(std::int64_t time_ms) const;
  bool has_start_within(std::int64_t from_ms, std::int64_t to_ms) const;
  void emit_between(std::int64_t from_ms, std::int64_t to_ms);
  void emit(const void* key, std::int64_t start_ms, Change change, std::int64_t timestamp_ms);

  const std::string store_name_;
  const TimeWindowing windowing_;
  const Emit emit_;
  const WindowedKeyOps keys_;
  RecordScope* scope_ = nullptr;
  state::WindowStore* store_ = nullptr;
  void* windowed_key_ = nullptr;  // of what is emitted, used again
  void* decoded_key_ = nullptr;   // of what is emitted on close
  std::optional<ErasedObject> old_;
  OwnedBytes scratch_;
};

// Counts in whatever windows Base has.
template <class Base>
class WindowCount final : public Base {
 public:
  template <class... Args>
  explicit WindowCount(std::string store, Args&&... args) : Base(std::move(store), std::forward<Args>(args)...) {}

 private:
  bool update(void* aggregate, IsNew, const Record&) override {
    ++*static_cast<std::int64_t*>(aggregate);
    return true;
  }
  bool set_initial(void* aggregate) override {
    *static_cast<std::int64_t*>(aggregate) = 0;
    return true;
  }
};

}  // namespace weir::streams
