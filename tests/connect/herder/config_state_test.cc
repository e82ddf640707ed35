#include "connect/herder/config_state.h"

#include <gmock/gmock.h>

#include "connect/herder/status_state.h"

namespace weir::connect::config_state_test {
namespace {

using testing::ElementsAre;
using testing::Pair;

// The records one after another, as a topic gives them.
class Log {
 public:
  ConfigEvents write(const ConfigRecord& record) {
    const NullableBytes value = record.value ? NullableBytes(*record.value) : std::nullopt;
    auto events = state.apply(record.key, value, offset_++);
    EXPECT_TRUE(events) << events.error().to_string();
    return events.value_or(ConfigEvents{});
  }
  void write(const std::vector<ConfigRecord>& records) {
    for (const auto& record : records) (void)write(record);
  }
  Error refused(const std::string& key, const std::string& value) {
    auto events = state.apply(key, Bytes(value), offset_++);
    EXPECT_FALSE(events) << key;
    return events ? Error{} : events.error();
  }

  ConfigState state;

 private:
  std::int64_t offset_ = 0;
};

const ConfigMap kConfig{{"connector.class", "file-source"}, {"file", "a \"b\""}};

TEST(ConfigRecords, are_kafka_connects) {
  EXPECT_EQ(connector_record("orders", kConfig),
            (ConfigRecord{"connector-orders",
                          "{\"properties\":{\"connector.class\":\"file-source\",\"file\":\"a \\\"b\\\"\"}}"}));
  EXPECT_THAT(task_records("orders", {{{"a", "1"}}, {}}),
              ElementsAre(ConfigRecord{"task-orders-0", "{\"properties\":{\"a\":\"1\"}}"},
                          ConfigRecord{"task-orders-1", "{\"properties\":{}}"},
                          ConfigRecord{"commit-orders", "{\"tasks\":2}"}));
  EXPECT_EQ(target_record("orders", TargetState::paused),
            (ConfigRecord{"target-state-orders", "{\"state\":\"PAUSED\",\"state.v2\":\"PAUSED\"}"}));
  EXPECT_EQ(target_record("orders", TargetState::stopped),
            (ConfigRecord{"target-state-orders", "{\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}"}));
  EXPECT_EQ(fencing_record("orders", 3), (ConfigRecord{"tasks-fencing-orders", "{\"task-count\":3}"}));
  EXPECT_EQ(restart_record({"orders", true, false}),
            (ConfigRecord{"restart-connector-orders", "{\"include-tasks\":true,\"only-failed\":false}"}));
  EXPECT_EQ(logger_record({"root", "DEBUG"}), (ConfigRecord{"logger-cluster-root", "{\"level\":\"DEBUG\"}"}));
  EXPECT_THAT(deletion_records("orders"), ElementsAre(ConfigRecord{"connector-orders", std::nullopt},
                                                      ConfigRecord{"target-state-orders", std::nullopt}));
}

TEST(ConfigState, tasks_count_when_their_commit_is_read) {
  Log log;
  (void)log.write(connector_record("orders", kConfig));
  EXPECT_FALSE(log.state.find("orders")->has_tasks);
  auto records = task_records("orders", {{{"task", "0"}}, {{"task", "1"}}});
  (void)log.write(records[0]);
  (void)log.write(records[1]);
  EXPECT_TRUE(log.state.to_run().tasks.empty());
  (void)log.write(records[2]);
  const ConnectorEntry& entry = *log.state.find("orders");
  EXPECT_TRUE(entry.has_tasks);
  EXPECT_TRUE(entry.awaits_fencing);
  EXPECT_THAT(entry.tasks, ElementsAre(ConfigMap{{"task", "0"}}, ConfigMap{{"task", "1"}}));
  EXPECT_EQ(entry.tasks_offset, 3);
  EXPECT_EQ(log.state.to_run(), (Share{{"orders"}, {{"orders", 0}, {"orders", 1}}}));
  EXPECT_EQ(log.state.end(), 4);
  (void)log.write(fencing_record("orders", 2));
  EXPECT_FALSE(log.state.find("orders")->awaits_fencing);
  (void)log.write(connector_record("orders", {}));
  EXPECT_FALSE(log.state.find("orders")->has_tasks);  // they are of another configuration
  EXPECT_EQ(log.state.find("orders")->tasks.size(), 2u);
}

TEST(ConfigState, a_set_of_tasks_that_compaction_has_torn_counts_as_none) {
  Log log;
  (void)log.write(connector_record("orders", kConfig));
  auto records = task_records("orders", {{}, {}});
  (void)log.write(records[1]);
  (void)log.write(records[2]);
  EXPECT_FALSE(log.state.find("orders")->has_tasks);
  EXPECT_TRUE(log.state.to_run().tasks.empty());
  (void)log.write(records[0]);
  (void)log.write(records[2]);
  EXPECT_TRUE(log.state.find("orders")->has_tasks);
}

TEST(ConfigState, what_is_wanted_may_be_said_before_the_connector_and_goes_with_it) {
  Log log;
  (void)log.write(target_record("orders", TargetState::stopped));
  (void)log.write(connector_record("orders", kConfig));
  log.write(task_records("orders", {{}}));
  EXPECT_EQ(log.state.find("orders")->target, TargetState::stopped);
  EXPECT_EQ(log.state.to_run(), (Share{{"orders"}, {}}));
  (void)log.write(target_record("orders", TargetState::started));
  EXPECT_EQ(log.state.to_run().tasks.size(), 1u);
  log.write(deletion_records("orders"));
  EXPECT_EQ(log.state.find("orders"), nullptr);
  (void)log.write(connector_record("orders", kConfig));
  EXPECT_EQ(log.state.find("orders")->target, TargetState::started);
  EXPECT_TRUE(log.state.find("orders")->tasks.empty());
}

TEST(ConfigState, names_may_have_dashes_and_numbers) {
  Log log;
  (void)log.write(connector_record("task-1-2", kConfig));
  log.write(task_records("task-1-2", {{{"a", "b"}}}));
  EXPECT_THAT(log.state.find("task-1-2")->tasks, ElementsAre(ConfigMap{{"a", "b"}}));
}

TEST(ConfigState, an_older_workers_target_state_is_understood) {
  Log log;
  (void)log.write(connector_record("orders", kConfig));
  (void)log.write(ConfigRecord{"target-state-orders", "{\"state\":\"PAUSED\"}"});
  EXPECT_EQ(log.state.find("orders")->target, TargetState::paused);
}

TEST(ConfigState, events_are_handed_out_and_what_is_not_known_is_left_aside) {
  Log log;
  EXPECT_EQ(log.write(restart_record({"orders", true, true})).restart, (RestartRequest{"orders", true, true}));
  EXPECT_EQ(log.write(logger_record({"root", "WARN"})).logger, (LoggerLevel{"root", "WARN"}));
  (void)log.write(
      ConfigRecord{"session-key", "{\"key\":\"a2V5\",\"algorithm\":\"HmacSHA256\",\"creation-timestamp\":1}"});
  EXPECT_TRUE(log.state.connectors().empty());
}

TEST(ConfigState, a_value_that_is_not_what_its_key_promises_changes_nothing) {
  Log log;
  (void)log.write(connector_record("orders", kConfig));
  for (const auto& [key, value] : std::map<std::string, std::string>{{"connector-orders", "[]"},
                                                                     {"connector-orders-2", "{\"properties\":1}"},
                                                                     {"commit-orders", "{\"tasks\":-1}"},
                                                                     {"task-orders-0", "no JSON"},
                                                                     {"target-state-orders", "{\"state\":\"UP\"}"},
                                                                     {"tasks-fencing-orders", "{}"}}) {
    EXPECT_EQ(log.refused(key, value).code, ErrorCode::corrupt_data) << key;
  }
  EXPECT_EQ(log.state.find("orders")->config, kConfig);
  EXPECT_EQ(log.state.connectors().size(), 1u);
}

TEST(StatusState, records_are_kafka_connects_and_are_read_back) {
  const RunStatus failed{RunState::failed, "not_found: \"in\"", "host:8083", 3};
  const ConfigRecord task = status_record(ConnectorTaskId{"a-b", 1}, failed);
  EXPECT_EQ(task, (ConfigRecord{"status-task-a-b-1",
                                "{\"state\":\"FAILED\",\"trace\":\"not_found: \\\"in\\\"\",\"worker_id\":\"host:8083\","
                                "\"generation\":3}"}));
  const ConfigRecord connector = status_record("a-b", RunStatus{RunState::running, "", "host:8083", 3});
  EXPECT_EQ(*connector.value, "{\"state\":\"RUNNING\",\"trace\":null,\"worker_id\":\"host:8083\",\"generation\":3}");
  const ConfigRecord topic = topic_record({"a-b", 1}, "t", 5);
  EXPECT_EQ(topic,
            (ConfigRecord{"status-topic-t:connector-a-b",
                          "{\"topic\":{\"name\":\"t\",\"connector\":\"a-b\",\"task\":1,\"discoverTimestamp\":5}}"}));
  StatusState state;
  for (const auto& record : {task, connector, topic}) ASSERT_TRUE(state.apply(record.key, Bytes(*record.value)));
  EXPECT_EQ(state.task({"a-b", 1}), failed);
  EXPECT_EQ(state.connector("a-b")->state, RunState::running);
  EXPECT_THAT(state.topics_of("a-b"), ElementsAre("t"));
  for (const auto& record : {task, connector, topic}) ASSERT_TRUE(state.apply(record.key, std::nullopt));
  EXPECT_EQ(state.task({"a-b", 1}), std::nullopt);
  EXPECT_TRUE(state.connectors().empty());
  EXPECT_TRUE(state.topics_of("a-b").empty());
  EXPECT_EQ(state.apply("status-task-a-0", Bytes("{\"state\":\"ODD\"}")).error().code, ErrorCode::corrupt_data);
  EXPECT_TRUE(state.apply("status-task-a-x", Bytes("{\"state\":\"RUNNING\"}")));
  EXPECT_TRUE(state.tasks().empty());
}

}  // namespace
}  // namespace weir::connect::config_state_test
