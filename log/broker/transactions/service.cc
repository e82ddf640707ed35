// TxnService: requests, and what happens from time to time. How a transaction ends is in ending.cc.
#include "log/broker/transactions/service.h"

#include <algorithm>

#include "log/broker/transactions/records.h"
#include "log/broker/transactions/write.h"

namespace weir::log::broker {

void TxnService::load() {
  shards_.load(apply_transactions);
}

void TxnService::resign(PartitionIndex partition, LeaderEpoch epoch) {
  if (Shard* shard = shards_.at(partition)) shard->resign(epoch, [](TxnCoordinator&) {});
}

Task<Result<>> TxnService::adopt(PartitionIndex partition, LeaderEpoch epoch, Executor& executor) {
  Shard* shard = shards_.at(partition);
  if (shard == nullptr) co_return Result<>{};
  // Nothing is completed whose records could still be lost.
  std::function<std::vector<Wish>(const TxnCoordinator&)> first = [this, shard](const TxnCoordinator& coordinator) {
    std::vector<Wish> wishes{{shard->partition, SyncIf::wanted}};
    for (const auto& id : coordinator.prepared()) {
      for (auto& wish : safe_for(*shard, {id, *coordinator.find(id)})) wishes.push_back(std::move(wish));
    }
    return wishes;
  };
  WEIR_CO_TRY(co_await shard->adopt(epoch, apply_transactions, std::move(first), executor));
  const auto prepared = shard->look([this](TxnCoordinator& coordinator) {
    (void)coordinator.timed_out(clock_.monotonic_ms());  // the time of what is open begins anew
    return Result<std::vector<std::string>>(coordinator.prepared());
  });
  if (!prepared) co_return fail(prepared.error());
  for (const auto& id : *prepared) (void)co_await complete(*shard, id, executor);
  co_return Result<>{};
}

// requests --------------------------------------------------------------------------------------------------------

Task<Result<ProducerIdentity>> TxnService::init(std::string transactional_id, std::int32_t timeout_ms,
                                                std::optional<ProducerIdentity> expected, Executor& executor) {
  constexpr int kRounds = 3;  // to abort what was open, and then to begin
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(transactional_id, executor));
  for (int round = 0; round < kRounds; ++round) {
    WEIR_CO_TRY(co_await complete_or_tell(*shard, transactional_id, executor));
    TxnCoordinator::InitOptions options{timeout_ms, expected};
    WEIR_CO_TRY_VAR(needs_fresh_id, shard->look([&](TxnCoordinator& coordinator) {
      return Result<bool>(coordinator.needs_fresh_id(transactional_id));
    }));
    if (needs_fresh_id) {
      // It may have to be written down first: under no lock, and not here.
      std::function<Result<ProducerId>()> take = [&topics = topics_] {
        return topics.new_producer_id();
      };
      WEIR_CO_TRY_VAR(fresh, co_await on_pool(topics_.pool(), std::move(take), executor));
      options.fresh_id = fresh;
    }
    TxnCoordinator::Initialised decided;
    bool is_stale = false;
    auto written = write(*shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
      is_stale = options.fresh_id == kNoProducerId && coordinator.needs_fresh_id(transactional_id);
      if (is_stale) return std::nullopt;
      WEIR_TRY_VAR(initialised, coordinator.decide_init(transactional_id, options, clock_.wall_ms()));
      decided = std::move(initialised);
      return decided.change;
    });
    WEIR_CO_TRY(co_await settled(std::move(written), executor));
    if (!is_stale && !decided.is_fencing) co_return decided.producer;
  }
  co_return fail(ErrorCode::concurrent_transactions, transactional_id + " is being aborted");
}

Result<TxnService::Shard*> TxnService::shard_of(const std::string& transactional_id) {
  if (Shard* shard = shards_.find(transactional_id)) {
    WEIR_TRY(shard->look([](TxnCoordinator&) { return Result<>{}; }));
    return shard;
  }
  return fail(ErrorCode::invalid_producer_id_mapping, "no producer began as " + transactional_id);
}

Task<Result<>> TxnService::add_partitions(std::string transactional_id, ProducerIdentity producer,
                                          std::vector<TopicPartition> partitions, Executor& executor) {
  WEIR_CO_TRY_VAR(shard, shard_of(transactional_id));
  WEIR_CO_TRY(co_await complete_or_tell(*shard, transactional_id, executor));
  auto written = write(*shard, [&](TxnCoordinator& coordinator) {
    return coordinator.decide_add(transactional_id, producer, partitions, {clock_.wall_ms(), clock_.monotonic_ms()});
  });
  WEIR_CO_TRY(co_await settled(std::move(written), executor));
  co_return Result<>{};
}

