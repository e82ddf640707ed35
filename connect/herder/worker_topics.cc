#include "connect/herder/worker_topics.h"

#include "log/client/record_walk.h"

namespace weir::connect {

namespace {

constexpr Millis kReadBack{30'000};

Result<std::int32_t> make_compacted(log::Admin& admin, const std::string& topic) {
  auto created = admin.create_topic({topic, 1, {{"cleanup.policy", "compact"}}});
  if (!created && created.error().code != ErrorCode::topic_already_exists) return fail(created.error());
  WEIR_TRY_VAR(description, admin.describe_topic(topic));
  return description.partitions;
}

}  // namespace

WorkerTopics::WorkerTopics(log::Client client, Names names, Read read)
    : client_(std::move(client)), names_(std::move(names)), read_(std::move(read)) {}

WorkerTopics::~WorkerTopics() = default;

Result<> WorkerTopics::begin() {
  WEIR_TRY_VAR(consumer, client_.consumer());
  consumer_ = std::move(consumer);
  return {};
}

Result<> WorkerTopics::open() {
  const auto admin = client_.admin();
  WEIR_TRY_VAR(config_partitions, make_compacted(*admin, names_.config));
  WEIR_TRY_VAR(status_partitions, make_compacted(*admin, names_.status));
  if (config_partitions != 1) {
    return fail(ErrorCode::invalid_config, "config.storage.topic = " + names_.config + ": has " +
                                               std::to_string(config_partitions) +
                                               " partitions, and must have one, so that what is in it has an order");
  }
  std::vector<log::TopicPartition> partitions{{names_.config, log::PartitionIndex(0)}};
  for (std::int32_t i = 0; i < status_partitions; ++i) partitions.push_back({names_.status, log::PartitionIndex(i)});
  WEIR_TRY(consumer_->assign(partitions));
  WEIR_TRY_VAR(writer, client_.producer());
  writer_ = std::move(writer);
  return read_to_end(kReadBack);
}

Result<> WorkerTopics::poll(Millis timeout) {
  WEIR_TRY_VAR(batches, consumer_->poll(timeout));
  for (const auto& batch : batches) {
    const bool is_config = batch.partition.topic == names_.config;
    WEIR_TRY(for_each_record(reader_, batch, [&](const log::RecordView& record) -> Result<> {
      if (!record.key) return {};
      if (is_config) {
        read_.config(*record.key, record.value, record.offset.value());
      } else {
        read_.status(*record.key, record.value);
      }
      return {};
    }));
  }
  return {};
}

Result<> WorkerTopics::read_to_end(Millis at_most) {
  const auto partitions = consumer_->assignment();
  WEIR_TRY_VAR(ends, consumer_->end_offsets(partitions, log::Isolation::read_uncommitted));
  const std::int64_t deadline_ns = client_.clock().deadline_ns(at_most);
  for (const auto& partition : partitions) {
    for (;;) {
      WEIR_TRY_VAR(at, consumer_->position(partition));
      if (at >= ends[partition]) break;
      if (client_.clock().monotonic_ns() >= deadline_ns) {
        return fail(ErrorCode::timed_out, partition.to_string() + " was not read to its end in time");
      }
      WEIR_TRY(poll(Millis(100)));
    }
  }
  return {};
}

Result<> WorkerTopics::claim() {
  leader_.reset();
  WEIR_TRY_VAR(producer, client_.producer({.transactional_id = "connect-cluster-" + names_.group}));
  WEIR_TRY(producer->init_transactions());
  leader_ = std::move(producer);
  return {};
}

Result<> WorkerTopics::send(log::Producer& producer, const std::string& topic,
                            const std::vector<ConfigRecord>& records) {
  const std::int64_t now_ms = client_.clock().wall_ms();
  for (const auto& [key, value] : records) {
    const NullableBytes bytes = value ? NullableBytes(*value) : std::nullopt;
    WEIR_TRY(producer.send(topic, std::nullopt, now_ms, Bytes(key), bytes));
  }
  return producer.flush();
}

Result<> WorkerTopics::write_config(const std::vector<ConfigRecord>& records) {
  if (leader_ == nullptr) return fail(ErrorCode::wrong_state, "this worker does not lead");
  Result<> written = leader_->begin_transaction();
  if (written) {
    written = send(*leader_, names_.config, records);
    written = written ? leader_->commit_transaction() : std::move(written);
  }
  if (!written) {
    leader_.reset();  // the outcome may be unknown: who claims it next ends it
    return written;
  }
  return read_to_end(kReadBack);
}

Result<> WorkerTopics::write_status(const std::vector<ConfigRecord>& records) {
  if (records.empty()) return {};
  auto sent = send(*writer_, names_.status, records);
  if (!sent) {
    WEIR_TRY_VAR(writer, client_.producer());  // one that failed says so for ever
    writer_ = std::move(writer);
    return sent;
  }
  return read_to_end(kReadBack);
}

void WorkerTopics::wakeup() {
  consumer_->wakeup();
}

}  // namespace weir::connect
