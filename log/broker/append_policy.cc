#include "log/broker/append_policy.h"

#include <array>
#include <charconv>

namespace weir::log::broker {

namespace {

constexpr std::int64_t kReplicas = 1;  // this node's

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
  if (auto replicas = number_in(configs, "min.insync.replicas"); replicas && *replicas > kReplicas) {
    policy->min_insync_replicas_ = *replicas;
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
  if (auto name = configs.find("compression.type"); name != configs.end()) {
    for (const auto& row : kCompressions) {
      if (row.name != name->second) continue;
      policy->compression_ = row.compression;
      asks = true;
    }
  }
  return asks ? policy : nullptr;
}

Result<RecordBatch> AppendPolicy::accept(RecordBatch batch, std::int16_t acks, std::int64_t now_ms) const {
  if (acks == -1 && min_insync_replicas_ > kReplicas) {
    return fail(ErrorCode::not_enough_replicas, "min.insync.replicas is " + std::to_string(min_insync_replicas_));
  }
  if (needs_keys_) WEIR_TRY(check_keys(batch));
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
Result<> AppendPolicy::check_keys(const RecordBatch& batch) const {
  BatchReader reader;
  WEIR_TRY(reader.open(batch));
  std::array<RecordView, 64> views;
  for (;;) {
    WEIR_TRY_VAR(count, reader.fill(views));
    if (count == 0) return {};
    for (std::size_t i = 0; i < count; ++i) {
      if (!views[i].key) return fail(ErrorCode::invalid_record, "a record without a key, and cleanup.policy compacts");
    }
  }
}

Result<RecordBatch> AppendPolicy::rewritten(const RecordBatch& batch, std::int64_t now_ms) const {
  if (batch.header.is_control()) return fail(ErrorCode::invalid_record, "a control batch of a client");
  BatchReader reader;
  WEIR_TRY(reader.open(batch));
  BatchBuilder builder(batch.bytes.size());
  std::array<RecordView, 64> views;
  for (;;) {
    WEIR_TRY_VAR(count, reader.fill(views));
    if (count == 0) break;
    for (std::size_t i = 0; i < count; ++i) {
      const RecordView& record = views[i];
      builder.add(stamps_ ? now_ms : record.timestamp_ms, record.key, record.value, record.headers.decode());
    }
  }
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
