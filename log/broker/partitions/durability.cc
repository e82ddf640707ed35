#include "log/broker/partitions/durability.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "log/storage/format.h"

namespace weir::log::broker {

using storage::SyncedIn;
using storage::SyncWay;

namespace {

// A sync that has begun.
struct Begun {
  Partition* partition;
  Partition::BegunSync sync;
  SyncIf sync_if;
  Result<>* outcome;
  SyncWay way = SyncWay::segments;
};

// False if the segments are to be synced instead.
Result<bool> write_to_journal(const std::vector<Begun*>& some, storage::Journal& journal) {
  std::vector<storage::Journal::Piece> pieces;
  for (const Begun* begun : some) {
    const storage::PartitionDirectory directory{begun->partition->name(), begun->partition->topic_id()};
    auto piece = storage::read_for_journal(begun->sync.plan, directory.name());
    if (!piece) return false;  // a segment that cannot be read now may still be synced
    pieces.push_back(*std::move(piece));
  }
  return journal.write(pieces);
}

void choose(std::vector<Begun>& all) {
  std::vector<storage::Unsynced> unsynced;
  for (const auto& begun : all) unsynced.push_back(storage::unsynced_of(begun.sync.plan));
  const auto ways = storage::choose_ways(unsynced);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].way = all[i].sync.only_by_journal ? SyncWay::journal : ways[i];
}

void by_journal(std::vector<Begun>& all, storage::Journal& journal) {
  choose(all);
  std::vector<Begun*> some;
  for (auto& begun : all) {
    if (begun.way != SyncWay::journal) continue;
    begun.partition->take_journal(begun.sync);
    some.push_back(&begun);
  }
  if (some.empty()) return;
  const auto written = write_to_journal(some, journal);
  const Result<> outcome = written ? Result<>{} : fail(written.error());
  for (Begun* begun : some) {
    if (written && !*written) {
      begun->way = SyncWay::segments;
    } else {
      *begun->outcome = begun->partition->end_sync(begun->sync, SyncedIn::journal, outcome);
    }
  }
}

// Who waits for others' syncs has none of its own under way: the last ones.
void by_segments(std::vector<Begun>& all) {
  std::vector<Begun*> declined;  // by the journal, beside syncs of their segments
  for (auto& begun : all) {
    if (begun.way != SyncWay::segments || !begun.sync.only_by_journal) continue;
    begun.partition->give_up_sync(begun.sync);
    declined.push_back(&begun);
  }
  for (auto& begun : all) {
    if (begun.way != SyncWay::segments || begun.sync.only_by_journal) continue;
    auto done = storage::perform(begun.partition->files(), begun.sync.plan);
    *begun.outcome = begun.partition->end_sync(begun.sync, SyncedIn::segments, done);
  }
  for (Begun* begun : declined) *begun->outcome = begun->partition->make_durable(begun->sync_if);
}

// By their ids, so that the disk sees the same order in every run; one that was made anew has the same.
bool comes_before(const Partition& a, const Partition& b) {
  const auto order = std::tie(a.topic_id(), a.name().partition) <=> std::tie(b.topic_id(), b.name().partition);
  return order == 0 ? std::less<>()(&a, &b) : order < 0;
}

}  // namespace

SyncIf sync_if(const std::vector<std::shared_ptr<Partition>>& partitions, AsOne as_one) {
  const bool are_all_synced = as_one == AsOne::yes && std::ranges::any_of(partitions, [](const auto& partition) {
                                return partition->flush() == Flush::before_answer;
                              });
  return are_all_synced ? SyncIf::unsynced : SyncIf::wanted;
}

std::vector<Result<>> make_durable(const std::vector<Wish>& wishes, storage::Journal* journal) {
  std::vector<Result<>> outcomes(wishes.size());
  // Everybody takes them in the same order, so that no two wait for each other.
  std::vector<std::size_t> order(wishes.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  auto at = [&](std::size_t i) {
    return wishes[i].partition.get();
  };
  // Of several wishes for a partition the strongest is carried out.
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return at(a) == at(b) ? wishes[a].sync_if > wishes[b].sync_if : comes_before(*at(a), *at(b));
  });
  std::vector<Begun> all;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && at(order[i]) == at(order[i - 1])) continue;
    const SyncIf wish = wishes[order[i]].sync_if;
    auto begun = at(order[i])->begin_sync(wish, journal);
    if (!begun) outcomes[order[i]] = fail(begun.error());
    if (begun && *begun) all.push_back({at(order[i]), **std::move(begun), wish, &outcomes[order[i]]});
  }
  if (journal != nullptr) by_journal(all, *journal);
  by_segments(all);
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (at(order[i]) == at(order[i - 1])) outcomes[order[i]] = outcomes[order[i - 1]];
  }
  return outcomes;
}

void Syncer::ask(std::vector<Wish> wishes, Done done) {
  std::vector<Asked> asked;
  asked.push_back({std::move(wishes), std::move(done)});
  if (asked.front().wishes.empty() || pool_ == nullptr) return carry_out(std::move(asked));
  {
    MutexLock lock(mutex_);
    waiting_.push_back(std::move(asked.front()));
    if (std::exchange(is_running_, true)) return;
  }
  pool_->post([this] { run(); });
}

Task<std::vector<Result<>>> Syncer::durable(std::vector<Wish> wishes, Executor& executor) {
  const bool is_asked = std::ranges::any_of(wishes, [](const Wish& wish) { return wish.is_open(); });
  if (!is_asked) co_return std::vector<Result<>>(wishes.size());
  struct Held {
    explicit Held(Executor& resumes) : waiter(resumes) {}
    Waiter waiter;
    std::vector<Result<>> outcomes{};
  };
  auto held = std::make_shared<Held>(executor);  // shared: with the pool
  ask(std::move(wishes), [held](const std::vector<Result<>>& outcomes) {
    held->outcomes = outcomes;
    held->waiter.wake();
  });
  co_await held->waiter;
  co_return std::move(held->outcomes);
}

void Syncer::run() {
  for (;;) {
    std::vector<Asked> asked;
    {
      MutexLock lock(mutex_);
      asked.swap(waiting_);
      is_running_ = !asked.empty();
      if (!is_running_) return;
    }
    carry_out(std::move(asked));
  }
}

std::vector<Result<>> Syncer::carry_out(const std::vector<Wish>& wishes) {
  if (wishes.empty()) return {};
  const bool is_cut = std::ranges::any_of(wishes, [](const Wish& wish) { return wish.with_cut == WithCut::yes; });
  return is_cut && take_cut_ ? take_cut_(wishes) : make_durable(wishes, journal_);
}

void Syncer::carry_out(std::vector<Asked> asked) {
  std::vector<Wish> wishes;
  for (const auto& one : asked) wishes.insert(wishes.end(), one.wishes.begin(), one.wishes.end());
  const auto outcomes = carry_out(wishes);
  auto first = outcomes.begin();
  for (const auto& one : asked) {
    const auto last = first + static_cast<std::ptrdiff_t>(one.wishes.size());
    if (one.done) one.done(std::vector<Result<>>(first, last));
    first = last;
  }
}

}  // namespace weir::log::broker
