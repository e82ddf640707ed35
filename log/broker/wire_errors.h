// How an error leaves the broker: a code of the protocol, and where a message has room for it, the detail.
#pragma once

#include <optional>
#include <string>

#include "log/base/result.h"

namespace weir::log::broker {

// Codes of this process only become the nearest one of the protocol: a full disk is a storage_error.
ErrorCode wire_code(const Error& error);
inline ErrorCode wire_code(const Result<>& outcome) {
  return outcome ? ErrorCode::none : wire_code(outcome.error());
}

// The detail; with the name of the code in front where the code had to be replaced.
std::optional<std::string> wire_message(const Error& error);
inline std::optional<std::string> wire_message(const Result<>& outcome) {
  return outcome ? std::nullopt : wire_message(outcome.error());
}

// Before producer_fenced had a code of its own its name was invalid_producer_epoch: for requests older than `since`.
ErrorCode fenced_code(ErrorCode code, std::int16_t version, std::int16_t since);

}  // namespace weir::log::broker
