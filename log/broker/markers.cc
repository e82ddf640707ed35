#include "log/broker/markers.h"

namespace weir::log::broker {

Result<> Markers::write(const TopicPartition& partition, ProducerIdentity producer, EndMarker marker) {
  WEIR_TRY_VAR(found, topics_.find(partition.topic, partition.partition));
  RecordBatch batch = end_marker_batch(marker, producer.id, producer.epoch, clock_.wall_ms());
  if (partition.topic == kOffsetsTopic) return offsets_.end_transaction(partition.partition, batch, marker.type);
  WEIR_TRY(found->append(batch, storage::Origin::coordinator));
  return {};
}

Result<> Markers::write_all(const std::set<TopicPartition>& partitions, ProducerIdentity producer, EndMarker marker) {
  Result<> first_error;
  auto note = [&](Result<> outcome) {
    if (outcome || !first_error) return;
    ErrorCode code = outcome.error().code;
    if (code == ErrorCode::unknown_topic_or_partition || code == ErrorCode::invalid_producer_epoch) return;
    first_error = std::move(outcome);
  };
  for (const auto& partition : partitions) note(write(partition, producer, marker));
  for (auto& outcome : topics_.make_durable(topics_.find_all(partitions), AsOne::yes)) note(std::move(outcome));
  return first_error;
}

}  // namespace weir::log::broker
