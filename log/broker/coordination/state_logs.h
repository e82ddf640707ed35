// StateLogs: what coordinators of one kind keep, partition by partition of their topic. The id of a group or of a
// transaction belongs to the partition |Java's hash of it| mod their number, as in Apache Kafka.
//
// The topic is made when the first id needs it. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "log/broker/coordination/coordinator_topics.h"
#include "log/broker/coordination/on_pool.h"
#include "log/broker/coordination/state_log.h"
#include "log/model/placement.h"

namespace weir::log::broker {

template <class State>
class StateLogs {
 public:
  using Shard = StateLog<State>;
  using Apply = typename Shard::Apply;

  // `blank` is the state of a partition without records; `after` as StateLog's.
  StateLogs(Topics& topics, std::string topic, std::int32_t partitions, State blank,
            std::function<void(Shard&)> after = {})
      : topics_(topics),
        topic_(std::move(topic)),
        partitions_(partitions),
        blank_(std::move(blank)),
        after_(std::move(after)) {}

  // Brings every shard up to the end of its partition. Before first use, and again where another process writes. What
  // cannot be read, or is damaged, serves nobody; the others do.
  void load(const Apply& apply) {
    take(find_coordinator_topic(topics_, topic_));
    for (Shard* shard : all()) shard->load(apply);
  }
  // Those that serve nobody, and why.
  std::vector<Error> faults() {
    std::vector<Error> found;
    for (Shard* shard : all()) {
      MutexLock lock(shard->mutex);
      if (shard->fault()) found.push_back(*shard->fault());
    }
    return found;
  }

  // Null if the topic does not exist yet, and so nothing is known of any id.
  Shard* find(std::string_view id) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (shards_.empty()) return nullptr;
    auto index = coordinator_partition(id, static_cast<std::int32_t>(shards_.size()));
    return shards_[static_cast<std::size_t>(index.value())].get();
  }
  Shard* at(PartitionIndex partition) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto index = static_cast<std::size_t>(partition.value());
    return index < shards_.size() ? shards_[index].get() : nullptr;
  }
  // Makes the topic, if need be.
  Task<Result<Shard*>> find_or_make(std::string id, Executor& executor) WEIR_EXCLUDES(mutex_) {
    if (Shard* shard = find(id)) co_return shard;
    using Made = Result<std::vector<std::shared_ptr<Partition>>>;
    std::function<Made()> work = [&topics = topics_, name = topic_, count = partitions_] {
      return make_coordinator_topic(topics, name, count);
    };
    auto made = co_await on_pool(topics_.pool(), std::move(work), executor);
    if (!made) co_return fail(made.error());
    take(*std::move(made));
    co_return find(id);
  }
  std::vector<Shard*> all() WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::vector<Shard*> shards;
    for (const auto& shard : shards_) shards.push_back(shard.get());
    return shards;
  }

 private:
  void take(std::vector<std::shared_ptr<Partition>> partitions) WEIR_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!shards_.empty()) return;
    for (auto& partition : partitions) {
      shards_.push_back(std::make_unique<Shard>(std::move(partition), blank_, topics_.syncer(), after_));
    }
  }

  Topics& topics_;
  const std::string topic_;
  const std::int32_t partitions_;
  const State blank_;
  const std::function<void(Shard&)> after_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_ WEIR_GUARDED_BY(mutex_);  // set once
};

}  // namespace weir::log::broker
