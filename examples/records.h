// What examples with records of their own making share: how these get into topics, and how a topic is shown.
#pragma once

#include <concepts>
#include <iostream>
#include <string>
#include <type_traits>
#include <vector>

#include <weir/log.h>
#include <weir/streams.h>

namespace records {

namespace ws = weir::streams;

template <class K, class V>
struct Row {
  K key;
  V value;
  std::int64_t at_ms;
};

// That are committed; what was aborted takes offsets, too.
inline weir::Result<bool> has_any(weir::log::Consumer& consumer, const weir::log::TopicPartition& partition) {
  WEIR_TRY(consumer.assign({partition}));
  WEIR_TRY_VAR(ends, consumer.end_offsets({&partition, 1}, weir::log::Isolation::read_committed));
  for (;;) {
    WEIR_TRY_VAR(position, consumer.position(partition));
    if (position >= ends[partition]) return false;
    WEIR_TRY_VAR(batches, consumer.poll(weir::Millis(1'000)));
    if (!batches.empty()) return true;
  }
}

template <class K, class V>
weir::Result<> write_once(const weir::log::Client& log, const std::string& topic, const std::vector<Row<K, V>>& rows,
                          std::map<std::string, std::string> configs = {}) {
  WEIR_TRY(ensure_topic(*log.admin(), {topic, 1, std::move(configs)}));
  const weir::log::TopicPartition partition{topic, weir::log::PartitionIndex(0)};
  WEIR_TRY_VAR(producer, log.producer({.transactional_id = "rows-of-" + topic}));
  WEIR_TRY(producer->init_transactions());
  WEIR_TRY_VAR(consumer, log.consumer());
  WEIR_TRY_VAR(has_records, has_any(*consumer, partition));
  if (has_records) return {};
  WEIR_TRY(producer->begin_transaction());
  weir::OwnedBytes key, value;
  for (const Row<K, V>& row : rows) {
    WEIR_TRY(producer->send(topic, partition.partition, row.at_ms, ws::Serde<K>::encode(row.key, key),
                            ws::Serde<V>::encode(row.value, value)));
  }
  return producer->commit_transaction();
}

// Makes the topic and writes the rows, in a transaction: they are in it once, however often the program is killed and
// started again, and if several do so at once.
template <class K, class V>
weir::Result<> write(const weir::log::Client& log, const std::string& topic, const std::vector<Row<K, V>>& rows,
                     std::map<std::string, std::string> configs = {}) {
  for (;;) {
    auto written = write_once(log, topic, rows, configs);
    if (written || written.error().code != weir::ErrorCode::producer_fenced) return written;  // else by another one
  }
}

inline std::string text_of(const std::string& text) {
  return text;
}
template <class T>
requires std::is_arithmetic_v<T> std::string text_of(T number) {
  std::string text;
  if constexpr (std::floating_point<T>) {
    ws::json::append_number(text, number);
  } else {
    text = std::to_string(number);
  }
  return text;
}
template <class K>
std::string text_of(const ws::Windowed<K>& key) {
  return text_of(key.key) + " [" + std::to_string(key.window.start_ms) + ", " + std::to_string(key.window.end_ms) + ")";
}
template <class T>
requires(!std::is_arithmetic_v<T>) std::string text_of(const T& object) {  // of a struct that WEIR_JSON names: its JSON
  weir::OwnedBytes scratch;
  return std::string(ws::Serde<T>::encode(object, scratch));
}

template <class T>
std::string text_of_bytes(weir::NullableBytes bytes) {
  T value{};
  if (!bytes) return "null";
  return ws::Serde<T>::decode(*bytes, value) ? text_of(value) : "(" + std::to_string(bytes->size()) + " bytes)";
}

// "TOPIC" and a line "  KEY: VALUE" for each of its records, headers behind.
template <class K, class V>
weir::Result<> show(const weir::log::Client& log, const std::string& topic) {
  const weir::log::TopicPartition partition{topic, weir::log::PartitionIndex(0)};
  WEIR_TRY_VAR(consumer, log.consumer());
  WEIR_TRY(consumer->assign({partition}));
  WEIR_TRY_VAR(ends, consumer->end_offsets({&partition, 1}, weir::log::Isolation::read_committed));
  std::cout << topic << '\n';
  weir::log::BatchReader reader;
  for (;;) {
    WEIR_TRY_VAR(position, consumer->position(partition));
    if (position >= ends[partition]) return {};
    WEIR_TRY_VAR(batches, consumer->poll(weir::Millis(1'000)));
    for (const auto& batch : batches) {
      WEIR_TRY(for_each_record(reader, batch, [](const weir::log::RecordView& record) -> weir::Result<> {
        std::cout << "  " << text_of_bytes<K>(record.key) << ": " << text_of_bytes<V>(record.value);
        for (const auto& header : record.headers.decode())
          std::cout << "  " << header.key << '=' << header.value.value_or("");
        std::cout << '\n';
        return {};
      }));
    }
  }
}

}  // namespace records