Task<Result<>> TxnService::end(std::string transactional_id, ProducerIdentity producer, EndMarkerType outcome,
                               Executor& executor) {
  WEIR_CO_TRY_VAR(shard, shard_of(transactional_id));
  WEIR_CO_TRY(co_await complete_or_tell(*shard, transactional_id, executor));
  auto written = write(*shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
    WEIR_TRY_VAR(change, coordinator.decide_end(transactional_id, producer, outcome, clock_.wall_ms()));
    // Under the lock: nothing else is added to it.
    if (change && outcome == EndMarkerType::commit) coordinator.set_ends(*change, ends_of(change->next->partitions));
    return change;
  });
  WEIR_CO_TRY_VAR(at, co_await settled(std::move(written), executor));
  if (at == kNoOffset) co_return Result<>{};
  (void)co_await complete(*shard, transactional_id, executor);  // certain by now: what fails is made good later
  co_return Result<>{};
}

Result<Partition::Appended> TxnService::append(const std::string& transactional_id, Partition& partition,
                                               const RecordBatch& batch, storage::Origin origin, Until until) {
  auto appended = partition.append_to_open_transaction(batch, origin, until);
  if (appended || appended.error().code != ErrorCode::would_block) return appended;
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  // Held over the append: the transaction cannot be prepared between the check and the batch.
  return shard->look([&](TxnCoordinator& coordinator) -> Result<Partition::Appended> {
    const ProducerIdentity producer{batch.header.producer_id, batch.header.producer_epoch};
    WEIR_TRY(coordinator.check_append(transactional_id, producer, partition.name()));
    return partition.append(batch, origin, until);
  });
}

Result<> TxnService::check_append(const std::string& transactional_id, ProducerIdentity producer,
                                  const TopicPartition& partition) {
  WEIR_TRY_VAR(shard, shard_of(transactional_id));
  return shard->look(
      [&](TxnCoordinator& coordinator) { return coordinator.check_append(transactional_id, producer, partition); });
}

std::optional<Transaction> TxnService::describe(const std::string& transactional_id) {
  Shard* shard = shards_.find(transactional_id);
  if (shard == nullptr) return std::nullopt;
  MutexLock lock(shard->mutex);
  const Transaction* found = shard->state.find(transactional_id);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::vector<std::pair<std::string, Transaction>> TxnService::list() {
  std::vector<std::pair<std::string, Transaction>> all;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    for (auto& id : shard->state.ids()) {
      if (const Transaction* found = shard->state.find(id)) all.emplace_back(std::move(id), *found);
    }
  }
  return all;
}

// from time to time -----------------------------------------------------------------------------------------------

Task<Result<>> TxnService::run_due(Executor& executor) {
  for (Shard* shard : shards_.all()) {
    const std::int64_t now_ms = clock_.wall_ms();
    std::vector<std::string> prepared;
    std::vector<std::string> late;
    std::vector<std::string> idle;
    {
      MutexLock lock(shard->mutex);
      prepared = shard->state.prepared();
      late = shard->state.timed_out(clock_.monotonic_ms());
      idle = shard->state.idle(kForgetIdAfterMs, now_ms);
    }
    for (const auto& id : prepared) (void)co_await complete(*shard, id, executor);
    for (const auto& id : late) (void)co_await fence(*shard, id, executor);
    for (const auto& id : idle) {
      auto written = write(*shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
        return coordinator.decide_expire(id, kForgetIdAfterMs, clock_.wall_ms());
      });
      (void)co_await settled(std::move(written), executor);
    }
  }
  co_return Result<>{};
}

Task<Result<>> TxnService::abort_ongoing(Executor& executor) {
  for (Shard* shard : shards_.all()) {
    std::vector<std::string> open;
    {
      MutexLock lock(shard->mutex);
      open = shard->state.ongoing();
    }
    for (const auto& id : open) (void)co_await fence(*shard, id, executor);
  }
  co_return Result<>{};
}

Task<Result<>> TxnService::retire_producers(Executor& executor) {
  for (Shard* shard : shards_.all()) {
    std::vector<std::string> ids;
    {
      MutexLock lock(shard->mutex);
      ids = shard->state.ids();
    }
    for (const auto& id : ids) {
      auto written = write(*shard, [&](TxnCoordinator& coordinator) -> Result<std::optional<Change>> {
        return coordinator.decide_retire(id, clock_.wall_ms());
      });
      (void)co_await settled(std::move(written), executor);
    }
  }
  co_return Result<>{};
}

Result<bool> TxnService::holds(ProducerIdentity producer, const TopicPartition& partition) {
  std::optional<Error> fault;
  for (Shard* shard : shards_.all()) {
    MutexLock lock(shard->mutex);
    if (shard->state.holds(producer, partition)) return true;
    if (shard->fault()) fault = shard->fault();
  }
  if (fault) return fail(*fault);
  return false;
}

}  // namespace weir::log::broker
