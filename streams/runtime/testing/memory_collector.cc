#include "streams/runtime/testing/memory_collector.h"

#include "log/model/placement.h"

namespace weir::streams {

namespace {

std::optional<OwnedBytes> owned(const NullableBytes& bytes) {
  return bytes ? std::optional<OwnedBytes>(*bytes) : std::nullopt;
}

}  // namespace

class MemoryCollector::MemoryOutput final : public Output {
 public:
  MemoryOutput(MemoryCollector& collector, std::string topic, log::PartitionIndex own)
      : collector_(collector), topic_(std::move(topic)), own_(own) {}

  Result<> send(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                const log::HeadersView* headers) override {
    return send_to(key ? log::partition_of_key(*key, collector_.partitions_) : own_, timestamp_ms, key, value, headers);
  }
  Result<> send_to(log::PartitionIndex partition, std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                   const log::HeadersView* headers) override {
    if (partition.value() < 0 || partition.value() >= collector_.partitions_) {
      return weir::fail(ErrorCode::unknown_topic_or_partition,
                        "partition " + std::to_string(partition.value()) + " of topic " + topic_);
    }
    Sent sent{{topic_, partition}, timestamp_ms, owned(key), owned(value), {}};
    if (headers != nullptr) {
      for (const auto& header : headers->decode())
        sent.headers.push_back({std::string(header.key), owned(header.value)});
    }
    collector_.sent_.push_back(std::move(sent));
    return {};
  }

  std::int32_t partitions() const override { return collector_.partitions_; }

 private:
  MemoryCollector& collector_;
  const std::string topic_;
  const log::PartitionIndex own_;
};

class MemoryCollector::MemoryChangeSink final : public state::ChangeSink {
 public:
  MemoryChangeSink(MemoryCollector& collector, log::TopicPartition partition)
      : collector_(collector), partition_(std::move(partition)) {}

  Result<> change(Bytes key, NullableBytes value, std::int64_t timestamp_ms) override {
    collector_.changes_[partition_].push_back({partition_, timestamp_ms, OwnedBytes(key), owned(value), {}});
    return {};
  }

 private:
  MemoryCollector& collector_;
  const log::TopicPartition partition_;
};

Result<std::unique_ptr<Output>> MemoryCollector::output(const std::string& topic, log::PartitionIndex own) {
  return std::make_unique<MemoryOutput>(*this, topic, own);
}

Result<std::unique_ptr<state::ChangeSink>> MemoryCollector::changelog(const log::TopicPartition& partition) {
  return std::make_unique<MemoryChangeSink>(*this, partition);
}

}  // namespace weir::streams
