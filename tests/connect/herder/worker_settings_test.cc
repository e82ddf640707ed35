#include "connect/herder/worker_settings.h"

#include <gmock/gmock.h>

namespace weir::connect::worker_settings_test {
namespace {

using testing::HasSubstr;

TEST(WorkerSettings, each_is_taken_under_kafka_connects_name) {
  const std::map<std::string, std::string> all{{"group.id", "g"},
                                               {"config.storage.topic", "c"},
                                               {"status.storage.topic", "s"},
                                               {"offset.storage.topic", "o"},
                                               {"rest.advertised.url", "http://h:1"},
                                               {"connect.protocol", "compatible"},
                                               {"session.timeout.ms", "7000"},
                                               {"heartbeat.interval.ms", "700"},
                                               {"rebalance.timeout.ms", "8000"},
                                               {"scheduled.rebalance.max.delay.ms", "0"},
                                               {"topic.tracking.enable", "false"},
                                               {"topic.tracking.allow.reset", "false"}};
  for (const Setting& setting : worker_settings()) EXPECT_TRUE(all.contains(std::string(setting.name))) << setting.name;
  const auto options = herder_options(ConnectorConfig::of(all)).value();
  EXPECT_EQ(options.group_id, "g");
  EXPECT_EQ(options.config_topic, "c");
  EXPECT_EQ(options.status_topic, "s");
  EXPECT_EQ(options.offset_topic, "o");
  EXPECT_EQ(options.url, "http://h:1");
  EXPECT_EQ(options.protocol, GroupProtocol::compatible);
  EXPECT_EQ(options.session_timeout, Millis(7'000));
  EXPECT_EQ(options.heartbeat_interval, Millis(700));
  EXPECT_EQ(options.rebalance_timeout, Millis(8'000));
  EXPECT_EQ(options.max_delay, Millis(0));
  EXPECT_FALSE(options.tracks_topics);
  EXPECT_FALSE(options.resets_topics);
}

TEST(WorkerSettings, without_any_they_are_the_defaults) {
  const auto options = herder_options({}).value();
  const HerderOptions plain;
  EXPECT_EQ(options.group_id, "connect-cluster");
  EXPECT_EQ(options.config_topic, plain.config_topic);
  EXPECT_EQ(options.status_topic, plain.status_topic);
  EXPECT_EQ(options.offset_topic, plain.offset_topic);
  EXPECT_EQ(options.protocol, plain.protocol);
  EXPECT_EQ(options.session_timeout, plain.session_timeout);
  EXPECT_EQ(options.heartbeat_interval, plain.heartbeat_interval);
  EXPECT_EQ(options.rebalance_timeout, plain.rebalance_timeout);
  EXPECT_EQ(options.max_delay, plain.max_delay);
  EXPECT_EQ(options.tracks_topics, plain.tracks_topics);
  EXPECT_EQ(options.resets_topics, plain.resets_topics);
}

TEST(WorkerSettings, what_is_wrong_is_told_all_at_once) {
  const auto wrong = herder_options(ConnectorConfig::of({{"group", "g"}, {"session.timeout.ms", "soon"}}));
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().detail, HasSubstr("did you mean 'group.id'?"));
  EXPECT_THAT(wrong.error().detail, HasSubstr("session.timeout.ms = 'soon'"));
  const auto reversed =
      herder_options(ConnectorConfig::of({{"session.timeout.ms", "1000"}, {"heartbeat.interval.ms", "1000"}}));
  EXPECT_THAT(reversed.error().detail, HasSubstr("must be more than heartbeat.interval.ms"));
}

}  // namespace
}  // namespace weir::connect::worker_settings_test
