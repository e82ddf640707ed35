#include "streams/operators/pattern/key_matches.h"

#include <algorithm>

namespace weir::streams::cep {

void KeyMatches::encode(Writer& out) const {
  thread_local std::vector<TakeIndex> numbers;
  buffer.encode(out, numbers);
  out.varlong(next_position);
  out.varlong(next_completion);
  out.varlong(next_bound_ms);
  out.unsigned_varlong(run_count());
  for_each_run([&](const Run& run) {
    out.unsigned_varlong(numbers[run.take]);
    out.unsigned_varlong(run.place);
    out.unsigned_varlong(run.open);
    out.unsigned_varlong(std::uint64_t{run.ended_guards} * 2 + run.is_fresh);
    out.varlong(run.start);
    out.varlong(run.start_ms);
    out.varlong(run.last_ms);
  });
  out.unsigned_varlong(waiting.size());
  for (const WaitingMatch& match : waiting) {
    out.unsigned_varlong(numbers[match.take]);
    out.varlong(match.start);
    out.varlong(match.completed);
    out.varlong(match.at_ms);
  }
}

bool KeyMatches::decode(const TypeOps& event, Reader& in) {
  if (!buffer.decode(event, in)) return false;
  const std::size_t takes = buffer.take_numbers();
  next_position = in.varlong();
  next_completion = in.varlong();
  next_bound_ms = in.varlong();
  const std::uint64_t run_count = in.unsigned_varlong();
  if (!in.ok() || run_count > in.remaining()) return false;
  for (std::uint64_t i = 0; i < run_count; ++i) {
    const std::uint64_t take = in.unsigned_varlong();
    const std::uint64_t place = in.unsigned_varlong();
    const std::uint64_t open = in.unsigned_varlong();
    const std::uint64_t flags = in.unsigned_varlong();
    Run run{.open = open, .start = in.varlong(), .start_ms = in.varlong(), .last_ms = in.varlong()};
    if (!in.ok() || take >= takes || place > UINT32_MAX) return false;
    run.take = static_cast<TakeIndex>(take);
    run.place = static_cast<PlaceIndex>(place);
    run.ended_guards = static_cast<std::uint16_t>(flags / 2);
    run.is_fresh = flags % 2 == 1;
    buffer.hold(run.take);
    if (run.is_fresh) {
      fresh.push_back(run);
    } else {
      add(run, next_bound_ms);
    }
  }
  const std::uint64_t waiting_count = in.unsigned_varlong();
  if (!in.ok() || waiting_count > in.remaining()) return false;
  for (std::uint64_t i = 0; i < waiting_count; ++i) {
    const std::uint64_t take = in.unsigned_varlong();
    WaitingMatch match{.start = in.varlong(), .completed = in.varlong(), .at_ms = in.varlong()};
    if (!in.ok() || take >= takes) return false;
    match.take = static_cast<TakeIndex>(take);
    buffer.hold(match.take);
    waiting.push_back(match);
  }
  return true;
}

bool KeyMatches::fits(const Automaton& automaton) const {
  const auto is_step = [&](TakeIndex take) {
    for (; take != kNoTake; take = buffer.take(take).before) {
      if (buffer.take(take).step >= automaton.steps.size()) return false;
    }
    return true;
  };
  bool is_fit = std::all_of(waiting.begin(), waiting.end(), [&](const WaitingMatch& one) { return is_step(one.take); });
  for_each_run([&](const Run& run) {
    is_fit = is_fit && run.place < automaton.places.size() && (run.open & ~automaton.places[run.place].all_ways) == 0 &&
             is_step(run.take);
  });
  return is_fit;
}

namespace {

void add_to_group(std::vector<RunGroup>& groups, const Run& run, std::int64_t bound_ms) {
  auto at = std::lower_bound(groups.begin(), groups.end(), run.place,
                             [](const RunGroup& group, PlaceIndex place) { return group.place < place; });
  if (at == groups.end() || at->place != run.place) at = groups.insert(at, RunGroup{.place = run.place});
  at->open |= run.open;
  at->bound_ms = std::min(at->bound_ms, bound_ms);
  at->runs.add(run);
}

}  // namespace

void KeyMatches::add(const Run& run, std::int64_t bound_ms) {
  if (groups.empty() && loose.size() < kFew) return loose.push_back(run);
  for (const Run& one : loose) add_to_group(groups, one, next_bound_ms);
  loose.clear();
  add_to_group(groups, run, bound_ms);
}

std::size_t KeyMatches::heap_bytes() const {
  std::size_t bytes = buffer.heap_bytes() + groups.capacity() * sizeof(RunGroup) + fresh.heap_bytes() +
                      loose.heap_bytes() + waiting.capacity() * sizeof(WaitingMatch);
  for (const RunGroup& group : groups) bytes += group.runs.capacity() * sizeof(Run);
  return bytes;
}

}  // namespace weir::streams::cep
