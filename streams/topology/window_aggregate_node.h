// WindowAggregateNode: one value a key and window, updated by each record of the key that falls into the window.
// Records without a key are dropped, those without a value are aggregated; an update of a window that is closed is
// dropped and counted. (tests/vectors/README.md, 4.2)
//
// The node has its own time: the highest timestamp of all records with a key that it has seen. Emitting on close, each
// window comes out once, when it is closed, ordered by start and then by key.
#pragma once

#include "streams/state/erased_object.h"
#include "streams/topology/aggregate_node.h"
#include "streams/topology/windows.h"

namespace weir::streams {

// Makes keys in windows of keys: the one thing about Windowed<K> that the node cannot do by itself.
struct WindowedKeyOps {
  const TypeOps* key;       // K
  const TypeOps* windowed;  // Windowed<K>
  void (*set)(void* windowed, const void* key, Window window);
};

class WindowAggregateNode : public Node {
 public:
  ~WindowAggregateNode() override;

  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override;
  void restore_event_time(std::int64_t time_ms) override;

 protected:
  WindowAggregateNode(std::string store, TimeWindowing windowing, Emit emit, const WindowedKeyOps& keys);

  virtual bool update(void* aggregate, IsNew is_new, const Record& record) = 0;  // as AggregateNode

 private:
  void update_window(state::WindowStore::Keyed& keyed, std::int64_t start_ms, const Record& record);
  void emit_closed(std::int64_t before_ms, std::int64_t time_ms);
  struct Change {
    const void* fresh;
    const void* old;
  };
  void emit(const void* key, std::int64_t start_ms, Change change, std::int64_t timestamp_ms);

  const std::string store_name_;
  const TimeWindowing windowing_;
  const Emit emit_;
  const WindowedKeyOps keys_;
  TaskScope* scope_ = nullptr;
  state::WindowStore* store_ = nullptr;
  void* windowed_key_ = nullptr;  // of what is emitted, used again
  void* decoded_key_ = nullptr;   // of what is emitted on close
  std::optional<ErasedObject> old_;
  OwnedBytes scratch_;
};

class WindowCountNode final : public WindowAggregateNode {
 public:
  WindowCountNode(std::string store, TimeWindowing windowing, Emit emit, const WindowedKeyOps& keys)
      : WindowAggregateNode(std::move(store), windowing, emit, keys) {}

 private:
  bool update(void* aggregate, IsNew, const Record&) override {
    ++*static_cast<std::int64_t*>(aggregate);
    return true;
  }
};

}  // namespace weir::streams
