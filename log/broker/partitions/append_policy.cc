#include "log/broker/partitions/append_policy.h"

#include <charconv>
#include <limits>

#include "log/base/saturate.h"
#include "log/model/for_each_record.h"

namespace weir::log::broker {

namespace {

struct CompressionName {
  std::string_view name;
  Compression compression;
};
constexpr CompressionName kCompressions[] = {
    {"uncompressed", Compression::none}, {"gzip", Compression::gzip}, {"snappy", Compression::snappy},
    {"lz4", Compression::lz4},           {"zstd", Compression::zstd},
};

// The values were checked when they were set.
std::optional<std::int64_t> number_in(const std::map<std::string, std::string>& configs, const char* name) {
  auto found = configs.find(name);
  if (found == configs.end()) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = found->second.data();
  (void)std::from_chars(begin, begin + found->second.size(), number);
  return number;
}

}  // namespace

std::shared_ptr<const AppendPolicy> AppendPolicy::of(const std::map<std::string, std::string>& configs) {
  auto policy = std::make_shared<AppendPolicy>();
  bool asks = false;
  if (auto bytes = number_in(configs, "max.message.bytes")) {
    policy->max_message_bytes_ = *bytes;
    asks = true;
  }
  if (auto replicas = number_in(configs, "min.insync.replicas"); replicas && *replicas > 1) {
    policy->min_insync_replicas_ = saturated_int32(*replicas);
    asks = true;
  }
  if (auto policies = configs.find("cleanup.policy");
      policies != configs.end() && policies->second.find("compact") != std::string::npos) {
    policy->needs_keys_ = true;
    asks = true;
  }
  if (auto type = configs.find("message.timestamp.type"); type != configs.end() && type->second == "LogAppendTime") {
    policy->stamps_ = true;
    asks = true;
  }
  constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  if (auto before = number_in(configs, "message.timestamp.before.max.ms"); before && *before != kNoLimit) {
    policy->most_before_ms_ = *before;
    asks = true;
  }
  if (auto after = number_in(configs, "message.timestamp.after.max.ms"); after && *after != kNoLimit) {
    policy->most_after_ms_ = *after;
    asks = true;
  }
  if (auto name = configs.find("compression.type"); name != configs.end()) {
    for (const auto& row : kCompressions) {
      if (row.name != name->second) continue;
      policy->compression_ = row.compression;
      asks = true;
    }
  }
  return asks ? policy : nullptr;
}

Result<RecordBatch> AppendPolicy::accept(RecordBatch batch, std::int64_t now_ms) const {
  const bool has_time_limit = !stamps_ && (most_before_ms_ || most_after_ms_);
  if (needs_keys_ || has_time_limit) WEIR_TRY(check_records(batch, now_ms));
  const bool packs = compression_ && *compression_ != batch.header.compression();
  if (stamps_ || packs) {
    WEIR_TRY_VAR(changed, rewritten(batch, now_ms));
    batch = std::move(changed);
  }
  // Of what is written, as Kafka counts.
  if (static_cast<std::int64_t>(batch.bytes.size()) > max_message_bytes_) {
    return fail(ErrorCode::message_too_large, "a batch of " + std::to_string(batch.bytes.size()) +
                                                  " bytes; max.message.bytes is " + std::to_string(max_message_bytes_));
  }
  return batch;
}

// A record without a key would never be superseded, nor found by anybody.
Result<> AppendPolicy::check_records(const RecordBatch& batch, std::int64_t now_ms) const {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  const bool is_create_time = !stamps_;
  const std::int64_t first =
      is_create_time && most_before_ms_ ? saturated_difference(now_ms, *most_before_ms_) : kLeast;
  const std::int64_t last = is_create_time && most_after_ms_ ? saturated_sum(now_ms, *most_after_ms_) : kMost;
  return for_each_record(batch, [&](const RecordView& record) -> Result<> {
    const std::int64_t time_ms = record.timestamp_ms;
    if (time_ms < first || time_ms > last) {
      return fail(ErrorCode::invalid_timestamp, "a record's time, " + std::to_string(time_ms) + ", is not within [" +
                                                    std::to_string(first) + ", " + std::to_string(last) +
                                                    "] as message.timestamp." + (time_ms < first ? "before" : "after") +
                                                    ".max.ms wants");
    }
    if (needs_keys_ && !record.key)
      return fail(ErrorCode::invalid_record, "a record without a key, and cleanup.policy compacts");
    return {};
  });
}

Result<RecordBatch> AppendPolicy::rewritten(const RecordBatch& batch, std::int64_t now_ms) const {
  if (batch.header.is_control()) return fail(ErrorCode::invalid_record, "a control batch of a client");
  BatchBuilder builder(batch.bytes.size());
  WEIR_TRY(for_each_record(batch, [&](const RecordView& record) {
    builder.add(stamps_ ? now_ms : record.timestamp_ms, record.key, record.value, record.headers.decode());
  }));
  BatchOptions options;
  options.compression = compression_.value_or(batch.header.compression());
  options.timestamp_type = stamps_ ? TimestampType::log_append_time : batch.header.timestamp_type();
  options.producer_id = batch.header.producer_id;
  options.producer_epoch = batch.header.producer_epoch;
  options.base_sequence = batch.header.base_sequence;
  options.is_transactional = batch.header.is_transactional();
  return builder.seal(options);
}

}  // namespace weir::log::broker
