// Markers: writes the ends of transactions into the partitions that took part.
//
// Writing one again does no harm: a marker that finds no open transaction ends none. Thread-safe.
#pragma once

#include <set>

#include "log/base/clock.h"
#include "log/broker/group_offsets.h"

namespace weir::log::broker {

class Markers {
 public:
  Markers(Topics& topics, GroupOffsets& offsets, Clock& clock) : topics_(topics), offsets_(offsets), clock_(clock) {}

  // unknown_topic_or_partition, invalid_producer_epoch, transaction_coordinator_fenced, no_space, storage_error.
  Result<> write(const TopicPartition& partition, ProducerIdentity producer, EndMarker marker);

  // To all of them, and makes them durable as the transaction is to be. A partition that is gone by now, or that a
  // later epoch of the producer writes, has nothing open. The first error, after all were tried.
  Result<> write_all(const std::set<TopicPartition>& partitions, ProducerIdentity producer, EndMarker marker);

 private:
  Topics& topics_;
  GroupOffsets& offsets_;
  Clock& clock_;
};

}  // namespace weir::log::broker
