#include "streams/runtime/topic_limits.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "log/base/saturate.h"
#include "log/model/record_batch.h"
#include "log/model/record_codec.h"

namespace weir::streams {

namespace {

constexpr std::int64_t kMostAround = 128;  // bytes of a batch that are neither key nor value of its only record

using Configs = std::map<std::string, std::string>;

std::string text_in(const Configs& configs, const char* name) {
  auto found = configs.find(name);
  return found == configs.end() ? std::string() : found->second;
}

std::optional<std::int64_t> number_in(const Configs& configs, const char* name) {
  const std::string text = text_in(configs, name);
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || number == kForeverMs) return std::nullopt;
  return number;
}

// The topic's own packing: what a record takes there is not known here.
bool is_packed(const Configs& configs) {
  const std::string type = text_in(configs, "compression.type");
  return !type.empty() && type != "producer" && type != "uncompressed";
}

}  // namespace

std::optional<TopicLimits> TopicLimits::of(const Configs& configs) {
  TopicLimits limits;
  if (!is_packed(configs)) limits.max_bytes_ = number_in(configs, "max.message.bytes");
  if (text_in(configs, "message.timestamp.type") != "LogAppendTime") {
    limits.most_before_ms_ = number_in(configs, "message.timestamp.before.max.ms");
    limits.most_after_ms_ = number_in(configs, "message.timestamp.after.max.ms");
  }
  limits.needs_keys_ = text_in(configs, "cleanup.policy").find("compact") != std::string::npos;
  limits.needs_look_ = limits.most_before_ms_ || limits.most_after_ms_;
  const std::int64_t most = limits.max_bytes_.value_or(std::numeric_limits<std::int64_t>::max());
  limits.small_bytes_ = static_cast<std::size_t>(std::max<std::int64_t>(most - kMostAround, 0));
  const bool asks = limits.max_bytes_ || limits.most_before_ms_ || limits.most_after_ms_ || limits.needs_keys_;
  return asks ? std::optional(limits) : std::nullopt;
}

Result<> TopicLimits::check(std::int64_t timestamp_ms, NullableBytes key, NullableBytes value,
                            std::span<const log::HeaderView> headers, std::int64_t now_ms) const {
  if (needs_keys_ && !key)
    return fail(ErrorCode::invalid_record, "a record without a key, and cleanup.policy compacts");
  if (max_bytes_) WEIR_TRY(check_size(key, value, headers));
  if (most_before_ms_ || most_after_ms_) WEIR_TRY(check_time(timestamp_ms, now_ms));
  return {};
}

Result<> TopicLimits::check_size(NullableBytes key, NullableBytes value,
                                 std::span<const log::HeaderView> headers) const {
  const std::size_t record = log::record_codec::whole_size(log::record_codec::body_size(0, 0, key, value, headers));
  const auto size = static_cast<std::int64_t>(log::kBatchHeaderSize + record);
  if (size <= *max_bytes_) return {};
  return fail(ErrorCode::message_too_large, "a record that takes " + std::to_string(size) +
                                                " bytes; the topic's max.message.bytes is " +
                                                std::to_string(*max_bytes_));
}

Result<> TopicLimits::check_time(std::int64_t timestamp_ms, std::int64_t now_ms) const {
  const bool is_early = most_before_ms_ && timestamp_ms < saturated_difference(now_ms, *most_before_ms_);
  const bool is_late = most_after_ms_ && timestamp_ms > saturated_sum(now_ms, *most_after_ms_);
  if (!is_early && !is_late) return {};
  return fail(ErrorCode::invalid_timestamp, "a record of time " + std::to_string(timestamp_ms) +
                                                ", which the topic's message.timestamp." +
                                                (is_early ? "before" : "after") + ".max.ms does not take");
}

}  // namespace weir::streams
