#include "log/cluster/log_config.h"

#include <gtest/gtest.h>

#include "log/cluster/topic_configs.h"
#include "log/model/topic_defaults.h"

namespace weir::log::cluster::log_config_test {
namespace {

Topic with(const std::string& name, const std::string& value) {
  Topic topic;
  topic.name = "t";
  topic.partitions = 1;
  topic.configs = {{name, value}};
  return topic;
}

std::string shown(std::string_view name) {
  for (const TopicConfig& config : topic_configs()) {
    if (config.name == name) return std::string(config.when_unset);
  }
  return "no such config";
}

TEST(LogConfig, acts_by_the_defaults_that_are_shown) {
  const LogConfig unset = log_config({});
  auto as_if_set = [](const char* name) {
    return log_config(with(name, shown(name)));
  };
  EXPECT_EQ(as_if_set("segment.ms").segment_ms, unset.segment_ms);
  EXPECT_EQ(as_if_set("segment.bytes").segment_bytes, kSegmentBytes);
  EXPECT_EQ(as_if_set("retention.ms").retention_ms, unset.retention_ms);
  EXPECT_EQ(as_if_set("retention.bytes").retention_bytes, unset.retention_bytes);
  EXPECT_EQ(as_if_set("cleanup.policy").compacts, unset.compacts);
  EXPECT_EQ(as_if_set("cleanup.policy").deletes, unset.deletes);
  EXPECT_EQ(as_if_set("durability").flush, unset.flush);
  auto compaction = [&](const char* name) {
    return as_if_set(name).compaction;
  };
  EXPECT_EQ(compaction("delete.retention.ms").delete_retention_ms, unset.compaction.delete_retention_ms);
  EXPECT_EQ(compaction("min.cleanable.dirty.ratio").min_dirty_ratio, unset.compaction.min_dirty_ratio);
  EXPECT_EQ(compaction("min.compaction.lag.ms").min_lag_ms, unset.compaction.min_lag_ms);
  EXPECT_EQ(compaction("max.compaction.lag.ms").max_lag_ms, unset.compaction.max_lag_ms);
}

TEST(LogConfig, each_config_that_it_reads_may_be_set_and_counts) {
  const std::pair<const char*, const char*> kSet[] = {{"cleanup.policy", "compact"},
                                                      {"retention.ms", "5"},
                                                      {"retention.bytes", "6"},
                                                      {"segment.bytes", "1000"},
                                                      {"segment.ms", "7"},
                                                      {"min.cleanable.dirty.ratio", "0.25"},
                                                      {"min.compaction.lag.ms", "8"},
                                                      {"max.compaction.lag.ms", "9"},
                                                      {"delete.retention.ms", "10"},
                                                      {"durability", "fsync"}};
  Topic topic = with("cleanup.policy", "compact");
  for (const auto& [name, value] : kSet) {
    auto checked = check_topic_config(name, value);
    EXPECT_TRUE(checked) << checked.error().to_string();
    topic.configs[name] = value;
  }
  const LogConfig config = log_config(topic);
  EXPECT_TRUE(config.compacts);
  EXPECT_FALSE(config.deletes);
  EXPECT_EQ(config.retention_ms, 5);
  EXPECT_EQ(config.retention_bytes, 6u);
  EXPECT_EQ(config.segment_bytes, 1'000u);
  EXPECT_EQ(config.segment_ms, 7);
  EXPECT_EQ(config.compaction.min_dirty_ratio, 0.25);
  EXPECT_EQ(config.compaction.min_lag_ms, 8);
  EXPECT_EQ(config.compaction.max_lag_ms, 9);
  EXPECT_EQ(config.compaction.delete_retention_ms, 10);
  EXPECT_EQ(config.flush, Flush::before_answer);
}

}  // namespace
}  // namespace weir::log::cluster::log_config_test
