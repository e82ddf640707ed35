// KeyMatches: what the matcher keeps of one key: its partial matches (runs) and, with a skip strategy, matches that are
// complete and wait for runs that began before them. A value: it is copied, written and read back.
#pragma once

#include <cstdint>
#include <vector>

#include "log/base/saturate.h"
#include "streams/operators/pattern/automaton.h"
#include "streams/operators/pattern/match_buffer.h"

namespace weir::streams::cep {

// What has been taken, and which ways on are open still.
struct Run {
  WayMask open = 0;
  std::int64_t start = 0;  // position of its first event
  std::int64_t start_ms = 0;
  std::int64_t last_ms = 0;  // of its last take
  TakeIndex take = kNoTake;  // held
  PlaceIndex place = 0;
  std::uint16_t ended_guards = 0;
  bool is_fresh = true;  // no event has come since the last take
};

struct WaitingMatch {
  TakeIndex take = kNoTake;  // held
  std::int64_t start = 0;
  std::int64_t completed = 0;  // a number: of those complete at once the same
  std::int64_t at_ms = 0;
};

struct KeyMatches {
  MatchBuffer buffer = {};
  std::vector<Run> runs = {};
  std::vector<WaitingMatch> waiting = {};
  std::int64_t next_position = 0;
  std::int64_t next_completion = 0;
  std::int64_t next_bound_ms = kForeverMs;  // no run's time is over before

  // Nothing of what came so far matters any more.
  bool empty() const { return runs.empty() && waiting.empty(); }
  std::size_t heap_bytes() const {
    return buffer.heap_bytes() + runs.capacity() * sizeof(Run) + waiting.capacity() * sizeof(WaitingMatch);
  }

  // matches = buffer | next position | next completion | next bound | count | run* | count | waiting*
  // run     = take | place | open ways | ended guards * 2 + fresh | start, start_ms, last_ms: from the take's event
  // waiting = take | start | completed | at_ms              numbers are varints, times signed ones
  void encode(Writer& out) const;
  // False if the bytes are not those of such runs over `automaton`. Precondition: it is new.
  bool decode(const Automaton& automaton, const TypeOps& event, Reader& in);
};

}  // namespace weir::streams::cep
