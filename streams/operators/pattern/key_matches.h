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

// Runs at one place that have seen an event since their last take: an event that means nothing there passes all of
// them.
struct RunGroup {
  PlaceIndex place = 0;
  WayMask open = 0;                    // at least all that are open of some run
  std::int64_t bound_ms = kForeverMs;  // no run's time is over before
  std::vector<Run> runs = {};
};

struct KeyMatches {
  MatchBuffer buffer = {};
  static constexpr std::size_t kFew = 16;

  std::vector<Run> loose = {};        // that have seen an event since, of whatever place, while they are few
  std::vector<RunGroup> groups = {};  // by place, none is empty: where there are more
  std::vector<Run> fresh = {};        // no event has come since their last takes
  std::vector<WaitingMatch> waiting = {};
  std::int64_t next_position = 0;
  std::int64_t next_completion = 0;
  std::int64_t next_bound_ms = kForeverMs;  // no run's time is over before

  // Nothing of what came so far matters any more.
  bool empty() const { return fresh.empty() && loose.empty() && groups.empty() && waiting.empty(); }
  std::size_t run_count() const {
    std::size_t count = fresh.size() + loose.size();
    for (const RunGroup& group : groups) count += group.runs.size();
    return count;
  }
  template <class Visit>
  void for_each_run(Visit visit) const {
    for (const Run& run : loose) visit(run);
    for (const RunGroup& group : groups) {
      for (const Run& run : group.runs) visit(run);
    }
    for (const Run& run : fresh) visit(run);
  }
  // Removes the runs of which `is_over`, which releases what they hold.
  template <class IsOver>
  void erase_runs(IsOver is_over) {
    std::erase_if(loose, is_over);
    for (RunGroup& group : groups) std::erase_if(group.runs, is_over);
    std::erase_if(groups, [](const RunGroup& group) { return group.runs.empty(); });
    std::erase_if(fresh, is_over);
  }
  // Of a run that is fresh no more. `bound_ms`: its own.
  void add(const Run& run, std::int64_t bound_ms);
  std::size_t heap_bytes() const;

  // matches = buffer | next position | next completion | next bound | count | run* | count | waiting*
  // run     = take | place | open ways | ended guards * 2 + fresh | start, start_ms, last_ms: from the take's event
  // waiting = take | start | completed | at_ms              numbers are varints, times signed ones
  void encode(Writer& out) const;
  // False if the bytes are not those of matches of such events. Precondition: it is new.
  bool decode(const TypeOps& event, Reader& in);
  // Whether they can be of that automaton. What does not fit must not be matched with it.
  bool fits(const Automaton& automaton) const;
};

}  // namespace weir::streams::cep
