// SessionAggregateNode: one value a key and session: records of a key that are at most the gap apart. A record that
// lies near sessions merges them: each is taken back (a null at its end), the merged one is sent with its own end as
// time. Records without a key are dropped, those without a value are aggregated. (tests/vectors/README.md, 4.2)
//
// A session is a row of a window store by its end, so that it expires with its end: what is found is what can still
// grow. The row's value is a SessionRow: the start, and the aggregate behind it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/operators/windowed_key_ops.h"
#include "streams/state/erased_object.h"
#include "streams/topology/windows.h"

namespace weir::streams {

class SessionAggregateNode : public Node, public TableView {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override;
  void restore_event_time(std::int64_t time_ms) override { store_->expire(time_ms); }
  TableView* table_view() final { return this; }
  // The row of the session that has just these ends, as long as it is kept, whether it was sent or not.
  TableRow look_up(const void* windowed_key, const EncodedKey& encoded_key) final;

 protected:
  SessionAggregateNode(std::string store, SessionWindowing windowing, Emit emit, const WindowedKeyOps& keys);

  // What of a SessionRow<A> cannot be done by itself. Rows are SessionRows.
  virtual std::int64_t& start_of(void* row) = 0;
  virtual const void* aggregate_of(const void* row) = 0;
  // Makes `into` the aggregate of `merged` (ascending by start) and the record. False: there is none.
  virtual bool merge(void* into, std::span<const void* const> merged, const Record& record) = 0;

 private:
  using Keyed = state::WindowStore::Keyed;

  std::int64_t start_of(const state::Row& row) { return start_of(const_cast<void*>(row.value())); }
  std::vector<state::Row*> near(Keyed& keyed, std::int64_t time_ms);
  void add(Keyed& keyed, std::span<state::Row* const> merged, Window session, const Record& record);
  void take_back(state::Row& row, const void* key);
  void emit_closed(std::int64_t before_ms, std::int64_t time_ms);
  void emit_between(std::int64_t from_ms, std::int64_t to_ms);
  void emit(const void* key, Window session, const void* fresh, const void* old);

  const std::string store_name_;
  const SessionWindowing windowing_;
  const Emit emit_;
  const WindowedKeyOps keys_;
  RecordScope* scope_ = nullptr;
  state::WindowStore* store_ = nullptr;
  KeyEncoder encoder_;
  ErasedObject windowed_key_;
  ErasedObject decoded_key_;
  std::optional<ErasedObject> merged_;  // SessionRows
  std::optional<ErasedObject> old_;
};

}  // namespace weir::streams
