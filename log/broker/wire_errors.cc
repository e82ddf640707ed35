#include "log/broker/wire_errors.h"

namespace weir::log::broker {

ErrorCode wire_code(const Error& error) {
  constexpr int kFirstLocal = 1000;
  if (static_cast<int>(error.code) < kFirstLocal) return error.code;
  switch (error.code) {
    case ErrorCode::no_space:
    case ErrorCode::read_only:
    case ErrorCode::permission_denied:
    case ErrorCode::io_error:
    case ErrorCode::corrupt_data:
      return ErrorCode::storage_error;
    case ErrorCode::closed:
      return ErrorCode::not_leader_or_follower;
    case ErrorCode::invalid_argument:
      return ErrorCode::invalid_request;
    case ErrorCode::timed_out:
      return ErrorCode::request_timed_out;
    case ErrorCode::truncated:
      return ErrorCode::corrupt_message;
    default:
      return ErrorCode::unknown_server_error;
  }
}

std::optional<std::string> wire_message(const Error& error) {
  if (error.code == wire_code(error)) return error.detail.empty() ? std::nullopt : std::optional(error.detail);
  return error.to_string();
}

ErrorCode fenced_code(ErrorCode code, std::int16_t version, std::int16_t since) {
  return code == ErrorCode::producer_fenced && version < since ? ErrorCode::invalid_producer_epoch : code;
}

}  // namespace weir::log::broker
