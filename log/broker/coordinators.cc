#include "log/broker/coordinators.h"

namespace weir::log::broker {

void Coordinators::load() {
  groups_.load();
  transactions_.load();
}

std::vector<Error> Coordinators::faults() {
  auto found = groups_.faults();
  for (auto& fault : transactions_.faults()) found.push_back(std::move(fault));
  return found;
}

Task<Result<>> Coordinators::finish(Producers producers, Executor& executor) {
  if (producers == Producers::in_doubt) transactions_.doubt_what_is_prepared();
  if (producers != Producers::alive) (void)co_await transactions_.abort_ongoing(executor);
  (void)co_await transactions_.run_due(executor);
  if (producers == Producers::in_doubt) (void)co_await transactions_.retire_producers(executor);
  const auto partitions = topics_.partitions();
  for (const auto& partition : partitions) (void)co_await abort_unknown(partition, executor);
  if (producers != Producers::alive) groups_.remove_dynamic_members();
  groups_.start();
  co_return Result<>{};
}

Task<Result<>> Coordinators::abort_unknown(std::shared_ptr<Partition> partition, Executor& executor) {
  const auto open = partition->with_log([](storage::PartitionLog& log) { return log.producers().open_transactions(); });
  for (const auto& [id, epoch] : open) {
    const auto is_held = transactions_.holds({id, epoch}, partition->name());
    if (!is_held) {
      partition->hold_back(is_held.error().at("a transaction is open and its coordinator cannot tell how it ends"));
      co_return fail(is_held.error());
    }
    if (*is_held) continue;
    wire::WriteTxnMarkersRequest request;
    request.markers.push_back({id, epoch, false, {}, CoordinatorEpoch(partition->epoch().value())});
    request.markers.front().topics.push_back({partition->name().topic, {partition->name().partition}});
    (void)co_await markers_.write(std::move(request), executor);
  }
  co_return Result<>{};
}

}  // namespace weir::log::broker
