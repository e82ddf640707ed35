// SlidingAggregateNode: one value a key and sliding window (SlidingWindowing). A record updates every window that it
// lies in; those of them that are new, and the window right of it, begin with the records that are there already.
//
// What a new window begins with is the value of the window with the greatest start at or before its own, if the last
// record in that one lies in the new one too. Both then contain the same records: one that only the older window had
// would have a window right of it, one that only the new one has would have a window that ends there, and either would
// start between the two. Records without key or value are dropped. (tests/vectors/README.md, 4.2)
#pragma once

#include "streams/operators/window_aggregate_node.h"

namespace weir::streams {

class SlidingAggregateNode : public WindowAggregateNode {
 public:
  void process(const Record& record) override;

 protected:
  SlidingAggregateNode(std::string store, SlidingWindowing windowing, Emit emit, const WindowedKeyOps& keys)
      : WindowAggregateNode(std::move(store), windowing.by_start(), emit, keys),
        difference_ms_(windowing.difference_ms) {}

 private:
  using Keyed = state::WindowStore::Keyed;

  bool is_closed(std::int64_t start_ms) { return windowing().is_closed(start_ms, store().observed_time_ms()); }
  const state::Row* like(const Keyed& keyed, std::int64_t start_ms) const;
  void add_right_window(Keyed& keyed, const Record& record);
  void update_windows(Keyed& keyed, const Record& record);

  const std::int64_t difference_ms_;
};

}  // namespace weir::streams
