#include "log/broker/coordinators.h"

namespace weir::log::broker {

void Coordinators::load() {
  groups_.load(apply_group_batches(clock_));
  transactions_.load();
}

std::vector<Error> Coordinators::faults() {
  auto found = groups_.faults();
  for (auto& fault : transactions_.faults()) found.push_back(std::move(fault));
  return found;
}

void Coordinators::finish(Producers producers) {
  if (producers == Producers::in_doubt) transactions_.doubt_what_is_prepared();
  if (producers != Producers::alive) transactions_.abort_ongoing();
  transactions_.run_due();
  if (producers == Producers::in_doubt) transactions_.retire_producers();
  for (const auto& partition : topics_.partitions()) abort_unknown(*partition);
  if (producers != Producers::alive) memberships_.remove_dynamic_members();
  memberships_.start();
}

void Coordinators::abort_unknown(Partition& partition) {
  auto open = partition.with_log([](storage::PartitionLog& log) { return log.producers().open_transactions(); });
  for (const auto& [id, epoch] : open) {
    const ProducerIdentity producer{id, epoch};
    const auto is_held = transactions_.holds(producer, partition.name());
    if (!is_held) {
      partition.hold_back(is_held.error().at("a transaction is open and its coordinator cannot tell how it ends"));
      return;
    }
    if (*is_held) continue;
    const EndMarker marker{EndMarkerType::abort, CoordinatorEpoch(partition.epoch().value())};
    (void)markers_.write_all({partition.name()}, producer, marker);
  }
}

}  // namespace weir::log::broker
