#include "streams/operators/pattern/match_buffer.h"

#include <algorithm>
#include <new>
#include <numeric>
#include <utility>

namespace weir::streams::cep {

// --- one event ---

void* OwnedEvent::make_room(const TypeOps& type) {
  type_ = &type;
  if (is_within()) return &room_;
  const std::size_t offset = offset_of(type);
  const auto align = std::align_val_t(std::max(type.align, alignof(Shared)));
  void* block = ::operator new(offset + type.size, align);
  room_ = std::bit_cast<decltype(room_)>(new (block) Shared{1});
  return static_cast<char*>(block) + offset;
}

OwnedEvent::OwnedEvent(const TypeOps& type, const void* from) {
  type.copy(make_room(type), from);
}

void OwnedEvent::destroy() {
  type_->destroy(const_cast<void*>(object()));
  ::operator delete(shared(), std::align_val_t(std::max(type_->align, alignof(Shared))));
}

bool OwnedEvent::decode(const TypeOps& type, Bytes bytes, OwnedEvent& into) {
  OwnedEvent event;
  void* room = event.make_room(type);
  type.construct(room);
  const bool is_one = type.decode(bytes, room);
  into = std::move(event);
  return is_one;
}

std::size_t OwnedEvent::heap_bytes() const {
  if (is_within()) return 0;
  return 16 + offset_of(*type_) + type_->size + type_->heap_bytes(object());
}

// --- the buffer ---

MatchBuffer::EventIndex MatchBuffer::add_event(OwnedEvent value, std::int64_t timestamp_ms, std::int64_t position) {
  Event event{std::move(value), timestamp_ms, position};
  if (free_event_ == kNoEvent) {
    events_.push_back(std::move(event));
    return static_cast<EventIndex>(events_.size() - 1);
  }
  const EventIndex index = free_event_;
  free_event_ = events_[index].next_free;
  events_[index] = std::move(event);
  return index;
}

TakeIndex MatchBuffer::add_take(StepIndex step, EventIndex event, TakeIndex before) {
  ++events_[event].holders;
  if (before != kNoTake) hold(before);
  const Take take{event, before, 1, step};
  if (free_take_ == kNoTake) {
    takes_.push_back(take);
    return static_cast<TakeIndex>(takes_.size() - 1);
  }
  const TakeIndex index = free_take_;
  free_take_ = takes_[index].before;
  takes_[index] = take;
  return index;
}

void MatchBuffer::release(TakeIndex index) {
  while (index != kNoTake && --takes_[index].holders == 0) {
    Take& take = takes_[index];
    if (--events_[take.event].holders == 0) drop_unheld(take.event);
    const TakeIndex before = std::exchange(take.before, free_take_);
    free_take_ = std::exchange(index, before);
  }
}

void MatchBuffer::drop_unheld(EventIndex event) {
  if (event == kNoEvent || events_[event].holders > 0 || events_[event].value.get() == nullptr) return;
  events_[event].value = OwnedEvent();
  events_[event].next_free = std::exchange(free_event_, event);
}

std::size_t MatchBuffer::events() const {
  return static_cast<std::size_t>(
      std::count_if(events_.begin(), events_.end(), [](const Event& event) { return event.holders > 0; }));
}

std::size_t MatchBuffer::takes() const {
  return static_cast<std::size_t>(
      std::count_if(takes_.begin(), takes_.end(), [](const Take& take) { return take.holders > 0; }));
}

std::size_t MatchBuffer::heap_bytes() const {
  std::size_t bytes = events_.heap_bytes() + takes_.heap_bytes();
  for (const Event& event : events_) {
    if (event.value.get() == nullptr) continue;
    if (event.value.is_within()) break;  // and so are all: they are of one type
    bytes += event.value.heap_bytes();
  }
  return bytes;
}

// --- as bytes ---
//
//   buffer = count | event*  | count | take*                   numbers are varints
//   event  = position | timestamp | size | bytes               position: more than the event's before it
//   take   = event | step | how many takes ahead of it the one before it stands (0: none)

void MatchBuffer::encode(Writer& out, std::vector<TakeIndex>& renumbered) const {
  const auto position = [this](EventIndex event) {
    return events_[event].position;
  };
  thread_local std::vector<EventIndex> events, numbers;
  thread_local std::vector<TakeIndex> takes;
  thread_local OwnedBytes scratch;
  events.clear();
  for (EventIndex i = 0; i < events_.size(); ++i) {
    if (events_[i].holders > 0) events.push_back(i);
  }
  std::sort(events.begin(), events.end(), [&](EventIndex a, EventIndex b) { return position(a) < position(b); });
  numbers.assign(events_.size(), kNoEvent);
  std::int64_t before = 0;
  out.unsigned_varlong(events.size());
  for (EventIndex i = 0; i < events.size(); ++i) {
    const Event& event = events_[events[i]];
    numbers[events[i]] = i;
    out.unsigned_varlong(static_cast<std::uint64_t>(event.position - std::exchange(before, event.position)));
    out.varlong(event.timestamp_ms);
    const Bytes bytes = event.value.type().encode(event.value.get(), scratch);
    out.unsigned_varlong(bytes.size());
    out.bytes(bytes);
  }

  // A take comes behind the one before it, whose event is older.
  takes.clear();
  for (TakeIndex i = 0; i < takes_.size(); ++i) {
    if (takes_[i].holders > 0) takes.push_back(i);
  }
  std::sort(takes.begin(), takes.end(), [&](TakeIndex a, TakeIndex b) {
    return std::pair(position(takes_[a].event), a) < std::pair(position(takes_[b].event), b);
  });
  renumbered.assign(takes_.size(), kNoTake);
  out.unsigned_varlong(takes.size());
  for (TakeIndex i = 0; i < takes.size(); ++i) {
    const Take& take = takes_[takes[i]];
    renumbered[takes[i]] = i;
    out.unsigned_varlong(numbers[take.event]);
    out.unsigned_varlong(take.step);
    out.unsigned_varlong(take.before == kNoTake ? 0 : i - renumbered[take.before]);
  }
}

bool MatchBuffer::decode(const TypeOps& type, Reader& in) {
  const std::uint64_t events = in.unsigned_varlong();
  if (!in.ok() || events > in.remaining()) return false;
  std::int64_t position = 0;
  for (std::uint64_t i = 0; i < events; ++i) {
    position += static_cast<std::int64_t>(in.unsigned_varlong());
    const std::int64_t timestamp = in.varlong();
    const Bytes bytes = in.bytes(in.unsigned_varlong());
    OwnedEvent value;
    if (!in.ok() || !OwnedEvent::decode(type, bytes, value)) return false;
    add_event(std::move(value), timestamp, position);
  }
  const std::uint64_t takes = in.unsigned_varlong();
  if (!in.ok() || takes > in.remaining()) return false;
  for (std::uint64_t i = 0; i < takes; ++i) {
    const std::uint64_t event = in.unsigned_varlong();
    const std::uint64_t step = in.unsigned_varlong();
    const std::uint64_t ahead = in.unsigned_varlong();
    if (!in.ok() || event >= events || step > UINT16_MAX || ahead > i) return false;
    add_take(static_cast<StepIndex>(step), static_cast<EventIndex>(event),
             ahead == 0 ? kNoTake : static_cast<TakeIndex>(i - ahead));
    --takes_.back().holders;
  }
  return true;
}

}  // namespace weir::streams::cep
