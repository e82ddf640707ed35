#include "streams/operators/pattern/key_matches.h"

namespace weir::streams::cep {

void KeyMatches::encode(Writer& out) const {
  std::vector<TakeIndex> numbers;
  buffer.encode(out, numbers);
  out.varlong(next_position);
  out.varlong(next_completion);
  out.varlong(next_bound_ms);
  out.unsigned_varlong(runs.size());
  for (const Run& run : runs) {
    out.unsigned_varlong(numbers[run.take]);
    out.unsigned_varlong(run.place);
    out.unsigned_varlong(run.open);
    out.unsigned_varlong(std::uint64_t{run.ended_guards} * 2 + run.is_fresh);
    out.varlong(run.start);
    out.varlong(run.start_ms);
    out.varlong(run.last_ms);
  }
  out.unsigned_varlong(waiting.size());
  for (const WaitingMatch& match : waiting) {
    out.unsigned_varlong(numbers[match.take]);
    out.varlong(match.start);
    out.varlong(match.completed);
    out.varlong(match.at_ms);
  }
}

bool KeyMatches::decode(const Automaton& automaton, const TypeOps& event, Reader& in) {
  if (!buffer.decode(event, in)) return false;
  const std::size_t takes = buffer.takes();
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
    if (!in.ok() || take >= takes || place >= automaton.places.size() ||
        (open & ~automaton.places[place].all_ways) != 0)
      return false;
    run.take = static_cast<TakeIndex>(take);
    run.place = static_cast<PlaceIndex>(place);
    run.ended_guards = static_cast<std::uint16_t>(flags / 2);
    run.is_fresh = flags % 2 == 1;
    buffer.hold(run.take);
    runs.push_back(run);
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

}  // namespace weir::streams::cep
