// Result<T>: a value or an Error. Errors are values everywhere in Weir; exceptions exist only around user code
// and in constructors that are handed a wrong configuration.
//
// An ErrorCode exists if some caller reacts to it in its own way; everything else goes into the detail, which names
// the thing and the place ("topic clicks, partition 3, segment 0000042.log, byte 8192"). Codes from 0 to 127 are
// those of the Kafka protocol, so that a broker's answer and its meaning inside the process are one number; local
// conditions that never travel start at 1000.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace weir {

enum class ErrorCode : std::int16_t {
  unknown_server_error = -1,
  none = 0,
  offset_out_of_range = 1,
  corrupt_message = 2,
  unknown_topic_or_partition = 3,
  leader_not_available = 5,
  not_leader_or_follower = 6,
  request_timed_out = 7,
  message_too_large = 10,
  offset_metadata_too_large = 12,
  coordinator_load_in_progress = 14,
  coordinator_not_available = 15,
  not_coordinator = 16,
  invalid_topic = 17,
  record_list_too_large = 18,
  not_enough_replicas = 19,
  not_enough_replicas_after_append = 20,
  invalid_required_acks = 21,
  illegal_generation = 22,
  inconsistent_group_protocol = 23,
  invalid_group_id = 24,
  unknown_member_id = 25,
  invalid_session_timeout = 26,
  rebalance_in_progress = 27,
  invalid_commit_offset_size = 28,
  topic_authorization_failed = 29,
  group_authorization_failed = 30,
  cluster_authorization_failed = 31,
  invalid_timestamp = 32,
  unsupported_sasl_mechanism = 33,
  illegal_sasl_state = 34,
  unsupported_version = 35,
  topic_already_exists = 36,
  invalid_partitions = 37,
  invalid_replication_factor = 38,
  invalid_config = 40,
  not_controller = 41,
  invalid_request = 42,
  unsupported_for_message_format = 43,
  policy_violation = 44,
  out_of_order_sequence_number = 45,
  duplicate_sequence_number = 46,
  invalid_producer_epoch = 47,
  invalid_txn_state = 48,
  invalid_producer_id_mapping = 49,
  invalid_transaction_timeout = 50,
  concurrent_transactions = 51,
  transaction_coordinator_fenced = 52,
  transactional_id_authorization_failed = 53,
  security_disabled = 54,
  operation_not_attempted = 55,
  storage_error = 56,
  sasl_authentication_failed = 58,
  unknown_producer_id = 59,
  non_empty_group = 68,
  group_id_not_found = 69,
  fetch_session_id_not_found = 70,
  invalid_fetch_session_epoch = 71,
  fenced_leader_epoch = 74,
  unknown_leader_epoch = 75,
  unsupported_compression_type = 76,
  offset_not_available = 78,
  member_id_required = 79,
  group_max_size_reached = 81,
  fenced_instance_id = 82,
  group_subscribed_to_topic = 86,
  invalid_record = 87,
  unstable_offset_commit = 88,
  throttling_quota_exceeded = 89,
  producer_fenced = 90,
  resource_not_found = 91,
  duplicate_resource = 92,
  unacceptable_credential = 93,
  unknown_topic_id = 100,
  inconsistent_topic_id = 103,
  transactional_id_not_found = 105,
  fetch_session_topic_id_error = 106,
  fenced_member_epoch = 110,
  unreleased_instance_id = 111,
  unsupported_assignor = 112,
  stale_member_epoch = 113,
  transaction_abortable = 120,
  invalid_regular_expression = 128,

  invalid_argument = 1000,   // the caller's input is wrong; the detail says which
  not_found = 1001,          // a file, topic or name that was asked for is not there
  already_exists = 1002,     // what should be created is there
  io_error = 1003,           // the operating system refused a file operation
  no_space = 1004,           // the disk is full: work can go on once there is room
  read_only = 1013,          // the file system takes no writes: work can go on once it does again
  permission_denied = 1014,  // the operating system does not let this user do it
  corrupt_data = 1005,       // stored bytes do not check; they are kept
  locked = 1006,             // another process holds the directory
  closed = 1007,             // the object was stopped while, or before, it was asked
  timed_out = 1008,          // nothing came in the given time; nothing is known to have failed
  would_block = 1009,        // cannot be answered at once
  truncated = 1010,          // the bytes end before the value does
  user_exception = 1011,     // a user's callable threw
  wrong_state = 1012,        // the call is not legal in this state of the object
  unavailable = 1015,        // another system cannot be reached, or says that it cannot serve now
};

// The name of a code as in the Kafka protocol, in lower case: "offset_out_of_range"; "error 1234" for an unknown one.
std::string name_of(ErrorCode code);

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::unknown_server_error;
  std::string detail;

  // "storage_error: topic clicks, partition 3: ..."
  std::string to_string() const;

  // The same error with the place put in front of its detail: `e.at("topic clicks")`.
  Error at(std::string_view place) const;

  bool operator==(const Error& other) const { return code == other.code; }
};

}  // namespace weir

// What `value()` of a Result without a value throws: it says why there is none.
template <>
class tl::bad_expected_access<weir::Error> final : public std::exception {
 public:
  explicit bad_expected_access(weir::Error error) : error_(std::move(error)), text_(error_.to_string()) {}
  const char* what() const noexcept override { return text_.c_str(); }
  const weir::Error& error() const { return error_; }

 private:
  weir::Error error_;
  std::string text_;
};

namespace weir {

template <class T = void>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string detail = {}) {
  return tl::make_unexpected(Error{code, std::move(detail)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::make_unexpected(std::move(error));
}

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)

// WEIR_TRY(expr): leaves the function with the error of `expr`, if it has one. WEIR_TRY_VAR(name, expr): and else names
// its value.
#define WEIR_TRY(...)                                                                                        \
  do {                                                                                                       \
    if (auto try_result_ = (__VA_ARGS__); !try_result_) return ::weir::fail(std::move(try_result_).error()); \
  } while (false)
#define WEIR_TRY_VAR_INNER(temporary, name, ...)                     \
  auto temporary = (__VA_ARGS__);                                    \
  if (!temporary) return ::weir::fail(std::move(temporary).error()); \
  auto name = *std::move(temporary)
#define WEIR_TRY_VAR(name, ...) WEIR_TRY_VAR_INNER(WEIR_CONCAT(try_result_, __LINE__), name, __VA_ARGS__)

// The same inside a coroutine.
#define WEIR_CO_TRY(...)                                                                                        \
  do {                                                                                                          \
    if (auto try_result_ = (__VA_ARGS__); !try_result_) co_return ::weir::fail(std::move(try_result_).error()); \
  } while (false)
#define WEIR_CO_TRY_VAR_INNER(temporary, name, ...)                     \
  auto temporary = (__VA_ARGS__);                                       \
  if (!temporary) co_return ::weir::fail(std::move(temporary).error()); \
  auto name = *std::move(temporary)
#define WEIR_CO_TRY_VAR(name, ...) WEIR_CO_TRY_VAR_INNER(WEIR_CONCAT(try_result_, __LINE__), name, __VA_ARGS__)
