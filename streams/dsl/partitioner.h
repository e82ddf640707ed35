// Partitioners: callables that say to which partitions of a topic a record goes. They stand as `.partition` in options;
// one that is not given is murmur2 of the key, as Java's default. What may be null is handed over as a pointer.
//
// To several partitions, or to none, only what leaves the topology can go (KIP-837): below a repartition, and between
// the tables of a foreign-key join, each record has its one place, beside the state that it belongs to.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "streams/dsl/call.h"
#include "streams/operators/partitions.h"

namespace weir::streams {

// A callable as the nodes below have it: arguments, and how many partitions the topic has.
template <class... Arguments>
using ChoosePartitions = std::function<Partitions(Arguments..., std::int32_t partitions)>;

template <class F, class... Arguments>
concept GivesPartitions = std::invocable<F&, Arguments..., std::int32_t> &&
    std::convertible_to<std::invoke_result_t<F&, Arguments..., std::int32_t>, Partitions>;
template <class F, class... Arguments>
concept GivesOnePartition = GivesPartitions<F, Arguments...> &&
    std::convertible_to<std::invoke_result_t<F&, Arguments..., std::int32_t>, std::optional<std::int32_t>>;

// Of `to`: (key, value, partitions) gives a partition, or Partitions.
template <class K, class V>
class SinkPartitioner {
 public:
  SinkPartitioner() = default;
  template <class F>
  requires(!std::same_as<F, SinkPartitioner>) SinkPartitioner(F choose) {  // NOLINT(google-explicit-constructor)
    constexpr bool kFits = GivesPartitions<F, call::Second<K>, call::Second<V>>;
    static_assert(kFits,
                  "Weir: .partition of `to` needs a callable over (key, value, partitions) that gives a partition, or "
                  "Partitions for several or none");
    if constexpr (kFits) choose_ = std::move(choose);
  }
  const auto& choose() const { return choose_; }  // empty: the key decides

 private:
  ChoosePartitions<call::Second<K>, call::Second<V>> choose_;
};

// Of `repartition`: (key, value, partitions) gives a partition, or an optional: nothing is by the key.
template <class K, class V>
class RepartitionPartitioner {
 public:
  RepartitionPartitioner() = default;
  template <class F>
  requires(!std::same_as<F, RepartitionPartitioner>)
      RepartitionPartitioner(F choose) {  // NOLINT(google-explicit-constructor)
    constexpr bool kFits = GivesOnePartition<F, call::Second<K>, call::Second<V>>;
    static_assert(kFits,
                  "Weir: .partition of repartition needs a callable over (key, value, partitions) that gives one "
                  "partition: an integer, or an optional one; several or none are for `to`");
    if constexpr (kFits) choose_ = std::move(choose);
  }
  const auto& choose() const { return choose_; }

 private:
  ChoosePartitions<call::Second<K>, call::Second<V>> choose_;
};

// Of a table that takes part in a foreign-key join (KIP-775): (key, partitions) gives the partition in which the table
// has that key, or an optional: nothing is by the key.
template <class K>
class KeyPartitioner {
 public:
  KeyPartitioner() = default;
  template <class F>
  requires(!std::same_as<F, KeyPartitioner>) KeyPartitioner(F choose) {  // NOLINT(google-explicit-constructor)
    constexpr bool kFits = GivesOnePartition<F, const K&>;
    static_assert(kFits,
                  "Weir: a partitioner of a foreign-key join needs a callable over (key, partitions) that gives one "
                  "partition: an integer, or an optional one");
    if constexpr (kFits) choose_ = std::move(choose);
  }
  const auto& choose() const { return choose_; }

 private:
  ChoosePartitions<const K&> choose_;
};

}  // namespace weir::streams
