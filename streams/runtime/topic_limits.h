// TopicLimits: what a topic's configs refuse of single records (max.message.bytes, message.timestamp.*.max.ms, keys
// where cleanup.policy compacts), asked before a record is sent: then it is known which record it was, and the
// operator's policy can deal with it (KIP-210). The log refuses a whole batch, when that is written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/model/record.h"

namespace weir::streams {

class TopicLimits {
 public:
  // Nothing if the configs ask for nothing.
  static std::optional<TopicLimits> of(const std::map<std::string, std::string>& configs);

  // The topic takes such a record without headers, whatever the time is. False: `check` says.
  bool surely_takes(const NullableBytes& key, const NullableBytes& value) const {
    const std::size_t size = (key ? key->size() : 0) + (value ? value->size() : 0);
    return size <= small_bytes_ && !needs_look_ && (key || !needs_keys_);
  }
  // message_too_large, invalid_timestamp, invalid_record, with the config that says so.
  Result<> check(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                 std::span<const log::HeaderView> headers, std::int64_t now_ms) const;

 private:
  Result<> check_size(NullableBytes key, NullableBytes value, std::span<const log::HeaderView> headers) const;
  Result<> check_time(std::int64_t timestamp_ms, std::int64_t now_ms) const;

  std::optional<std::int64_t> max_bytes_;  // of a batch with one record; nothing: not known before it is packed
  std::optional<std::int64_t> most_before_ms_;
  std::optional<std::int64_t> most_after_ms_;
  bool needs_keys_ = false;
  std::size_t small_bytes_ = 0;  // a key and a value of so many bytes fit, whatever is around them
  bool needs_look_ = false;      // at the record's time
};

}  // namespace weir::streams
