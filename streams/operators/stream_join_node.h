// StreamJoinNode: joins records of two streams that have the same key and times near each other (JoinWindowing). Each
// record looks for partners in the other side's buffer, then lies in its own side's. Results have the later of both
// times and come in the order of the partners' times, of equal times in that of their arrival.
//
// Records of an outer side come out alone, once, with their own time, when no partner can come any more: when a record
// arrives that is the latest so far, all that are over by then go before its own results, ordered by time, right before
// left, key, arrival. One that went leaves the buffer, so that nobody finds it later (KAFKA-10847). One that is over as
// it comes, which negative numbers can do, goes at once and stays to be found.
//
// The join's time is the highest of all records of both sides, also of those that are left out: those without a value,
// and those without a key, which on an outer side come out alone at once. What comes when it is over is dropped and
// counted. (tests/vectors/README.md, 4.5)
//
// A joiner that throws for a record that goes alone has that record left out, if the operator's policy says so, and not
// the one that came.
//
// A buffer is a window store with a row for each record (JoinRow: whether it waits, and its value). Which rows wait, in
// the order in which they go, is an index in memory, made of the buffers when the first record comes, and again after
// an attempt that was taken back. The buffers' time moves only when everything that is over has gone. A stream joined
// with itself may have one buffer for both sides.
//
// With Compat::kafka the rules about late records and those without a partner are those of kafka_join_timing.h.
#pragma once

#include <array>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "streams/operators/join_entry_node.h"
#include "streams/operators/kafka_join_timing.h"
#include "streams/operators/key_encoder.h"
#include "streams/operators/node.h"
#include "streams/state/erased_object.h"
#include "streams/topology/compat.h"
#include "streams/topology/join_windowing.h"

namespace weir::streams {

class StreamJoinNode : public Node {
 public:
  Result<> open(TaskScope& scope) override;
  void process(const Record& record) override;
  void close_windows() override;
  bool has_event_time() const override { return true; }
  std::optional<std::int64_t> event_time_ms() const override {
    return time_ms_ < 0 ? std::nullopt : std::optional(time_ms_);
  }
  void restore_event_time(std::int64_t time_ms) override { time_ms_ = time_ms; }

 protected:
  // The same name twice: one buffer for both sides, which must have equal windows and none be outer.
  struct Buffers {
    std::string left;
    std::string right;
  };
  StreamJoinNode(Buffers buffers, const TypeOps* key, JoinWindowing windowing, OuterSides outer, Compat compat);

  // What of a JoinRow<V> cannot be done by itself.
  virtual const void* value_of(JoinSide side, const void* row) = 0;
  virtual bool& waits(JoinSide side, void* row) = 0;
  virtual void set_value(JoinSide side, void* row, const void* value) = 0;
  // A record's value as the buffers would have it; a copy where it is a view. Lives until the next call for that side.
  virtual const void* owned(JoinSide side, const void* value) = 0;
  // Joins and forwards with key, time and headers of `record`. Null only for the partner of an outer side's record.
  virtual void join(const Record& record, const void* left, const void* right) = 0;

 private:
  // When a record came, then its encoded key, then its number among those of its key with that time.
  using Place = std::tuple<std::int64_t, OwnedBytes, std::uint32_t>;
  struct PlaceView {
    std::int64_t time_ms;
    Bytes key;
    std::uint32_t sequence;
  };
  struct ByPlace {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return tied(a) < tied(b);
    }
    static auto tied(const Place& place) {
      return std::tuple(std::get<0>(place), Bytes(std::get<1>(place)), std::get<2>(place));
    }
    static auto tied(const PlaceView& place) { return std::tuple(place.time_ms, place.key, place.sequence); }
  };
  using Waiting = std::set<Place, ByPlace>;

  state::WindowStore& buffer(JoinSide side) { return *buffers_[static_cast<std::size_t>(side)]; }
  Waiting& waiting(JoinSide side) { return waiting_[static_cast<std::size_t>(side)]; }
  bool has_one_buffer() const { return buffers_[0] == buffers_[1]; }

  void find_waiting();
  bool join_partners(JoinSide side, const Record& record, const EncodedKey& key, const void* value);
  void keep(JoinSide side, const Record& record, const EncodedKey& key, bool must_wait);
  void stop_waiting(JoinSide side, state::Row& row);
  void let_go(std::optional<std::int64_t> time_ms);
  void let_go_first(JoinSide side);
  void expire_buffers();
  std::optional<std::int64_t> last_looked_at();
  void join_pair(JoinSide side, const Record& record, const void* mine, const void* partner);

  const Buffers names_;
  const JoinWindowing windowing_;
  const OuterSides outer_;
  const TypeOps* key_type_;
  KeyEncoder encoder_;
  ErasedObject decoded_key_;
  RecordScope* scope_ = nullptr;
  std::array<state::WindowStore*, 2> buffers_{};  // by side
  std::array<Waiting, 2> waiting_;                // by side
  std::optional<std::uint64_t> waiting_as_of_;    // the buffers' rollbacks when they were found
  std::optional<KafkaJoinTiming> kafka_;
  std::int64_t time_ms_ = -1;
};

}  // namespace weir::streams
