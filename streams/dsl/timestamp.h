// Timestamp: what a source's `.timestamp` takes: one of Kafka's rules by its name (topology/event_time.h), or a
// callable that gives a record's time, in milliseconds since 1970, UTC:
//
//   {.timestamp = use_partition_time_on_invalid_timestamp}
//   {.timestamp = [](const Order& order) { return order.placed_at_ms; }}
//   {.timestamp = [](const std::string& key, const Order& order) { ... }}
//   {.timestamp = [](const InputRecord<std::string, Order>& record) { return time_in(record.headers()); }}
//
// A callable for types that know no null is not asked about a record in which there is one: its own timestamp counts.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "streams/dsl/call.h"
#include "streams/dsl/copied_headers.h"
#include "streams/topology/event_time.h"

namespace weir::streams {

// A record as it comes from its topic, before it has a time. Borrowed. What may be null is handed over as a pointer.
template <class K, class V>
class InputRecord {
 public:
  explicit InputRecord(const IncomingRecord& incoming) : incoming_(incoming) {}

  decltype(auto) key() const { return call::Argument<K>::second(incoming_.key); }
  decltype(auto) value() const { return call::Argument<V>::second(incoming_.value); }
  std::int64_t timestamp_ms() const { return incoming_.record->timestamp_ms; }  // its own; negative: it has none
  std::vector<log::Header> headers() const { return copied_headers(&incoming_.record->headers); }
  const std::string& topic() const { return incoming_.partition->topic; }
  log::PartitionIndex partition() const { return incoming_.partition->partition; }
  log::Offset offset() const { return incoming_.record->offset; }
  // The highest time that records before it in its partition were given; -1 before the first. Kept over restarts.
  std::int64_t partition_time_ms() const { return incoming_.partition_time_ms; }
  std::int64_t wall_time_ms() const { return incoming_.clock->wall_ms(); }

 private:
  const IncomingRecord& incoming_;
};

template <class F, class K, class V>
concept GivesTime = call::Gives<F, K, V> && std::integral<call::Result<F, K, V>>;
template <class F, class K, class V>
concept GivesTimeOfInput = requires(F& callable, const InputRecord<K, V>& record) {
  { callable(record) } -> std::integral;
};
template <class F, class K, class V>
concept TimestampCallable = GivesTime<F, K, V> || GivesTime<F, plain_t<K>, plain_t<V>> || GivesTimeOfInput<F, K, V>;

template <class K, class V>
class Timestamp {
 public:
  Timestamp() = default;
  Timestamp(TimestampRule rule) : extract_(extractor_of(rule)) {}

  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Timestamp> && !std::same_as<std::remove_cvref_t<F>, TimestampRule>)
      Timestamp(F callable) {
    static_assert(TimestampCallable<F, K, V>,
                  "Weir: .timestamp needs a callable over (value), (key, value) or (const InputRecord<K, V>&) that "
                  "gives milliseconds as an integer, or the name of a rule");
    if constexpr (GivesTime<F, K, V>) {
      extract_ = of_values<K, V>(std::move(callable));
    } else if constexpr (GivesTime<F, plain_t<K>, plain_t<V>>) {
      extract_ = of_values<plain_t<K>, plain_t<V>>(std::move(callable));
    } else if constexpr (GivesTimeOfInput<F, K, V>) {
      extract_ = [callable = std::move(callable)](const IncomingRecord& incoming) mutable -> Result<std::int64_t> {
        if (lacks<K, V>(incoming)) return incoming.record->timestamp_ms;
        return static_cast<std::int64_t>(callable(InputRecord<K, V>(incoming)));
      };
    }
  }

  // Not set: the record's own time counts.
  const TimestampExtractor& extractor() const { return extract_; }

 private:
  template <class OfKey, class OfValue>
  static bool lacks(const IncomingRecord& incoming) {
    constexpr bool kKeyMayBeNull = is_nullable<OfKey> || std::same_as<OfKey, NoKey>;
    return (!kKeyMayBeNull && incoming.key == nullptr) || (!is_nullable<OfValue> && incoming.value == nullptr);
  }

  template <class OfKey, class OfValue, class F>
  static TimestampExtractor of_values(F callable) {
    return [callable = std::move(callable)](const IncomingRecord& incoming) mutable -> Result<std::int64_t> {
      if (lacks<OfKey, OfValue>(incoming)) return incoming.record->timestamp_ms;
      const Record record{.key = incoming.key, .value = incoming.value};
      return static_cast<std::int64_t>(call::with_record<OfKey, OfValue>(callable, record));
    };
  }

  TimestampExtractor extract_;
};

}  // namespace weir::streams
