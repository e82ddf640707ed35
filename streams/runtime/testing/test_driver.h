// TestDriver: runs a topology without a log, threads or a wall clock: each record that is piped in goes through all
// stages, and is committed, before `pipe` returns. The tasks, stores and the way of a commit are those of production.
//
//   TestDriver driver(builder.build());
//   driver.input<NoKey, std::string>("lines").pipe("a b a");
//   EXPECT_EQ(driver.output<std::string, std::int64_t>("counts").read_map(), (std::map{...}));
//
// Misuse and errors of the topology are std::runtime_errors with the reason: a test wants to end there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "streams/dsl/call.h"
#include "streams/dsl/stores.h"
#include "streams/dsl/type_table.h"
#include "streams/runtime/testing/memory_driver.h"

namespace weir::streams {

template <class K, class V>
struct TestRecord {
  K key{};
  V value{};
  std::int64_t timestamp_ms = 0;
  std::vector<log::Header> headers = {};

  bool operator==(const TestRecord&) const = default;
};

// Writes to an input topic. Without a timestamp, records get that of the one before, at first 0.
template <class K, class V>
class TestInput {
 public:
  TestInput(MemoryDriver& driver, std::string topic) : driver_(driver), topic_(std::move(topic)) {}

  void pipe(const V& value) requires(std::same_as<K, NoKey>) { pipe(NoKey{}, value); }
  void pipe(const K& key, const V& value) { pipe(key, value, time_ms_); }
  void pipe(const K& key, const V& value, std::int64_t timestamp_ms, const std::vector<log::Header>& headers = {}) {
    time_ms_ = timestamp_ms;
    OwnedBytes key_scratch, value_scratch;
    const TypeOps* type = key_ops<K>();
    driver_.pipe(topic_, bytes(key, key_scratch), bytes(value, value_scratch), timestamp_ms, headers,
                 type == nullptr ? 0 : type->window_bytes);
  }

 private:
  template <class T>
  static NullableBytes bytes(const T& value, OwnedBytes& scratch) {
    const void* object = call::erased(value);
    if constexpr (std::same_as<T, NoKey>) {
      return std::nullopt;
    } else {
      if (object == nullptr) return std::nullopt;
      return type_ops<plain_t<T>>().encode(object, scratch);
    }
  }

  MemoryDriver& driver_;
  std::string topic_;
  std::int64_t time_ms_ = 0;
};

// Reads an output topic, each record once. K and V may be std::optional; a null for a type that is not, or bytes that
// are no such value, are std::runtime_errors.
template <class K, class V>
class TestOutput {
 public:
  TestOutput(MemoryDriver& driver, std::string topic) : driver_(driver), topic_(std::move(topic)) {}

  std::optional<TestRecord<K, V>> read() {
    auto sent = driver_.read(topic_);
    if (!sent) return std::nullopt;
    return TestRecord<K, V>{decoded<K>(sent->key), decoded<V>(sent->value), sent->timestamp_ms,
                            std::move(sent->headers)};
  }
  std::vector<TestRecord<K, V>> read_all() {
    std::vector<TestRecord<K, V>> all;
    while (auto record = read()) all.push_back(*std::move(record));
    return all;
  }
  // The last value of each key.
  std::map<K, V> read_map() {
    std::map<K, V> last;
    while (auto record = read()) last.insert_or_assign(std::move(record->key), std::move(record->value));
    return last;
  }
  bool is_empty() const { return driver_.is_empty(topic_); }

 private:
  template <class T>
  T decoded(const std::optional<OwnedBytes>& bytes) const {
    if constexpr (std::same_as<T, NoKey>) {
      return {};
    } else if (!bytes) {
      if constexpr (is_nullable<T>) {
        return std::nullopt;
      } else {
        throw std::runtime_error("topic " + topic_ + ": a null where " + type_ops<T>().name + " is expected");
      }
    } else {
      plain_t<T> value{};
      if (!type_ops<plain_t<T>>().decode(*bytes, &value)) {
        throw std::runtime_error("topic " + topic_ + ": bytes that are no " + type_ops<plain_t<T>>().name);
      }
      return value;
    }
  }

  MemoryDriver& driver_;
  std::string topic_;
};

// Stores of a driver's task, outside of records and timers: what is written there has the timestamp 0.
class DriverStores final : public StoreAccess {
 public:
  DriverStores(MemoryDriver& driver, std::int32_t partition) : driver_(driver), partition_(partition) {}
  const StoreSpec& spec(const std::string& store) const override { return driver_.store_spec(store); }
  state::Store& store(const std::string& store) const override { return driver_.store(store, partition_); }
  const std::int64_t& now_ms() const override { return kNow; }

 private:
  static constexpr std::int64_t kNow = 0;

  MemoryDriver& driver_;
  const std::int32_t partition_;
};

class TestDriver {
 public:
  explicit TestDriver(Topology topology, TestDriverOptions options = {})
      : driver_(std::make_unique<MemoryDriver>(std::move(topology), std::move(options))) {}

  template <class K, class V>
  TestInput<K, V> input(const std::string& topic) {
    return {*driver_, topic};
  }
  // std::runtime_error if nothing in the topology writes the topic.
  template <class K, class V>
  TestOutput<K, V> output(const std::string& topic) {
    driver_->check_is_written(topic);
    return {*driver_, topic};
  }

  // The topics that have records to be read.
  std::vector<std::string> output_topics() const { return driver_->output_topics(); }

  // The value that a key-value store has for a key.
  template <class V, class K>
  std::optional<V> find(const std::string& store, const K& key) {
    OwnedBytes scratch;
    const void* value = driver_->find(store, type_ops<K>().encode_key(&key, scratch));
    return value == nullptr ? std::nullopt : std::optional<V>(*static_cast<const V*>(value));
  }

  // A store as processors see it, of the task with that partition: KeyValueStore<K, V>, WindowStore<K, V>, ...
  template <class S>
  S store(const std::string& name, std::int32_t partition = 0) {
    return S(DriverStores(*driver_, partition), name);
  }

  // The wall clock stands still, at first at 0, until it is moved: timers that are due are called then, each once.
  void advance_wall_clock(Millis by) { driver_->advance_wall_clock(by); }

  // Until nothing is in flight: for a driver whose options say that `pipe` does not wait.
  void wait_for_results() { driver_->wait_for_results(); }

  // Windows that are open and emit on close give their results, as at the end of a bounded run.
  void close_windows() { driver_->close_windows(); }
  Statistics statistics() const { return driver_->statistics(); }
  MemoryDriver& bytes() { return *driver_; }

 private:
  std::unique_ptr<MemoryDriver> driver_;
};

}  // namespace weir::streams
