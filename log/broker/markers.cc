#include "log/broker/markers.h"

#include "log/broker/wire_errors.h"

namespace weir::log::broker {

Result<std::shared_ptr<Partition>> Markers::append(const TopicPartition& partition,
                                                   const wire::WriteTxnMarkersRequest::WritableTxnMarker& marker) {
  WEIR_TRY_VAR(found, topics_.find(partition.topic, partition.partition));
  const EndMarker end{marker.transaction_result ? EndMarkerType::commit : EndMarkerType::abort,
                      marker.coordinator_epoch};
  const RecordBatch batch = end_marker_batch(end, marker.producer_id, marker.producer_epoch, clock_.wall_ms());
  if (partition.topic == kOffsetsTopic) {
    WEIR_TRY(groups_.end_transaction(partition.partition, batch, end.type));
  } else {
    WEIR_TRY(found->append(batch, storage::Origin::coordinator));
  }
  return found;
}

Task<wire::WriteTxnMarkersResponse> Markers::write(wire::WriteTxnMarkersRequest request, Executor& executor) {
  wire::WriteTxnMarkersResponse response;
  std::vector<Wish> wishes;
  struct Place {
    std::size_t marker, topic, partition;
  };
  std::vector<Place> places;  // of each wish's answer
  {
    ReaderLock ending(ending_);
    for (const auto& wanted : request.markers) {
      auto& answer = response.markers.emplace_back();
      answer.producer_id = wanted.producer_id;
      std::vector<std::shared_ptr<Partition>> together;
      for (const auto& topic : wanted.topics) {
        auto& results = answer.topics.emplace_back();
        results.name = topic.name;
        for (auto index : topic.partition_indexes) {
          auto appended = append({topic.name, index}, wanted);
          results.partitions.push_back({index, appended ? ErrorCode::none : wire_code(appended.error())});
          if (!appended) continue;
          together.push_back(*std::move(appended));
          places.push_back({response.markers.size() - 1, answer.topics.size() - 1, results.partitions.size() - 1});
        }
      }
      const auto wish = sync_if(together, AsOne::yes);
      for (auto& partition : together) wishes.push_back({std::move(partition), wish});
    }
  }
  const auto outcomes = co_await topics_.syncer().durable(std::move(wishes), executor);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    auto& answer = response.markers[places[i].marker].topics[places[i].topic].partitions[places[i].partition];
    if (!outcomes[i]) answer.error_code = wire_code(outcomes[i]);
  }
  co_return response;
}

}  // namespace weir::log::broker
