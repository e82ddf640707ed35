#include "connect/contracts/failure.h"

#include <algorithm>
#include <iterator>

namespace weir::connect {

namespace {

constexpr ErrorCode kPassing[] = {
    ErrorCode::leader_not_available,
    ErrorCode::not_leader_or_follower,
    ErrorCode::request_timed_out,
    ErrorCode::coordinator_load_in_progress,
    ErrorCode::coordinator_not_available,
    ErrorCode::not_coordinator,
    ErrorCode::not_enough_replicas,
    ErrorCode::not_enough_replicas_after_append,
    ErrorCode::concurrent_transactions,
    ErrorCode::unstable_offset_commit,
    ErrorCode::transaction_abortable,
    ErrorCode::timed_out,
    ErrorCode::unavailable,
    ErrorCode::no_space,
    ErrorCode::read_only,
};

constexpr ErrorCode kOfRecords[] = {
    ErrorCode::invalid_record,
    ErrorCode::corrupt_data,
    ErrorCode::message_too_large,
};

template <std::size_t Size>
bool is_among(ErrorCode code, const ErrorCode (&codes)[Size]) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

}  // namespace

Blame blame_of(const Error& error) {
  if (is_among(error.code, kPassing)) return Blame::passing;
  return is_among(error.code, kOfRecords) ? Blame::record : Blame::setting;
}

}  // namespace weir::connect
