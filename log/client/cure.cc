#include "log/client/cure.h"

namespace weir::log {

namespace {

struct Row {
  ErrorCode code;
  Cure cure;
};

// What is not listed has no cure. storage_error has none on purpose: the partition stays stopped on that node.
constexpr Row kRows[] = {
    {ErrorCode::request_timed_out, Cure::again},
    {ErrorCode::not_enough_replicas, Cure::again},
    {ErrorCode::not_enough_replicas_after_append, Cure::again},
    {ErrorCode::coordinator_load_in_progress, Cure::again},
    {ErrorCode::concurrent_transactions, Cure::again},
    {ErrorCode::offset_not_available, Cure::again},
    {ErrorCode::unstable_offset_commit, Cure::again},
    {ErrorCode::unknown_topic_or_partition, Cure::new_metadata},
    {ErrorCode::leader_not_available, Cure::new_metadata},
    {ErrorCode::not_leader_or_follower, Cure::new_metadata},
    {ErrorCode::not_controller, Cure::new_metadata},
    {ErrorCode::fenced_leader_epoch, Cure::new_metadata},
    {ErrorCode::unknown_leader_epoch, Cure::new_metadata},
    {ErrorCode::unknown_topic_id, Cure::new_metadata},
    {ErrorCode::inconsistent_topic_id, Cure::new_metadata},
    {ErrorCode::io_error, Cure::new_metadata},   // of the transport: the connection broke
    {ErrorCode::timed_out, Cure::new_metadata},  // the same: whoever does not answer may have given up its partitions
    {ErrorCode::coordinator_not_available, Cure::new_coordinator},
    {ErrorCode::not_coordinator, Cure::new_coordinator},
};

}  // namespace

Cure cure_of(ErrorCode code) {
  for (const auto& row : kRows) {
    if (row.code == code) return row.cure;
  }
  return Cure::none;
}

}  // namespace weir::log
