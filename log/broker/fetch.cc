#include "log/broker/fetch.h"

#include <algorithm>

namespace weir::log::broker {

namespace {

using storage::AtLeastOne;

constexpr Partition::Positions kUnknown{kNoOffset, kNoOffset, kNoOffset, kNoOffset, kNoOffset, kNoLeaderEpoch};

struct Round {
  std::vector<FetchedPart> parts;
  std::size_t bytes = 0;
  bool has_error = false;
};

FetchedPart fetch_part(const FetchPart& wanted, const FetchSpec& spec, std::size_t left, bool is_first) {
  FetchedPart part{{}, {}, kUnknown, {}};
  if (!wanted.partition) {
    part.outcome = fail(wanted.partition.error());
    return part;
  }
  Partition& partition = **wanted.partition;
  auto piece = partition.plan_read(wanted.offset, std::min(left, wanted.max_bytes), spec.up_to,
                                   is_first ? AtLeastOne::yes : AtLeastOne::no);
  if (!piece) {
    part.outcome = fail(piece.error());
    part.positions = partition.positions();
    return part;
  }
  part.positions = piece->positions;
  if (wanted.follower) {
    part.outcome = partition.follower_has(*wanted.follower, wanted.offset);
    if (!part.outcome) return part;
  }
  part.aborted = std::move(piece->aborted);
  auto records = storage::perform(piece->plan);
  if (records) {
    part.records = *std::move(records);
  } else {
    part.outcome = fail(records.error());
  }
  return part;
}

Round fetch_round(const FetchSpec& spec) {
  Round round;
  round.parts.reserve(spec.parts.size());
  for (const auto& wanted : spec.parts) {
    std::size_t left = spec.max_bytes - std::min(spec.max_bytes, round.bytes);
    round.parts.push_back(fetch_part(wanted, spec, left, round.bytes == 0));
    round.bytes += round.parts.back().records.size_bytes();
    round.has_error |= !round.parts.back().outcome;
  }
  return round;
}

Offset bound_of(const Partition::Positions& positions, storage::ReadUpTo up_to) {
  switch (up_to) {
    case storage::ReadUpTo::end:
      return positions.end;
    case storage::ReadUpTo::high_watermark:
      return positions.high_watermark;
    case storage::ReadUpTo::last_stable_offset:
      return positions.last_stable_offset;
  }
  return positions.end;
}

// Has the waiter woken when a part grows beyond what this round saw; at once if one has grown meanwhile.
void wait_for_more(const FetchSpec& spec, const Round& round, const std::shared_ptr<Waiter>& waiter) {
  for (std::size_t i = 0; i < spec.parts.size(); ++i) {
    const auto& seen = round.parts[i].positions;
    if ((*spec.parts[i].partition)->wait_beyond(bound_of(seen, spec.up_to), spec.up_to, waiter)) continue;
    waiter->wake();
    return;
  }
}

}  // namespace

Task<std::vector<FetchedPart>> fetch(FetchSpec spec, Timers& timers, Clock& clock, Executor& executor) {
  const std::int64_t deadline_ns = clock.deadline_ns(spec.max_wait);
  for (;;) {
    Round round = fetch_round(spec);
    bool enough = round.bytes >= spec.min_bytes || round.has_error || clock.monotonic_ns() >= deadline_ns;
    if (enough) co_return std::move(round.parts);
    auto waiter = std::make_shared<Waiter>(executor);  // shared: with partitions and the timer
    wait_for_more(spec, round, waiter);
    Timers::Id timer = timers.at(deadline_ns, [waiter] { waiter->wake(); });
    co_await *waiter;
    timers.cancel(deadline_ns, timer);
  }
}

}  // namespace weir::log::broker
