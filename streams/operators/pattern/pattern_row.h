// PatternRow: what a store keeps of one key of a pattern: its partial matches, and events that wait until those that
// may still come before them have come. PatternRowOf<V> (streams/dsl) knows the type of the events.
//
//   row  = version (1 byte: 1) | fingerprint of the pattern (4, big-endian) | count | held* | matches
//   held = timestamp | size | bytes                 numbers are varints; matches: key_matches.h, match_buffer.h
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "streams/operators/pattern/key_matches.h"

namespace weir::streams::cep {

struct PatternRow {
  struct Held {
    OwnedEvent event;
    std::int64_t timestamp_ms;
  };

  std::uint32_t fingerprint = 0;  // Automaton::fingerprint
  std::vector<Held> held = {};    // by time, of equal ones as they came
  KeyMatches matches = {};

  // Not kept. When its key stands in the list of what is due; kForeverMs: it does not.
  mutable std::int64_t listed_ms = kForeverMs;
  bool is_checked = false;  // its matches are known to be of the automaton

  bool empty() const { return held.empty() && matches.empty(); }
  // Nothing happens before then, if no event comes.
  std::int64_t due_ms() const {
    return held.empty() ? matches.next_bound_ms : std::min(held.front().timestamp_ms, matches.next_bound_ms);
  }
  void hold(OwnedEvent event, std::int64_t timestamp_ms);

  Bytes encode(OwnedBytes& scratch) const;
  bool decode(const TypeOps& event, Bytes bytes);
  std::size_t heap_bytes() const;
};

}  // namespace weir::streams::cep
