// StateLog: what one partition of a coordinators' topic keeps, and the one way in which that changes:
//
//   decide, append          durable           settle, in the log's order
//   (under the mutex)  ───► (no lock) ───► (under the mutex) ───► the answer
//
// A decision gives an Entry: a batch, what must be durable before anybody knows of it, and what follows of its fate.
// Where nothing has to be waited for it is settled where it is appended. One that waits for other replicas is settled
// as soon as they have it, whether anybody comes by or not. What could not be appended, or cannot become safe, is
// settled with the error. A record that cannot become safe may stand in the log all the same: if the partition has
// stopped, nobody is served (storage_error, with the cause) until the state is read anew.
//
// The state is what replaying the partition gives. It can be given up (`resign`) and taken back (`adopt`) while
// everything runs; what is under way is told not_coordinator then, and settles nothing. Whoever decides in several
// steps names the tenure in which it began.
//
// Thread-safe. The mutex is held for one decision and one append, never for a sync. Whoever owns the Syncer's pool ends
// it before this.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "log/base/mutex.h"
#include "log/broker/coordination/fate.h"
#include "log/broker/partitions/durability.h"
#include "log/broker/partitions/partition.h"
#include "log/storage/replay.h"

namespace weir::log::broker {

template <class State>
class StateLog {
 public:
  using Tenure = std::uint64_t;
  // Applies one batch of the partition.
  using Apply = std::function<Result<>(State&, const RecordBatch&)>;
  using Append = std::function<Result<Partition::Appended>(Partition&, const RecordBatch&)>;

  struct Entry {
    RecordBatch batch;
    // With the offset of the first record, or why there is none. May append more.
    std::function<void(State&, const Result<Offset>&)> settle;
    std::vector<Wish> safe{};  // what must be durable first, itself or others; nothing: it is settled at once
    Append append{};           // where it is not simply the coordinator's own record
  };
  using Decided = Result<std::optional<Entry>>;

  // `after` is called, under no lock, when something may have changed.
  StateLog(std::shared_ptr<Partition> log, const State& blank, Syncer& syncer, std::function<void(StateLog&)> after)
      : partition(std::move(log)), state(blank), blank_(blank), syncer_(syncer), after_(std::move(after)) {}

  // not_coordinator: this node has given it up; storage_error: what it knew cannot be read, or was lost, and is not
  // taken for nothing.
  Result<> check_served() const WEIR_REQUIRES(mutex) {
    if (fault_) return fail(*fault_);
    return is_served_ ? Result<>{} : not_served();
  }
  Tenure tenure() const WEIR_REQUIRES(mutex) { return tenure_; }
  const std::optional<Error>& fault() const WEIR_REQUIRES(mutex) { return fault_; }

  // use(State&), where the state is served; not_coordinator also if `tenure` is over.
  template <class Use>
  std::invoke_result_t<Use, State&> look(Use use, std::optional<Tenure> tenure = {}) WEIR_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    WEIR_TRY(check_served());
    if (tenure && *tenure != tenure_) return not_served();
    return use(state);
  }

  // decide(State&) gives a Decided; what it gives is appended, and settled as soon as that may be.
  template <class Decide>
  Written change(Decide decide, std::optional<Tenure> tenure = {}) WEIR_EXCLUDES(mutex) {
    Written written;
    {
      MutexLock lock(mutex);
      auto served = check_served();
      if (served && tenure && *tenure != tenure_) served = not_served();
      if (!served) return {Result<Offset>(fail(served.error()))};
      Decided decided = decide(state);
      if (!decided) return {Result<Offset>(fail(decided.error()))};
      if (!*decided) return {Result<Offset>(kNoOffset)};
      written = append(**std::move(decided));
    }
    go_on();
    return written;
  }

