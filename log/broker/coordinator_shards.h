// CoordinatorShards: one of the two topics in which coordinators keep their state (__consumer_offsets,
// __transaction_state), and what they keep, partition by partition. The id of a group or of a transaction belongs to
// the partition |Java's hash of it| mod their number, as in Apache Kafka.
//
// The topic is made when the first id needs it. A shard's state is what replaying its partition gives; it can be given
// up and read again while everything runs, and in between nobody is served by it.
//
// Thread-safe; each shard is guarded by its own mutex, which is held for one decision and one append, never for a sync.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "log/base/mutex.h"
#include "log/broker/topics.h"
#include "log/model/placement.h"
#include "log/storage/replay.h"

namespace weir::log::broker {

inline constexpr const char* kOffsetsTopic = "__consumer_offsets";
inline constexpr const char* kTransactionsTopic = "__transaction_state";

// Topics that are the log's own: nobody else may write, create or delete them.
bool is_coordinator_topic(std::string_view topic);

// The partitions of a coordinators' topic; none if it is not there.
std::vector<std::shared_ptr<Partition>> find_coordinator_topic(const Topics& topics, const std::string& name);
// The same after making it, if need be.
Result<std::vector<std::shared_ptr<Partition>>> make_coordinator_topic(Topics& topics, const std::string& name,
                                                                       std::int32_t partitions);

template <class State>
struct CoordinatorShard {
  CoordinatorShard(std::shared_ptr<Partition> log, const State& blank) : partition(std::move(log)), state(blank) {}

  // not_coordinator: this node has given it up; storage_error: what it knew cannot be read, or was lost, and is not
  // taken for nothing.
  Result<> check_served() const WEIR_REQUIRES(mutex) {
    if (fault) return fail(*fault);
    return is_served ? Result<>{} : fail(ErrorCode::not_coordinator, partition->name().to_string());
  }

  const std::shared_ptr<Partition> partition;  // shared: with Topics
  Mutex mutex;
  State state WEIR_GUARDED_BY(mutex);
  Offset loaded WEIR_GUARDED_BY(mutex) = Offset(0);  // everything below is part of the state
  bool is_served WEIR_GUARDED_BY(mutex) = true;
  std::optional<Error> fault WEIR_GUARDED_BY(mutex);  // why nothing can be said, until it is read anew
};

template <class State>
class CoordinatorShards {
 public:
  using Shard = CoordinatorShard<State>;
  // Applies one batch of the shard's partition.
  using Apply = std::function<Result<>(State&, const RecordBatch&)>;

  // `blank` is the state of a partition without records.
  CoordinatorShards(Topics& topics, std::string topic, std::int32_t partitions, State blank = State())
      : topics_(topics), topic_(std::move(topic)), partitions_(partitions), blank_(std::move(blank)) {}

  // Brings every shard up to the end of its partition. Before first use, and again where another process writes. What
  // cannot be read, or is damaged, serves nobody; the others do.
  void load(const Apply& apply) {
    adopt(find_coordinator_topic(topics_, topic_));
    for (Shard* shard : all()) {
      MutexLock lock(shard->mutex);
      if (!shard->is_served) continue;
      auto outcome = read(*shard, apply);
      if (outcome) outcome = check_whole(*shard);
      shard->fault.reset();
      if (!outcome) shard->fault = Error{ErrorCode::storage_error, outcome.error().detail};
    }
  }
  // Those that serve nobody, and why.
  std::vector<Error> faults() {
    std::vector<Error> found;
    for (Shard* shard : all()) {
      MutexLock lock(shard->mutex);
      if (shard->fault) found.push_back(*shard->fault);
    }
    return found;
  }

  // This node serves the partition no more. Before, `use` is given what it knew.
  template <class Use>
  void give_up(Shard& shard, Use use) {
    MutexLock lock(shard.mutex);
    use(shard.state);
    shard.state = blank_;
    shard.loaded = Offset(0);
    shard.is_served = false;
  }
  // It serves it again, as its log says.
  Result<> take_back(Shard& shard, const Apply& apply) {
    MutexLock lock(shard.mutex);
    if (shard.is_served) return {};
    WEIR_TRY(read(shard, apply));
    shard.is_served = true;
    return {};
  }

  // Null if the topic does not exist yet, and so nothing is known of any id.
  Shard* find(std::string_view id) {
    MutexLock lock(mutex_);
    if (shards_.empty()) return nullptr;
    auto index = coordinator_partition(id, static_cast<std::int32_t>(shards_.size()));
    return shards_[static_cast<std::size_t>(index.value())].get();
  }
  Shard* at(PartitionIndex partition) {
    MutexLock lock(mutex_);
    auto index = static_cast<std::size_t>(partition.value());
    return index < shards_.size() ? shards_[index].get() : nullptr;
  }
  // Makes the topic, if need be.
  Result<Shard*> find_or_make(std::string_view id) {
    if (Shard* shard = find(id)) return shard;
    WEIR_TRY_VAR(made, make_coordinator_topic(topics_, topic_, partitions_));
    adopt(std::move(made));
    return find(id);
  }
  std::vector<Shard*> all() {
    MutexLock lock(mutex_);
    std::vector<Shard*> shards;
    for (const auto& shard : shards_) shards.push_back(shard.get());
    return shards;
  }

 private:
  static Result<> check_whole(const Shard& shard) {
    return shard.partition->with_log([](const storage::PartitionLog& log) -> Result<> {
      return log.is_damaged() ? fail(ErrorCode::storage_error, log.finding()->to_string()) : Result<>{};
    });
  }
  Result<> read(Shard& shard, const Apply& apply) WEIR_REQUIRES(shard.mutex) {
    auto outcome = shard.partition->with_log([&](storage::PartitionLog& log) WEIR_REQUIRES(shard.mutex) -> Result<> {
      WEIR_TRY(storage::replay_batches(
          log, [&](const RecordBatch& batch) WEIR_REQUIRES(shard.mutex) { return apply(shard.state, batch); },
          shard.loaded));
      shard.loaded = log.end_offset();
      return {};
    });
    return outcome ? outcome : fail(outcome.error().at(shard.partition->name().to_string()));
  }
  void adopt(std::vector<std::shared_ptr<Partition>> partitions) {
    MutexLock lock(mutex_);
    if (!shards_.empty()) return;
    for (auto& partition : partitions) shards_.push_back(std::make_unique<Shard>(std::move(partition), blank_));
  }

  Topics& topics_;
  const std::string topic_;
  const std::int32_t partitions_;
  const State blank_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_ WEIR_GUARDED_BY(mutex_);  // set once
};

}  // namespace weir::log::broker
