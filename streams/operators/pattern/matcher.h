// Matcher: an automaton that is walked: events and times in, matches and time-outs out. It knows one pattern and keeps
// nothing of its own: what is kept is KeyMatches, one a key.
//
// Events of a key must come in the order of their times; whoever calls has put them in order. Before an event time
// moves to its own. Cost of an event: one look at each place where runs are, more only at those that it touches.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "log/base/result.h"
#include "streams/operators/pattern/automaton.h"
#include "streams/operators/pattern/key_matches.h"
#include "streams/operators/pattern/so_far.h"

namespace weir::streams::cep {

// An event of a match. Borrowed.
struct TakenEvent {
  StepIndex step;
  const void* event;
  std::int64_t timestamp_ms;
  std::int64_t position;  // of the key's events
};

// Who is told. What is handed over is valid until the call returns.
class MatchSink {
 public:
  // `at_ms`: the time of the event that completed it, or the time that was waited for.
  virtual void matched(std::span<const TakenEvent> events, std::int64_t at_ms) = 0;
  // A run whose time is over; it may have matched before, as far as it came.
  virtual void timed_out(std::span<const TakenEvent> events, std::int64_t at_ms) = 0;

 protected:
  ~MatchSink() = default;
};

// How often what happened, in all.
struct MatchTally {
  std::uint64_t runs = 0;  // partial matches that began or went on
  std::uint64_t matches = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t pruned = 0;   // that could not match any more, or were dropped behind a match
  std::uint64_t dropped = 0;  // because there were too many
};

class Matcher {
 public:
  // All are borrowed.
  Matcher(const Automaton& automaton, const std::vector<Condition>& conditions, const TypeOps& event,
          RunLimit limit = {});

  // An error: there are too many runs, or a match does not go on where it must (Skip::must_advance).
  Result<> process(KeyMatches& key, const void* event, std::int64_t timestamp_ms, MatchSink& sink) {
    look_at(event, timestamp_ms);
    return process_seen(key, sink);
  }
  // The same in two steps: what is known of the event without a key says whether there is anything to do for one. The
  // event is borrowed until the next one is looked at.
  void look_at(const void* event, std::int64_t timestamp_ms);
  bool may_begin();
  // It is one that some run may take, or that may end one, if it has seen an event since its last take.
  bool means_something();
  bool touches(const KeyMatches& key);
  Result<> process_seen(KeyMatches& key, MatchSink& sink);
  // It is `time_ms`: what ends at or before it is over.
  Result<> advance(KeyMatches& key, std::int64_t time_ms, MatchSink& sink);

  // Since it was asked last.
  MatchTally take_tally() { return std::exchange(tally_, {}); }

 private:
  void find_what_means_something();

  // What an event may do at a place, whatever the run has seen.
  struct Touch {
    std::uint64_t event = 0;  // for which it was found
    WayMask ways = 0;
  };

  bool meets(ConditionIndex condition, const MatchBuffer& buffer, TakeIndex take);
  bool event_meets(ConditionIndex condition) {
    if (condition == kNoCondition) return true;
    std::int8_t& known = known_[static_cast<std::size_t>(condition)];
    if (known < 0) known = ask(condition);
    return known == 1;
  }
  bool ask(ConditionIndex condition);
  WayMask touched(PlaceIndex place);
  void step(KeyMatches& key, Run& run);
  void step_loose(KeyMatches& key);
  void step_group(KeyMatches& key, std::size_t index);
  void step_fresh(KeyMatches& key);
  void apply_kills(const KeyMatches& key, const Place& place, Run& run);
  void apply_guards(const KeyMatches& key, const Place& place, Run& run);
  void apply_stops(const KeyMatches& key, const Place& place, Run& run);
  void begin_run(KeyMatches& key);
  void take(KeyMatches& key, const Run& from, const Way& way);
  void complete(KeyMatches& key, TakeIndex take, std::int64_t start, std::int64_t at_ms);
  std::int64_t bound_ms(const Run& run) const;
  void expire(KeyMatches& key, Run& run, std::int64_t time_ms);
  void tell_timed_out(KeyMatches& key, MatchSink& sink);
  bool is_closed(KeyMatches& key, const Run& run);
  template <class Runs>
  std::int64_t expire_all(KeyMatches& key, Runs& runs, std::int64_t now_ms);
  std::int64_t expire_first(KeyMatches& key, RunList& runs, std::int64_t now_ms);
  Result<> keep_limit(KeyMatches& key);
  Result<> settle(KeyMatches& key, MatchSink& sink);
  Result<> come_out(KeyMatches& key, const WaitingMatch& match, MatchSink& sink);
  void drop_started(KeyMatches& key, std::int64_t latest_start);
  bool is_before(const MatchBuffer& buffer, const WaitingMatch& a, const WaitingMatch& b) const;
  std::span<const TakenEvent> events_of(const MatchBuffer& buffer, TakeIndex take);

  const Automaton& automaton_;
  const std::vector<Condition>& conditions_;
  const TypeOps& type_;
  const RunLimit limit_;
  std::vector<ConditionIndex> meaningful_;  // an event that meets none of them means nothing, whatever the run
  MatchTally tally_;

  // Of the event that is being processed.
  const void* event_ = nullptr;
  std::int64_t time_ms_ = 0;
  std::uint64_t event_number_ = 0;
  MatchBuffer::EventIndex stored_ = MatchBuffer::kNoEvent;  // once it is taken
  std::vector<std::int8_t> known_;                          // what of_event said; -1: not asked
  std::vector<Touch> touches_;                              // by place
  std::vector<TakenEvent> events_;
  Few<Run, 2> seen_;                // that were fresh
  std::vector<WaitingMatch> over_;  // whose time is over
};

}  // namespace weir::streams::cep