  // For decisions that give several: under the mutex; `go_on` is to be called when it is free.
  Written append(Entry entry) WEIR_REQUIRES(mutex) {
    auto appended = entry.append ? entry.append(*partition, entry.batch)
                                 : partition->append(entry.batch, storage::Origin::coordinator);
    if (!appended) {
      const Result<Offset> failed = fail(appended.error());
      entry.settle(state, failed);
      return {failed};
    }
    const bool is_open = !entry.safe.empty() && !appended->is_done;  // the topic's records wait for something
    std::erase_if(entry.safe, [](const Wish& wish) { return !wish.is_open(); });
    if (!is_open && entry.safe.empty()) {
      const Result<Offset> at = appended->base_offset;
      entry.settle(state, at);
      return {at};
    }
    auto fate = std::make_shared<Fate>();
    auto one = std::make_shared<UnderWay>(
        UnderWay{appended->base_offset, appended->end, std::move(entry.settle), fate, std::nullopt});
    under_way_.push_back(one);
    to_sync_.push_back({std::move(one), std::move(entry.safe)});
    return {std::nullopt, std::move(fate)};
  }
  // Settles what can be, and sees to what is to become durable.
  void go_on() WEIR_EXCLUDES(mutex) {
    for (;;) {
      std::vector<ToSync> asked;
      {
        MutexLock lock(mutex);
        settle_known();
        asked.swap(to_sync_);
      }
      if (asked.empty()) break;
      ask(std::move(asked));
    }
    if (after_) after_(*this);
  }

  // Brings the state up to the end of the partition. Before first use, and again where another process writes.
  void load(const Apply& apply) WEIR_EXCLUDES(mutex) {
    MutexLock lock(mutex);
    if (!is_served_) return;
    auto outcome = read(apply);
    fault_.reset();
    if (!outcome) fault_ = Error{ErrorCode::storage_error, outcome.error().detail};
  }

  // This node serves it no more, from that epoch of the partition's leadership on. Before, `use` is given what it knew.
  // A word of an epoch that is over is none.
  template <class Use>
  void resign(LeaderEpoch epoch, Use use) WEIR_EXCLUDES(mutex) {
    std::deque<std::shared_ptr<UnderWay>> dropped;
    {
      MutexLock lock(mutex);
      if (epoch < epoch_) return;
      epoch_ = epoch;
      use(state);
      forget();
      is_served_ = false;
      dropped.swap(under_way_);
      to_sync_.clear();
    }
    for (const auto& one : dropped) one->fate->tell(not_served());
  }
  // It serves it again, as its log says, when that, and what `first` wants of others, is durable: nothing is built on
  // what could be lost. corrupt_data, io_error, storage_error; not_coordinator: it was given up meanwhile, or the epoch
  // is over.
  Task<Result<>> adopt(LeaderEpoch epoch, Apply apply, std::function<std::vector<Wish>(const State&)> first,
                       Executor& executor) WEIR_EXCLUDES(mutex) {
    std::vector<Wish> wishes;
    Tenure begun = 0;
    {
      MutexLock lock(mutex);
      if (epoch < epoch_) co_return not_served();
      epoch_ = epoch;
      if (is_served_ && !fault_) co_return Result<>{};
      forget();
      is_served_ = false;
      begun = tenure_;
      WEIR_CO_TRY(read(apply));
      wishes = first(state);
    }
    auto outcomes = co_await syncer_.durable(std::move(wishes), executor);
    for (auto& outcome : outcomes) WEIR_CO_TRY(std::move(outcome));
    {
      MutexLock lock(mutex);
      if (begun != tenure_) co_return not_served();
      WEIR_CO_TRY(read(apply));  // what others appended meanwhile: markers
      is_served_ = true;
    }
    go_on();
    co_return Result<>{};
  }

  const std::shared_ptr<Partition> partition;  // shared: with Topics
  Mutex mutex;
  State state WEIR_GUARDED_BY(mutex);

 private:
  struct UnderWay {
    Offset at;
    Offset end;
    std::function<void(State&, const Result<Offset>&)> settle;
    std::shared_ptr<Fate> fate;            // shared: with those who asked
    std::optional<Result<>> is_durable{};  // with all that was wanted
  };
  struct ToSync {
    std::shared_ptr<UnderWay> one;  // shared: with the syncer
    std::vector<Wish> wishes;
  };

  tl::unexpected<Error> not_served() const { return fail(ErrorCode::not_coordinator, partition->name().to_string()); }

