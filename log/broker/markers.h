// Markers: writes the ends of transactions into the partitions that this node leads: what WriteTxnMarkers asks for.
//
// Writing one again does no harm: a marker that finds no open transaction ends none. Thread-safe.
#pragma once

#include "log/base/clock.h"
#include "log/base/shared_mutex.h"
#include "log/broker/groups/service.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log::broker {

class Markers {
 public:
  Markers(Topics& topics, GroupService& groups, Clock& clock) : topics_(topics), groups_(groups), clock_(clock) {}

  // Those of a transaction become durable as it is to be: if records of one partition are synced before they are
  // answered, all are. For each partition: unknown_topic_or_partition, invalid_producer_epoch,
  // transaction_coordinator_fenced, storage_error.
  Task<wire::WriteTxnMarkersResponse> write(wire::WriteTxnMarkersRequest request, Executor& executor);

  // Calls `use` while no markers are appended: of what one request ends it sees all or nothing.
  template <class Use>
  auto while_none_ends(Use use) WEIR_EXCLUDES(ending_) {
    WriterLock lock(ending_);
    return use();
  }

 private:
  using Answer = wire::WriteTxnMarkersResponse::WritableTxnMarkerPartitionResult;

  Result<std::shared_ptr<Partition>> append(const TopicPartition& partition,
                                            const wire::WriteTxnMarkersRequest::WritableTxnMarker& marker);

  Topics& topics_;
  GroupService& groups_;
  Clock& clock_;
  SharedMutex ending_;  // shared: by those who append markers
};

}  // namespace weir::log::broker
