// Match<V>: the events that a pattern found, in their order, each with the step that took it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/base/cursor.h"
#include "streams/dsl/serde.h"

namespace weir::streams {

template <class V>
struct MatchedEvent {
  std::string step;
  V event;
  std::int64_t timestamp_ms = 0;
};

template <class V>
struct Match {
  std::vector<MatchedEvent<V>> events = {};  // at least one

  // The first and the last event that `step` took: std::out_of_range if it took none; null where `find_` stands.
  const V& first(std::string_view step) const { return found(find_first(step), step); }
  const V& last(std::string_view step) const { return found(find_last(step), step); }
  const V* find_first(std::string_view step) const {
    const auto at = std::find_if(events.begin(), events.end(), [&](const auto& one) { return one.step == step; });
    return at == events.end() ? nullptr : &at->event;
  }
  const V* find_last(std::string_view step) const {
    const auto at = std::find_if(events.rbegin(), events.rend(), [&](const auto& one) { return one.step == step; });
    return at == events.rend() ? nullptr : &at->event;
  }
  // All that it took.
  std::vector<const V*> all(std::string_view step) const {
    std::vector<const V*> found;
    for (const auto& one : events) {
      if (one.step == step) found.push_back(&one.event);
    }
    return found;
  }
  std::int64_t begin_ms() const { return events.front().timestamp_ms; }
  std::int64_t end_ms() const { return events.back().timestamp_ms; }

 private:
  static const V& found(const V* event, std::string_view step) {
    if (event == nullptr) throw std::out_of_range("the match has no event of step '" + std::string(step) + "'");
    return *event;
  }
};

// match = count | event*     event = size | step | timestamp | size | bytes      numbers are varints
template <class V>
requires HasSerde<V>
struct Serde<Match<V>> {
  static bool decode(Bytes bytes, Match<V>& reuse) {
    Reader in(bytes);
    const std::uint64_t count = in.unsigned_varlong();
    if (!in.ok() || count > in.remaining()) return false;
    reuse.events.resize(count);
    for (MatchedEvent<V>& one : reuse.events) {
      one.step = in.bytes(in.unsigned_varlong());
      one.timestamp_ms = in.varlong();
      const Bytes event = in.bytes(in.unsigned_varlong());
      if (!in.ok() || !Serde<V>::decode(event, one.event)) return false;
    }
    return in.at_end();
  }
  static Bytes encode(const Match<V>& match, OwnedBytes& scratch) {
    thread_local OwnedBytes event_scratch;  // an event may need one of its own
    scratch.clear();
    Writer out(scratch);
    out.unsigned_varlong(match.events.size());
    for (const MatchedEvent<V>& one : match.events) {
      out.unsigned_varlong(one.step.size());
      out.bytes(one.step);
      out.varlong(one.timestamp_ms);
      const Bytes event = Serde<V>::encode(one.event, event_scratch);
      out.unsigned_varlong(event.size());
      out.bytes(event);
    }
    return scratch;
  }
};

}  // namespace weir::streams