  void ask(std::vector<ToSync> asked) WEIR_EXCLUDES(mutex) {
    std::vector<Wish> wishes;
    std::vector<std::pair<std::shared_ptr<UnderWay>, std::size_t>> counts;
    for (auto& one : asked) {
      counts.emplace_back(std::move(one.one), one.wishes.size());
      wishes.insert(wishes.end(), std::make_move_iterator(one.wishes.begin()),
                    std::make_move_iterator(one.wishes.end()));
    }
    syncer_.ask(std::move(wishes), [this, counts = std::move(counts)](const std::vector<Result<>>& outcomes) {
      {
        MutexLock lock(mutex);
        auto outcome = outcomes.begin();
        for (const auto& [one, count] : counts) {
          one->is_durable = Result<>{};
          for (std::size_t i = 0; i < count; ++i, ++outcome) {
            if (!*outcome && *one->is_durable) one->is_durable = *outcome;
          }
        }
      }
      go_on();
    });
  }

  void settle_known() WEIR_REQUIRES(mutex) {
    while (!under_way_.empty() && under_way_.front()->is_durable) {
      Result<> outcome = *under_way_.front()->is_durable;
      if (outcome) {
        auto committed = partition->outcome(under_way_.front()->end, Until::committed);
        if (!committed && watch(under_way_.front()->end)) return;  // other replicas are to have it first
        if (!committed) continue;
        outcome = *std::move(committed);
      }
      const auto one = std::move(under_way_.front());
      under_way_.pop_front();
      const Result<Offset> told = outcome ? Result<Offset>(one->at) : fail(outcome.error());
      one->settle(state, told);
      if (!told) find_fault();
      one->fate->tell(told);
    }
  }
  // Goes on when it is known what became of what ends there; false if it is.
  bool watch(Offset end) WEIR_REQUIRES(mutex) {
    if (watched_ == end) return true;
    const bool is_open = partition->tell_of_outcome(end, Until::committed, [this, &syncer = syncer_] {
      syncer.post([this] {
        {
          MutexLock lock(mutex);
          watched_.reset();
        }
        go_on();
      });
    });
    if (is_open) watched_ = end;
    return is_open;
  }
  void find_fault() WEIR_REQUIRES(mutex) {
    auto stopped = partition->with_log([](const storage::PartitionLog& log) { return log.stopped(); });
    if (!stopped) return;
    fault_ = Error{ErrorCode::storage_error, partition->name().to_string() + ": " + stopped->detail};
  }

  void forget() WEIR_REQUIRES(mutex) {
    state = blank_;
    loaded_ = Offset(0);
    fault_.reset();
    ++tenure_;
  }
  Result<> read(const Apply& apply) WEIR_REQUIRES(mutex) {
    State& known = state;
    Offset& end = loaded_;
    auto outcome = partition->with_log([&](storage::PartitionLog& log) -> Result<> {
      WEIR_TRY(storage::replay_batches(
          log, [&](const RecordBatch& batch) { return apply(known, batch); }, end));
      end = log.end_offset();
      return log.is_damaged() ? fail(ErrorCode::storage_error, log.finding()->to_string()) : Result<>{};
    });
    return outcome ? outcome : fail(outcome.error().at(partition->name().to_string()));
  }

  const State blank_;
  Syncer& syncer_;
  const std::function<void(StateLog&)> after_;
  Offset loaded_ WEIR_GUARDED_BY(mutex) = Offset(0);  // everything below was part of the state when it was read
  LeaderEpoch epoch_ WEIR_GUARDED_BY(mutex){-1};
  Tenure tenure_ WEIR_GUARDED_BY(mutex) = 0;
  bool is_served_ WEIR_GUARDED_BY(mutex) = true;
  std::optional<Error> fault_ WEIR_GUARDED_BY(mutex);  // why nothing can be said, until it is read anew
  std::deque<std::shared_ptr<UnderWay>> under_way_ WEIR_GUARDED_BY(mutex);  // in the log's order
  std::vector<ToSync> to_sync_ WEIR_GUARDED_BY(mutex);
  std::optional<Offset> watched_ WEIR_GUARDED_BY(mutex);  // the partition tells of this end
};

}  // namespace weir::log::broker
