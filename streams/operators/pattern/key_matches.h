// KeyMatches: what the matcher keeps of one key: its partial matches (runs) and, with a skip strategy, matches that are
// complete and wait for runs that began before them. A value: it is copied, written and read back.
#pragma once

#include <algorithm>
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

// Runs by where they began; of equal ones as they came. Those that began first go first, at no cost for the others.
class RunList {
 public:
  Run* begin() { return runs_.data() + first_; }
  Run* end() { return runs_.data() + runs_.size(); }
  const Run* begin() const { return runs_.data() + first_; }
  const Run* end() const { return runs_.data() + runs_.size(); }
  std::size_t size() const { return runs_.size() - first_; }
  std::size_t capacity() const { return runs_.capacity(); }
  bool empty() const { return first_ == runs_.size(); }
  Run& front() { return runs_[first_]; }
  const Run& front() const { return runs_[first_]; }

  void add(const Run& run) {
    std::size_t at = runs_.size();
    while (at > first_ && runs_[at - 1].start > run.start) --at;
    runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(at), run);
  }
  void drop_front() {
    if (++first_ * 2 <= runs_.size()) return;
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  template <class IsOver>
  void erase_if(IsOver is_over) {
    runs_.erase(std::remove_if(runs_.begin() + static_cast<std::ptrdiff_t>(first_), runs_.end(), is_over), runs_.end());
  }

 private:
  std::vector<Run> runs_;
  std::size_t first_ = 0;  // those before it are gone
};

// Runs at one place that have seen an event since their last take: an event that means nothing there passes all of
// them.
struct RunGroup {
  PlaceIndex place = 0;
  WayMask open = 0;                    // at least all that are open of some run
  std::int64_t bound_ms = kForeverMs;  // no run's time is over before
  RunList runs = {};
};

struct KeyMatches {
  MatchBuffer buffer = {};
  static constexpr std::size_t kFew = 16;

  Few<Run, 2> loose = {};             // that have seen an event since, of whatever place, while they are few
  std::vector<RunGroup> groups = {};  // by place, none is empty: where there are more
  Few<Run, 2> fresh = {};             // no event has come since their last takes
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
  // Removes the runs that started there or before; `release` is told of each. Others cost nothing, but for those that
  // are loose or fresh.
  template <class Release>
  void drop_started(std::int64_t latest, Release release) {
    const auto is_over = [&](const Run& run) {
      if (run.start > latest) return false;
      release(run);
      return true;
    };
    loose.erase_if(is_over);
    for (RunGroup& group : groups) {
      while (!group.runs.empty() && is_over(group.runs.front())) group.runs.drop_front();
    }
    drop_empty_groups();
    fresh.erase_if(is_over);
  }
  void drop_empty_groups() {
    std::erase_if(groups, [](const RunGroup& group) { return group.runs.empty(); });
  }
  // Of the run that began first; INT64_MAX: there is none.
  std::int64_t first_start() const {
    std::int64_t first = INT64_MAX;
    for (const Run& run : loose) first = std::min(first, run.start);
    for (const RunGroup& group : groups) first = std::min(first, group.runs.front().start);
    for (const Run& run : fresh) first = std::min(first, run.start);
    return first;
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
