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

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/cursor.h"
#include "streams/operators/pattern/few.h"
#include "streams/operators/pattern/pattern_spec.h"
#include "streams/state/type_ops.h"

namespace weir::streams::cep {

using TakeIndex = std::uint32_t;
inline constexpr TakeIndex kNoTake = UINT32_MAX;

// An object of an erased type that does not change any more. Copies share it, so that what is kept of a key is copied
// without its events; a small one that is plain bytes lies within. One owner thread, as of all that a task keeps.
class OwnedEvent {
 public:
  OwnedEvent() = default;
  OwnedEvent(const TypeOps& type, const void* from);
  OwnedEvent(const OwnedEvent& other) : type_(other.type_), room_(other.room_) {
    if (!is_within()) ++shared()->holders;
  }
  OwnedEvent(OwnedEvent&& other) noexcept : type_(std::exchange(other.type_, nullptr)), room_(other.room_) {}
  OwnedEvent& operator=(OwnedEvent other) noexcept {
    std::swap(type_, other.type_);
    std::swap(room_, other.room_);
    return *this;
  }
  ~OwnedEvent() {
    if (!is_within() && --shared()->holders == 0) destroy();
  }

  // False if the bytes are no event.
  static bool decode(const TypeOps& type, Bytes bytes, OwnedEvent& into);

  // Null: there is none.
  const void* get() const { return type_ == nullptr ? nullptr : object(); }
  const TypeOps& type() const { return *type_; }
  // What it has of its own outside of itself.
  std::size_t heap_bytes() const;
  // Nothing, or an object in the room of the pointer.
  bool is_within() const { return type_ == nullptr || fits_within(*type_); }

 private:
  struct Shared {
    std::size_t holders;
  };

  static bool fits_within(const TypeOps& type) {
    return type.is_trivial && type.size <= sizeof(Shared*) && type.align <= alignof(Shared*);
  }
  static std::size_t offset_of(const TypeOps& type) { return std::max(sizeof(Shared), type.align); }
  const void* object() const {
    if (is_within()) return &room_;
    return reinterpret_cast<const char*>(shared()) + offset_of(*type_);
  }
  Shared* shared() const { return std::bit_cast<Shared*>(room_); }
  void* make_room(const TypeOps& type);
  void destroy();

  const TypeOps* type_ = nullptr;
  alignas(Shared*) std::array<std::byte, sizeof(Shared*)> room_{};  // a Shared*, or the object
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
    EventIndex next_free = kNoEvent;  // of one that is not held
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
  bool empty() const { return takes() == 0; }
  std::size_t events() const;
  std::size_t takes() const;
  // Takes have lower numbers.
  std::size_t take_numbers() const { return takes_.size(); }
  std::size_t heap_bytes() const;

  // As bytes: events and takes in the order of their positions, numbered anew. `renumbered` is made the takes' new
  // numbers, by the old ones.
  void encode(Writer& out, std::vector<TakeIndex>& renumbered) const;
  // Takes that are read are held by those behind them only: whoever refers to one must hold it. False if the bytes are
  // no buffer of such events. Precondition: it is empty.
  bool decode(const TypeOps& type, Reader& in);

 private:
  Few<Event, 3> events_;
  Few<Take, 3> takes_;
  EventIndex free_event_ = kNoEvent;  // the first of a list
  TakeIndex free_take_ = kNoTake;     // by `before`
};

}  // namespace weir::streams::cep
