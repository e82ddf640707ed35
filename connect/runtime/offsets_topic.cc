#include "connect/runtime/offsets_topic.h"

#include <charconv>
#include <functional>

#include "log/base/json_writer.h"
#include "log/client/record_walk.h"

namespace weir::connect {

namespace {

const log::PartitionIndex kOnly{0};

// `["orders",`: how the keys of a connector's positions begin, and no other connector's.
std::string key_prefix(const std::string& connector) {
  std::string key = "[";
  append_json_string(connector, key);
  return key + ",";
}

std::string count_key(const std::string& connector) {
  std::string key = "{\"connector\":";
  append_json_string(connector, key);
  return key + "}";
}

// Every record from the topic's beginning to what is its end now, in order. A transaction that is still open holds
// readers of committed records back: at most for `patience`, then timed_out.
Result<> read_all(const log::Client& client, const std::string& topic, log::Isolation isolation, Millis patience,
                  const std::function<void(const log::RecordView&)>& take) {
  const log::TopicPartition partition{topic, kOnly};
  log::ConsumerOptions options;
  options.isolation = isolation;
  WEIR_TRY_VAR(consumer, client.consumer(options));
  WEIR_TRY(consumer->assign({partition}));
  // What is there, decided or not: stopping at the last stable offset could miss our own last commit behind a
  // transaction of another connector that is still open.
  WEIR_TRY_VAR(ends, consumer->end_offsets({&partition, 1}, log::Isolation::read_uncommitted));
  log::BatchReader reader;
  const std::int64_t deadline = client.clock().monotonic_ms() + patience.count();
  for (;;) {
    WEIR_TRY_VAR(at, consumer->position(partition));
    if (at >= ends[partition]) return {};
    if (client.clock().monotonic_ms() > deadline) {
      return fail(ErrorCode::timed_out, partition.to_string() + ": a transaction is open at offset " +
                                            std::to_string(at.value()) + " and does not end");
    }
    WEIR_TRY_VAR(batches, consumer->poll(Millis(100)));
    for (const auto& batch : batches) {
      WEIR_TRY(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
        take(record);
        return {};
      }));
    }
  }
}

}  // namespace

std::string offsets_topic_of(const std::string& connector) {
  return "connect-offsets-" + connector;
}

std::string position_key(const std::string& connector, const std::string& source_partition) {
  return key_prefix(connector) + source_partition + "]";
}

Result<> create_offsets_topic(const log::Client& client, const std::string& topic) {
  auto created = client.admin()->create_topic({topic, 1, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  return {};
}

Result<SourcePositions> last_positions(const log::Client& client, const std::string& topic,
                                       const std::string& connector, Millis patience) {
  const std::string prefix = key_prefix(connector);
  SourcePositions positions;
  WEIR_TRY(read_all(client, topic, log::Isolation::read_committed, patience, [&](const log::RecordView& record) {
    if (!record.key || !record.key->starts_with(prefix) || !record.key->ends_with(']')) return;
    std::string partition(record.key->substr(prefix.size(), record.key->size() - prefix.size() - 1));
    if (record.value) {
      positions[std::move(partition)] = *record.value;
    } else {
      positions.erase(partition);
    }
  }));
  return positions;
}

Result<std::int32_t> last_task_count(const log::Client& client, const std::string& topic,
                                     const std::string& connector) {
  const std::string key = count_key(connector);
  std::int32_t count = 1;
  WEIR_TRY(
      read_all(client, topic, log::Isolation::read_uncommitted, Millis(10'000), [&](const log::RecordView& record) {
        if (record.key != key || !record.value) return;
        (void)std::from_chars(record.value->data(), record.value->data() + record.value->size(), count);
      }));
  return count;
}

Result<> set_task_count(const log::Client& client, const std::string& topic, const std::string& connector,
                        std::int32_t count) {
  WEIR_TRY_VAR(producer, client.producer());
  const std::string key = count_key(connector);
  const std::string value = std::to_string(count);
  WEIR_TRY(producer->send(topic, kOnly, client.clock().wall_ms(), Bytes(key), Bytes(value)));
  return producer->flush();
}

}  // namespace weir::connect
