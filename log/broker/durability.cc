#include "log/broker/durability.h"

#include <algorithm>
#include <functional>

#include "log/storage/format.h"

namespace weir::log::broker {

using storage::SyncedIn;
using storage::SyncWay;

namespace {

// A sync that has begun.
struct Begun {
  Partition* partition;
  storage::SyncPlan plan;
  Result<>* outcome;
  SyncWay way = SyncWay::segments;
};

// False if the segments are to be synced instead.
Result<bool> write_to_journal(const std::vector<Begun*>& some, storage::Journal& journal) {
  std::vector<storage::Journal::Piece> pieces;
  for (const Begun* begun : some) {
    const storage::PartitionDirectory directory{begun->partition->name(), begun->partition->topic_id()};
    auto piece = storage::read_for_journal(begun->plan, directory.name());
    if (!piece) return false;  // a segment that cannot be read now may still be synced
    pieces.push_back(*std::move(piece));
  }
  return journal.write(pieces);
}

void choose(std::vector<Begun>& all) {
  std::vector<storage::Unsynced> unsynced;
  for (const auto& begun : all) unsynced.push_back(storage::unsynced_of(begun.plan));
  const auto ways = storage::choose_ways(unsynced);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].way = ways[i];
}

void by_journal(std::vector<Begun>& all, storage::Journal& journal) {
  choose(all);
  std::vector<Begun*> some;
  for (auto& begun : all) {
    if (begun.way == SyncWay::journal) some.push_back(&begun);
  }
  if (some.empty()) return;
  const auto written = write_to_journal(some, journal);
  const Result<> outcome = written ? Result<>{} : fail(written.error());
  for (Begun* begun : some) {
    if (written && !*written) {
      begun->way = SyncWay::segments;
    } else {
      *begun->outcome = begun->partition->end_sync(begun->plan, SyncedIn::journal, outcome);
    }
  }
}

void by_segments(std::vector<Begun>& all) {
  for (auto& begun : all) {
    if (begun.way != SyncWay::segments) continue;
    auto done = storage::perform(begun.partition->files(), begun.plan);
    *begun.outcome = begun.partition->end_sync(begun.plan, SyncedIn::segments, done);
  }
}

}  // namespace

std::vector<Result<>> make_durable(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one,
                                   storage::Journal* journal) {
  const bool are_all_synced = as_one == AsOne::yes && std::ranges::any_of(partitions, [](const auto& partition) {
                                return partition->flush() == Flush::before_answer;
                              });
  const SyncIf sync_if = are_all_synced ? SyncIf::unsynced : SyncIf::wanted;
  std::vector<Result<>> outcomes(partitions.size());
  // Everybody takes them in the same order, so that no two wait for each other.
  std::vector<std::size_t> order(partitions.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  auto at = [&](std::size_t i) {
    return partitions[i].get();
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return std::less<>()(at(a), at(b)); });
  std::vector<Begun> all;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && at(order[i]) == at(order[i - 1])) continue;
    auto plan = at(order[i])->begin_sync(sync_if);
    if (!plan) outcomes[order[i]] = fail(plan.error());
    if (plan && *plan) all.push_back({at(order[i]), **std::move(plan), &outcomes[order[i]]});
  }
  if (journal != nullptr) by_journal(all, *journal);
  by_segments(all);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (at(order[i]) == at(order[i - 1])) outcomes[order[i]] = outcomes[order[i - 1]];
  }
  return outcomes;
}

}  // namespace weir::log::broker
