#include "connect/offsets_topic.h"

#include "log/base/json_writer.h"
#include "log/client/record_walk.h"

namespace weir::connect {

std::string offsets_topic_of(const std::string& connector) {
  return "connect-offsets-" + connector;
}

std::string position_key(const std::string& connector, const std::string& source_partition) {
  std::string key = "[";
  append_json_string(connector, key);
  return key + "," + source_partition + "]";
}

Result<> create_offsets_topic(const log::Client& client, const std::string& topic) {
  auto created = client.admin()->create_topic({topic, 1, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  return {};
}

Result<std::optional<OwnedBytes>> last_position(const log::Client& client, const std::string& topic,
                                                const std::string& key, Millis patience) {
  const log::TopicPartition partition{topic, log::PartitionIndex(0)};
  WEIR_TRY_VAR(consumer, client.consumer());
  WEIR_TRY(consumer->assign({partition}));
  // What is there, decided or not: stopping at the last stable offset could miss our own last commit behind a
  // transaction of another connector that is still open.
  WEIR_TRY_VAR(ends, consumer->end_offsets({&partition, 1}, log::Isolation::read_uncommitted));
  bool is_known = false;
  OwnedBytes position;
  log::BatchReader reader;
  const std::int64_t deadline = client.clock().monotonic_ms() + patience.count();
  for (;;) {
    WEIR_TRY_VAR(at, consumer->position(partition));
    if (at >= ends[partition]) return is_known ? std::optional(std::move(position)) : std::nullopt;
    if (client.clock().monotonic_ms() > deadline) {
      return fail(ErrorCode::timed_out, partition.to_string() + ": a transaction is open at offset " +
                                            std::to_string(at.value()) + " and does not end");
    }
    WEIR_TRY_VAR(batches, consumer->poll(Millis(100)));
    for (const auto& batch : batches) {
      WEIR_TRY(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
        if (record.key != key) return {};
        is_known = record.value.has_value();
        position = record.value.value_or(Bytes());
        return {};
      }));
    }
  }
}

}  // namespace weir::connect
