#include "log/cluster/log_config.h"

#include <charconv>

namespace weir::log::cluster {

namespace {

template <class Number>
std::optional<Number> number_in(const Topic& topic, const char* config) {
  auto found = topic.configs.find(config);
  if (found == topic.configs.end()) return std::nullopt;
  Number number = 0;
  const char* end = found->second.data() + found->second.size();
  auto [stopped, error] = std::from_chars(found->second.data(), end, number);
  if (error != std::errc() || stopped != end || number < 0) return std::nullopt;  // -1: no limit
  return number;
}

std::optional<Flush> flush_in(const Topic& topic) {
  auto found = topic.configs.find("durability");
  if (found == topic.configs.end()) return std::nullopt;
  if (found->second == "os") return Flush::left_to_system;
  if (found->second == "interval") return Flush::at_intervals;
  if (found->second == "fsync") return Flush::before_answer;
  return std::nullopt;  // log
}

}  // namespace

LogConfig log_config(const Topic& topic) {
  LogConfig config;
  if (auto policy = topic.configs.find("cleanup.policy"); policy != topic.configs.end()) {
    config.compacts = policy->second.find("compact") != std::string::npos;
    config.deletes = policy->second.find("delete") != std::string::npos;
  }
  config.retention_ms = number_in<std::int64_t>(topic, "retention.ms");
  if (auto bytes = number_in<std::int64_t>(topic, "retention.bytes")) {
    config.retention_bytes = static_cast<std::uint64_t>(*bytes);
  }
  if (auto bytes = number_in<std::int64_t>(topic, "segment.bytes")) {
    config.segment_bytes = static_cast<std::size_t>(*bytes);
  }
  config.segment_ms = number_in<std::int64_t>(topic, "segment.ms").value_or(config.segment_ms);
  storage::CompactionPolicy& compaction = config.compaction;
  compaction.min_dirty_ratio =
      number_in<double>(topic, "min.cleanable.dirty.ratio").value_or(compaction.min_dirty_ratio);
  compaction.min_lag_ms = number_in<std::int64_t>(topic, "min.compaction.lag.ms").value_or(compaction.min_lag_ms);
  compaction.max_lag_ms = number_in<std::int64_t>(topic, "max.compaction.lag.ms").value_or(compaction.max_lag_ms);
  compaction.delete_retention_ms =
      number_in<std::int64_t>(topic, "delete.retention.ms").value_or(compaction.delete_retention_ms);
  config.flush = flush_in(topic);
  return config;
}

}  // namespace weir::log::cluster
