#include "log/base/result.h"

#include <array>
#include <utility>

namespace weir {

namespace {
constexpr std::pair<ErrorCode, std::string_view> kNames[] = {
#define NAME(code) \
  { ErrorCode::code, #code }
    NAME(unknown_server_error),
    NAME(none),
    NAME(offset_out_of_range),
    NAME(corrupt_message),
    NAME(unknown_topic_or_partition),
    NAME(leader_not_available),
    NAME(not_leader_or_follower),
    NAME(request_timed_out),
    NAME(message_too_large),
    NAME(offset_metadata_too_large),
    NAME(coordinator_load_in_progress),
    NAME(coordinator_not_available),
    NAME(not_coordinator),
    NAME(invalid_topic),
    NAME(record_list_too_large),
    NAME(not_enough_replicas),
    NAME(not_enough_replicas_after_append),
    NAME(invalid_required_acks),
    NAME(illegal_generation),
    NAME(inconsistent_group_protocol),
    NAME(invalid_group_id),
    NAME(unknown_member_id),
    NAME(invalid_session_timeout),
    NAME(rebalance_in_progress),
    NAME(invalid_commit_offset_size),
    NAME(topic_authorization_failed),
    NAME(group_authorization_failed),
    NAME(cluster_authorization_failed),
    NAME(invalid_timestamp),
    NAME(unsupported_sasl_mechanism),
    NAME(illegal_sasl_state),
    NAME(unsupported_version),
    NAME(topic_already_exists),
    NAME(invalid_partitions),
    NAME(invalid_replication_factor),
    NAME(invalid_config),
    NAME(not_controller),
    NAME(invalid_request),
    NAME(unsupported_for_message_format),
    NAME(policy_violation),
    NAME(out_of_order_sequence_number),
    NAME(duplicate_sequence_number),
    NAME(invalid_producer_epoch),
    NAME(invalid_txn_state),
    NAME(invalid_producer_id_mapping),
    NAME(invalid_transaction_timeout),
    NAME(concurrent_transactions),
    NAME(transaction_coordinator_fenced),
    NAME(transactional_id_authorization_failed),
    NAME(security_disabled),
    NAME(operation_not_attempted),
    NAME(storage_error),
    NAME(sasl_authentication_failed),
    NAME(unknown_producer_id),
    NAME(non_empty_group),
    NAME(group_id_not_found),
    NAME(fetch_session_id_not_found),
    NAME(invalid_fetch_session_epoch),
    NAME(fenced_leader_epoch),
    NAME(unknown_leader_epoch),
    NAME(unsupported_compression_type),
    NAME(offset_not_available),
    NAME(member_id_required),
    NAME(group_max_size_reached),
    NAME(fenced_instance_id),
    NAME(group_subscribed_to_topic),
    NAME(invalid_record),
    NAME(unstable_offset_commit),
    NAME(throttling_quota_exceeded),
    NAME(producer_fenced),
    NAME(resource_not_found),
    NAME(duplicate_resource),
    NAME(unacceptable_credential),
    NAME(unknown_topic_id),
    NAME(inconsistent_topic_id),
    NAME(transactional_id_not_found),
    NAME(fetch_session_topic_id_error),
    NAME(fenced_member_epoch),
    NAME(unreleased_instance_id),
    NAME(unsupported_assignor),
    NAME(stale_member_epoch),
    NAME(transaction_abortable),
    NAME(invalid_regular_expression),
    NAME(invalid_argument),
    NAME(not_found),
    NAME(already_exists),
    NAME(io_error),
    NAME(no_space),
    NAME(read_only),
    NAME(permission_denied),
    NAME(corrupt_data),
    NAME(locked),
    NAME(closed),
    NAME(timed_out),
    NAME(would_block),
    NAME(truncated),
    NAME(user_exception),
    NAME(wrong_state),
    NAME(unavailable),
#undef NAME
};
}  // namespace

std::string name_of(ErrorCode code) {
  for (const auto& [known, name] : kNames) {
    if (known == code) return std::string(name);
  }
  return "error " + std::to_string(static_cast<int>(code));
}

std::string Error::to_string() const {
  return detail.empty() ? name_of(code) : name_of(code) + ": " + detail;
}

Error Error::at(std::string_view place) const {
  return {code, detail.empty() ? std::string(place) : std::string(place) + ": " + detail};
}

}  // namespace weir
