#include "streams/operators/pattern/matcher.h"

#include <algorithm>
#include <bit>
#include <set>

namespace weir::streams::cep {

namespace {

template <class Visit>
void for_each_way(WayMask ways, Visit visit) {
  for (; ways != 0; ways &= ways - 1) visit(static_cast<std::size_t>(std::countr_zero(ways)));
}

bool is_within(const Run& run, std::int64_t gap_ms, std::int64_t time_ms) {
  return gap_ms == Way::kNoGap || time_ms < saturated_sum(run.last_ms, gap_ms);
}

}  // namespace

Matcher::Matcher(const Automaton& automaton, const std::vector<Condition>& conditions, const TypeOps& event,
                 RunLimit limit)
    : automaton_(automaton),
      conditions_(conditions),
      type_(event),
      limit_(limit),
      known_(conditions.size(), -1),
      touches_(automaton.places.size()) {
  find_what_means_something();
}

// The conditions that `touched` asks, over all places.
void Matcher::find_what_means_something() {
  std::set<ConditionIndex> all;
  for (const Place& place : automaton_.places) {
    for (const Kill& kill : place.kills) {
      if (!kill.only_next) all.insert(kill.where);
    }
    for (const Guard& guard : place.guards) all.insert(guard.where);
    for (const Stop& stop : place.stops) all.insert(stop.until);
    for (const Way& way : place.ways) {
      if (way.kind == Way::Kind::next) all.insert(kNoCondition);
      if (way.kind == Way::Kind::take) all.insert(way.gap == Gap::strict ? kNoCondition : way.where);
    }
  }
  if (all.contains(kNoCondition)) all = {kNoCondition};  // that every event meets
  meaningful_.assign(all.begin(), all.end());
}

// --- an event ---

void Matcher::look_at(const void* event, std::int64_t timestamp_ms) {
  event_ = event;
  time_ms_ = timestamp_ms;
  ++event_number_;
  std::fill(known_.begin(), known_.end(), std::int8_t{-1});
}

bool Matcher::may_begin() {
  const Place& start = automaton_.places[Automaton::kStart];
  return std::any_of(start.ways.begin(), start.ways.end(), [&](const Way& way) { return event_meets(way.where); });
}

bool Matcher::means_something() {
  return std::any_of(meaningful_.begin(), meaningful_.end(),
                     [&](ConditionIndex condition) { return event_meets(condition); });
}

bool Matcher::touches(const KeyMatches& key) {
  if (key.next_bound_ms <= time_ms_ || may_begin()) return true;
  if (!key.fresh.empty()) return true;
  for (const Run& run : key.loose) {
    if ((run.open & touched(run.place)) != 0) return true;
  }
  return std::any_of(key.groups.begin(), key.groups.end(),
                     [&](const RunGroup& group) { return (group.open & touched(group.place)) != 0; });
}

Result<> Matcher::process_seen(KeyMatches& key, MatchSink& sink) {
  WEIR_TRY(advance(key, time_ms_, sink));
  stored_ = MatchBuffer::kNoEvent;
  seen_.clear();  // where a condition threw
  seen_ = std::move(key.fresh);
  step_loose(key);
  for (std::size_t i = 0; i < key.groups.size(); ++i) step_group(key, i);
  key.drop_empty_groups();
  step_fresh(key);
  begin_run(key);
  ++key.next_position;
  ++key.next_completion;
  WEIR_TRY(keep_limit(key));
  return settle(key, sink);
}

bool Matcher::ask(ConditionIndex index) {
  const Condition& condition = conditions_[static_cast<std::size_t>(index)];
  return !condition.of_event || condition.of_event(event_);
}

bool Matcher::meets(ConditionIndex index, const MatchBuffer& buffer, TakeIndex take) {
  if (!event_meets(index)) return false;
  if (index == kNoCondition) return true;
  const Condition& condition = conditions_[static_cast<std::size_t>(index)];
  return !condition.of_match || condition.of_match(event_, SoFar(buffer, take, time_ms_, automaton_.steps));
}

// The ways that this event may close or go, of a run that has seen an event since its last take.
WayMask Matcher::touched(PlaceIndex index) {
  Touch& touch = touches_[index];
  if (touch.event == event_number_) return touch.ways;
  touch = {event_number_, 0};
  const Place& place = automaton_.places[index];
  for (const Kill& kill : place.kills) {
    if (!kill.only_next && event_meets(kill.where)) touch.ways |= kill.ways;
  }
  for (const Guard& guard : place.guards) {
    if (event_meets(guard.where)) touch.ways |= guard.ways;
  }
  for (const Stop& stop : place.stops) {
    if (event_meets(stop.until)) touch.ways |= stop.ways;
  }
  for (std::size_t i = 0; i < place.ways.size(); ++i) {
    const Way& way = place.ways[i];
    const bool is_touched = way.kind == Way::Kind::take && (way.gap == Gap::strict || event_meets(way.where));
    if (is_touched || way.kind == Way::Kind::next) touch.ways |= WayMask{1} << i;
  }
  return touch.ways;
}

void Matcher::step_loose(KeyMatches& key) {
  for (Run& run : key.loose) {
    if ((run.open & touched(run.place)) != 0) step(key, run);
  }
  key.loose.erase_if([&](const Run& run) { return is_closed(key, run); });
}

void Matcher::step_group(KeyMatches& key, std::size_t index) {
  RunGroup& group = key.groups[index];  // takes go to the fresh ones
  const WayMask touch = touched(group.place);
  if ((group.open & touch) == 0) return;
  WayMask open = 0;
  for (Run& run : group.runs) {
    if ((run.open & touch) != 0) step(key, run);
    open |= run.open;
  }
  group.open = open;
  group.runs.erase_if([&](const Run& run) { return is_closed(key, run); });
}

void Matcher::step_fresh(KeyMatches& key) {
  for (Run& run : seen_) {
    step(key, run);
    if (!is_closed(key, run)) key.add(run, bound_ms(run));
  }
  seen_.clear();
}

// What must not come has the first word, then greed, then until; then the event may be taken.
void Matcher::step(KeyMatches& key, Run& run) {
  const Place& place = automaton_.places[run.place];
  if (!place.kills.empty()) apply_kills(key, place, run);
  if (!place.guards.empty()) apply_guards(key, place, run);
  if (!place.stops.empty()) apply_stops(key, place, run);
  run.is_fresh = false;
  for_each_way(run.open, [&](std::size_t i) {
    const Way& way = place.ways[i];
    const WayMask bit = WayMask{1} << i;
    if (way.kind == Way::Kind::absence) return;
    if (way.kind == Way::Kind::next) {
      run.open &= ~bit;
      return complete(key, run.take, run.start, time_ms_);
    }
    if (!meets(way.where, key.buffer, run.take)) {
      if (way.gap == Gap::strict) run.open &= ~bit;
      return;
    }
    if (way.gap != Gap::any) run.open &= ~bit;
    if (way.until == kNoCondition || !meets(way.until, key.buffer, run.take)) take(key, run, way);
  });
}

void Matcher::apply_kills(const KeyMatches& key, const Place& place, Run& run) {
  WayMask killed = 0;
  for (const Kill& kill : place.kills) {
    const bool looks = run.is_fresh || (!kill.only_next && (run.open & kill.ways) != 0);
    if (!looks || !is_within(run, kill.gap_ms, time_ms_) || !meets(kill.where, key.buffer, run.take)) continue;
    killed |= run.is_fresh ? place.all_ways : kill.ways;
  }
  run.open &= ~killed;
}

void Matcher::apply_guards(const KeyMatches& key, const Place& place, Run& run) {
  for (std::size_t i = 0; i < place.guards.size(); ++i) {
    const Guard& guard = place.guards[i];
    const auto bit = static_cast<std::uint16_t>(1U << i);
    if (run.is_fresh && guard.until != kNoCondition && meets(guard.until, key.buffer, run.take)) {
      run.ended_guards = static_cast<std::uint16_t>(run.ended_guards | bit);
    }
    if ((run.ended_guards & bit) != 0 || (run.open & guard.ways) == 0) continue;
    if (meets(guard.where, key.buffer, run.take)) run.open &= ~guard.ways;
  }
}

void Matcher::apply_stops(const KeyMatches& key, const Place& place, Run& run) {
  for (const Stop& stop : place.stops) {
    if ((run.open & stop.ways) != 0 && meets(stop.until, key.buffer, run.take)) run.open &= ~stop.ways;
  }
}

// Every event may begin a run, whatever others do: as if one that has taken nothing waited there.
void Matcher::begin_run(KeyMatches& key) {
  const Place& place = automaton_.places[Automaton::kStart];
  if (!may_begin()) return;
  Run none{.open = place.all_ways, .start = key.next_position, .start_ms = time_ms_, .is_fresh = false};
  apply_guards(key, place, none);
  apply_stops(key, place, none);
  for_each_way(none.open, [&](std::size_t i) {
    const Way& way = place.ways[i];
    if (!meets(way.where, key.buffer, kNoTake)) return;
    if (way.until == kNoCondition || !meets(way.until, key.buffer, kNoTake)) take(key, none, way);
  });
}

void Matcher::take(KeyMatches& key, const Run& from, const Way& way) {
  const Place& place = automaton_.places[way.target];
  if (place.ways.empty() && !place.is_match) return;
  if (stored_ == MatchBuffer::kNoEvent) {
    stored_ = key.buffer.add_event(OwnedEvent(type_, event_), time_ms_, key.next_position);
  }
  Run run{.open = place.all_ways, .start = from.start, .start_ms = from.start_ms, .last_ms = time_ms_};
  run.take = key.buffer.add_take(way.step, stored_, from.take);
  run.place = way.target;
  if (place.is_match) complete(key, run.take, run.start, time_ms_);
  if (place.ways.empty()) return key.buffer.release(run.take);
  ++tally_.runs;
  key.next_bound_ms = std::min(key.next_bound_ms, bound_ms(run));
  key.fresh.push_back(run);
}

void Matcher::complete(KeyMatches& key, TakeIndex take, std::int64_t start, std::int64_t at_ms) {
  key.buffer.hold(take);
  key.waiting.push_back({take, start, key.next_completion, at_ms});
}

// --- time ---

std::int64_t Matcher::bound_ms(const Run& run) const {
  std::int64_t bound = kForeverMs;
  if (automaton_.within_ms) bound = saturated_sum(run.start_ms, *automaton_.within_ms);
  const Place& place = automaton_.places[run.place];
  if (!place.has_gaps) return bound;
  for_each_way(run.open, [&](std::size_t i) {
    if (place.ways[i].gap_ms == Way::kNoGap) return;
    bound = std::min(bound, saturated_sum(run.last_ms, place.ways[i].gap_ms));
  });
  return bound;
}

Result<> Matcher::advance(KeyMatches& key, std::int64_t time_ms, MatchSink& sink) {
  over_.clear();
  while (key.next_bound_ms <= time_ms && key.next_bound_ms != kForeverMs) {
    const std::int64_t now = key.next_bound_ms;
    std::int64_t next = kForeverMs;
    next = std::min(next, expire_all(key, key.loose, now));
    for (RunGroup& group : key.groups) {
      const bool has_gaps = automaton_.places[group.place].has_gaps;
      if (group.bound_ms <= now) {
        group.bound_ms = has_gaps ? expire_all(key, group.runs, now) : expire_first(key, group.runs, now);
      }
      next = std::min(next, group.bound_ms);
    }
    key.drop_empty_groups();
    next = std::min(next, expire_all(key, key.fresh, now));
    key.next_bound_ms = next;
    tell_timed_out(key, sink);
    ++key.next_completion;
    WEIR_TRY(settle(key, sink));
  }
  return {};
}

// When the next of those that stay is over.
template <class Runs>
std::int64_t Matcher::expire_all(KeyMatches& key, Runs& runs, std::int64_t now_ms) {
  std::int64_t earliest = kForeverMs;
  for (Run& run : runs) {
    if (bound_ms(run) <= now_ms) expire(key, run, now_ms);
    if (run.open != 0) earliest = std::min(earliest, bound_ms(run));
  }
  runs.erase_if([&](const Run& run) { return is_closed(key, run); });
  return earliest;
}

// The same where only the time of the whole counts: what began first is over first, and then altogether.
std::int64_t Matcher::expire_first(KeyMatches& key, RunList& runs, std::int64_t now_ms) {
  while (!runs.empty() && bound_ms(runs.front()) <= now_ms) {
    expire(key, runs.front(), now_ms);
    (void)is_closed(key, runs.front());
    runs.drop_front();
  }
  return runs.empty() ? kForeverMs : bound_ms(runs.front());
}

void Matcher::expire(KeyMatches& key, Run& run, std::int64_t time_ms) {
  const Place& place = automaton_.places[run.place];
  const bool is_over = automaton_.within_ms && saturated_sum(run.start_ms, *automaton_.within_ms) <= time_ms;
  bool is_timed_out = false;
  for_each_way(run.open, [&](std::size_t i) {
    const Way& way = place.ways[i];
    if (!is_over && is_within(run, way.gap_ms, time_ms)) return;
    run.open &= ~(WayMask{1} << i);
    if (way.kind == Way::Kind::absence) {
      complete(key, run.take, run.start, time_ms);
    } else {
      is_timed_out = true;
    }
  });
  if (!is_timed_out) return;
  key.buffer.hold(run.take);
  over_.push_back({run.take, run.start, key.next_completion, time_ms});
}

// In an order that does not depend on how the runs are kept.
void Matcher::tell_timed_out(KeyMatches& key, MatchSink& sink) {
  std::sort(over_.begin(), over_.end(),
            [&](const WaitingMatch& a, const WaitingMatch& b) { return is_before(key.buffer, a, b); });
  for (const WaitingMatch& one : over_) {
    ++tally_.timed_out;
    sink.timed_out(events_of(key.buffer, one.take), one.at_ms);
    key.buffer.release(one.take);
  }
  over_.clear();
}

// --- what is over ---

bool Matcher::is_closed(KeyMatches& key, const Run& run) {
  if (run.open != 0) return false;
  ++tally_.pruned;
  key.buffer.release(run.take);
  return true;
}

Result<> Matcher::keep_limit(KeyMatches& key) {
  const std::size_t count = key.run_count();
  if (count <= limit_.max_runs) return {};
  if (limit_.when_too_many == WhenTooMany::fail) {
    return fail(ErrorCode::wrong_state, "pattern: one key has " + std::to_string(count) +
                                            " partial matches, and may have " + std::to_string(limit_.max_runs) +
                                            ": bound the pattern in time, skip after a match, or let the oldest go");
  }
  for (std::size_t excess = count - limit_.max_runs; excess > 0; --excess) {
    const std::int64_t first = key.first_start();
    bool is_done = false;
    const auto is_it = [&](const Run& run) {
      if (is_done || run.start != first) return false;
      is_done = true;
      ++tally_.dropped;
      key.buffer.release(run.take);
      return true;
    };
    key.loose.erase_if(is_it);
    for (RunGroup& group : key.groups) {
      if (!is_done && is_it(group.runs.front())) group.runs.drop_front();
    }
    if (!is_done) key.fresh.erase_if(is_it);
    key.drop_empty_groups();
  }
  return {};
}

// --- matches that come out ---

Result<> Matcher::settle(KeyMatches& key, MatchSink& sink) {
  if (automaton_.skip.to == SkipTo::none) {
    std::sort(key.waiting.begin(), key.waiting.end(),
              [&](const WaitingMatch& a, const WaitingMatch& b) { return is_before(key.buffer, a, b); });
    for (const WaitingMatch& match : key.waiting) {
      WEIR_TRY(come_out(key, match, sink));
      key.buffer.release(match.take);
    }
    key.waiting.clear();
  }
  while (!key.waiting.empty()) {
    auto first = key.waiting.begin();
    for (auto at = first + 1; at != key.waiting.end(); ++at) {
      if (is_before(key.buffer, *at, *first)) first = at;
    }
    if (key.first_start() < first->start) return {};
    const WaitingMatch match = *first;
    key.waiting.erase(first);
    const auto result = come_out(key, match, sink);
    key.buffer.release(match.take);
    WEIR_TRY(result);
  }
  if (key.groups.empty() && key.loose.empty() && key.fresh.empty()) key.next_bound_ms = kForeverMs;
  return {};
}

// By start, then completion, then the earlier events, then the earlier steps.
bool Matcher::is_before(const MatchBuffer& buffer, const WaitingMatch& a, const WaitingMatch& b) const {
  if (a.start != b.start) return a.start < b.start;
  if (a.completed != b.completed) return a.completed < b.completed;
  std::vector<std::int64_t> events[2];
  std::vector<StepIndex> steps[2];
  for (int side = 0; side < 2; ++side) {
    for (TakeIndex at = side == 0 ? a.take : b.take; at != kNoTake; at = buffer.take(at).before) {
      events[side].push_back(buffer.event_of(buffer.take(at)).position);
      steps[side].push_back(buffer.take(at).step);
    }
    std::reverse(events[side].begin(), events[side].end());
    std::reverse(steps[side].begin(), steps[side].end());
  }
  return events[0] != events[1] ? events[0] < events[1] : steps[0] < steps[1];
}

Result<> Matcher::come_out(KeyMatches& key, const WaitingMatch& match, MatchSink& sink) {
  const std::span<const TakenEvent> events = events_of(key.buffer, match.take);
  const Skip& skip = automaton_.skip;
  std::int64_t latest = -1;  // what started up to there is dropped
  if (skip.to == SkipTo::next) latest = match.start;
  if (skip.to == SkipTo::past_last_event) latest = events.back().position;
  if (skip.to == SkipTo::first || skip.to == SkipTo::last) {
    const TakenEvent* found = nullptr;
    for (const TakenEvent& event : events) {
      if (event.step != automaton_.skip_step) continue;
      if (found == nullptr || skip.to == SkipTo::last) found = &event;
    }
    if (skip.must_advance && (found == nullptr || found->position == match.start)) {
      return fail(ErrorCode::wrong_state,
                  "pattern: after a match it goes on at step '" + skip.step + "', " +
                      (found == nullptr ? "of which the match has no event" : "with which the match began"));
    }
    if (found != nullptr) latest = found->position - 1;
  }
  ++tally_.matches;
  sink.matched(events, match.at_ms);
  if (latest >= 0) drop_started(key, latest);
  return {};
}

void Matcher::drop_started(KeyMatches& key, std::int64_t latest_start) {
  key.drop_started(latest_start, [&](const Run& run) {
    ++tally_.pruned;
    key.buffer.release(run.take);
  });
  std::erase_if(key.waiting, [&](const WaitingMatch& match) {
    if (match.start > latest_start) return false;
    key.buffer.release(match.take);
    return true;
  });
}

std::span<const TakenEvent> Matcher::events_of(const MatchBuffer& buffer, TakeIndex take) {
  events_.clear();
  for (TakeIndex at = take; at != kNoTake; at = buffer.take(at).before) {
    const MatchBuffer::Take& taken = buffer.take(at);
    const MatchBuffer::Event& event = buffer.event_of(taken);
    events_.push_back({taken.step, event.value.get(), event.timestamp_ms, event.position});
  }
  std::reverse(events_.begin(), events_.end());
  return events_;
}

}  // namespace weir::streams::cep
