// MatchBuffer: what the runs of one key have taken. A take is an event at a step, behind the take before it; runs that
// split share all that they took until then, and an event that several runs took is kept once. Whoever refers to a take
// holds it; what nobody holds is gone at once.
//
//   run ──► take ──► take ──► take          (each one's `before`)
//   run ──► take ──┘   │ event
//
// A run is so the exact list of its takes, as with the versions of Agrawal et al. (2008) and Flink's SharedBuffer, but
// without numbers to compare: a take has one take before it.
#pragma once

#include <cstdint>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/cursor.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/state/type_ops.h"

namespace weir::streams::cep {

using TakeIndex = std::uint32_t;
inline constexpr TakeIndex kNoTake = UINT32_MAX;

// An object of an erased type, owned.
class OwnedEvent {
 public:
  OwnedEvent() = default;
  OwnedEvent(const TypeOps& type, const void* from);
  OwnedEvent(const OwnedEvent& other) : OwnedEvent() { *this = other; }
  OwnedEvent(OwnedEvent&& other) noexcept : type_(other.type_), object_(other.object_) { other.object_ = nullptr; }
  OwnedEvent& operator=(const OwnedEvent& other);
  OwnedEvent& operator=(OwnedEvent&& other) noexcept;
  ~OwnedEvent();

  // False if the bytes are no event.
  static bool decode(const TypeOps& type, Bytes bytes, OwnedEvent& into);

  const void* get() const { return object_; }
  const TypeOps& type() const { return *type_; }

 private:
  const TypeOps* type_ = nullptr;
  void* object_ = nullptr;
};

class MatchBuffer {
 public:
  using EventIndex = std::uint32_t;
  static constexpr EventIndex kNoEvent = UINT32_MAX;

  struct Event {
    OwnedEvent value;
    std::int64_t timestamp_ms = 0;
    std::int64_t position = 0;  // among the events of the key: ascending in the order in which they were matched
    std::uint32_t holders = 0;
  };
  struct Take {
    EventIndex event = kNoEvent;
    TakeIndex before = kNoTake;
    std::uint32_t holders = 0;
    StepIndex step = 0;
  };

  // Nobody holds it yet.
  EventIndex add_event(OwnedEvent value, std::int64_t timestamp_ms, std::int64_t position);
  // Held once, by the caller; it holds the event and the take before it.
  TakeIndex add_take(StepIndex step, EventIndex event, TakeIndex before);
  void hold(TakeIndex take) { ++takes_[take].holders; }
  void release(TakeIndex take);
  // Forgets the event if nobody came to hold it.
  void drop_unheld(EventIndex event);

  const Take& take(TakeIndex index) const { return takes_[index]; }
  const Event& event_of(const Take& take) const { return events_[take.event]; }
  bool empty() const { return free_takes_.size() == takes_.size(); }
  std::size_t events() const { return events_.size() - free_events_.size(); }
  std::size_t takes() const { return takes_.size() - free_takes_.size(); }
  std::size_t heap_bytes() const;

  // As bytes: events and takes in the order of their positions, numbered anew. `renumbered` is made the takes' new
  // numbers, by the old ones.
  void encode(Writer& out, std::vector<TakeIndex>& renumbered) const;
  // Takes that are read are held by those behind them only: whoever refers to one must hold it. False if the bytes are
  // no buffer of such events. Precondition: it is empty.
  bool decode(const TypeOps& type, Reader& in);

 private:
  std::vector<Event> events_;
  std::vector<Take> takes_;
  std::vector<EventIndex> free_events_;
  std::vector<TakeIndex> free_takes_;
};

}  // namespace weir::streams::cep
