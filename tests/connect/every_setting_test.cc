// Every setting of the tables, set by its name in a configuration, does what it says: to records in a log, to files, or
// to the time at which they come. A setting that is added without a trial here fails the suite.
#include <functional>
#include <set>
#include <stop_token>
#include <thread>

#include <gmock/gmock.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "connect/runtime/run_connectors.h"
#include "connect/runtime/runner_settings.h"
#include "connect/runtime/worker.h"
#include "log/base/logging.h"
#include "sim/simulation.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::every_setting_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Values = std::map<std::string, std::string>;

class EverySetting : public LogFixture {
 protected:
  static inline std::set<std::string> tried_of_sources;
  static inline std::set<std::string> tried_of_sinks;

  static void TearDownTestSuite() {
    const auto* suite = testing::UnitTest::GetInstance()->current_test_suite();
    if (suite->test_to_run_count() < suite->total_test_count()) return;
    for (SettingTable table : tables_of(file_source_class())) expect_tried(tried_of_sources, table);
    for (SettingTable table : tables_of(file_sink_class())) expect_tried(tried_of_sinks, table);
  }
  static void expect_tried(const std::set<std::string>& tried, SettingTable table) {
    for (const Setting& setting : table) EXPECT_TRUE(tried.contains(std::string(setting.name))) << setting.name;
  }

  void SetUp() override { client_.emplace(open_log(files_).value()); }

  // A source of the file "in" with this in it, and the settings under test.
  ConnectorOutcome source(const std::string& text, const Values& settings) {
    write_file(files_, "in", text);
    Values all{{"name", "s"}, {"connector.class", "file-source"}, {"topic", "t"}};
    if (!settings.contains("files")) all["file"] = "in";
    for (const auto& [name, value] : settings) {
      all[name] = value;
      tried_of_sources.insert(name);
    }
    return run(all);
  }

  // What a sink writes of a topic "t" with one record.
  std::string sink(std::optional<std::string> key, std::optional<std::string> value, const Values& settings) {
    (void)client_->admin()->create_topic({"t", 1, {}});
    auto producer = client_->producer().value();
    EXPECT_TRUE(producer->send("t", log::PartitionIndex(0), 0, as_bytes(key), as_bytes(value)));
    EXPECT_TRUE(producer->flush());
    Values all{{"name", "k"}, {"connector.class", "file-sink"}, {"topics", "t"}, {"file", "out"}};
    for (const auto& [name, setting] : settings) {
      all[name] = setting;
      tried_of_sinks.insert(name);
    }
    auto outcome = run(all);
    if (!outcome.result) return outcome.result.error().to_string();
    return read_file(files_, all["file"]).value_or("no file");
  }

  ConnectorOutcome run(const Values& settings) {
    return run_connectors(*client_, {ConnectorConfig::of(settings)}, Input::is_complete, {}, world_)[0];
  }

  struct Read {
    std::string key;
    std::string value;
    std::int64_t timestamp_ms;
    bool operator==(const Read&) const = default;
  };
  std::vector<Read> records(const std::string& topic) {
    std::vector<Read> all;
    auto consumer = client_->consumer({}).value();
    const log::TopicPartition partition{topic, log::PartitionIndex(0)};
    EXPECT_TRUE(consumer->assign({partition}));
    const auto end = consumer->end_offsets({&partition, 1}, log::Isolation::read_committed).value()[partition];
    log::BatchReader reader;
    while (consumer->position(partition).value() < end) {
      const auto batches = consumer->poll(Millis(1'000)).value();
      for (const auto& batch : batches) {
        EXPECT_TRUE(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
          all.push_back(
              {std::string(record.key.value_or("-")), std::string(record.value.value_or("-")), record.timestamp_ms});
          return {};
        }));
      }
    }
    return all;
  }
  // Of the last record of a topic.
  std::map<std::string, std::string> headers_of(const std::string& topic) {
    std::map<std::string, std::string> found;
    auto consumer = client_->consumer({}).value();
    const log::TopicPartition partition{topic, log::PartitionIndex(0)};
    EXPECT_TRUE(consumer->assign({partition}));
    log::BatchReader reader;
    const auto batches = consumer->poll(Millis(1'000)).value();
    for (const auto& batch : batches) {
      EXPECT_TRUE(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
        for (const auto& header : record.headers.decode())
          found[std::string(header.key)] = header.value.value_or("null");
        return {};
      }));
    }
    return found;
  }
  bool has_topic(const std::string& topic) { return client_->admin()->describe_topic(topic).has_value(); }
  std::int64_t end_offset(const std::string& topic) {
    const log::TopicPartition partition{topic, log::PartitionIndex(0)};
    auto consumer = client_->consumer({}).value();
    return consumer->end_offsets({&partition, 1}, log::Isolation::read_uncommitted).value()[partition].value();
  }

  static NullableBytes as_bytes(const std::optional<std::string>& text) {
    return text ? NullableBytes(Bytes(*text)) : std::nullopt;
  }

  ConnectorWorld world_{.files = files_};
  std::optional<log::Client> client_;
};

TEST_F(EverySetting, of_a_source_name_class_topic_partitions_and_where_the_position_is) {
  ASSERT_TRUE(source("a\n", {{"name", "orders"},
                             {"connector.class", "org.apache.kafka.connect.file.FileStreamSourceConnector"},
                             {"file", "in"},
                             {"topic", "o"},
                             {"topic.creation.default.partitions", "3"}})
                  .result);
  EXPECT_EQ(client_->admin()->describe_topic("o")->partitions, 3);
  EXPECT_THAT(values(*client_, "o"), ElementsAre("a"));
  EXPECT_TRUE(has_topic("connect-offsets-orders"));
  ASSERT_TRUE(source("a\n", {{"name", "others"}, {"offsets.storage.topic", "places"}}).result);
  EXPECT_TRUE(has_topic("places"));
  EXPECT_FALSE(has_topic("connect-offsets-others"));
}

TEST_F(EverySetting, tasks_max_and_files) {
  write_file(files_, "b", "2\n");
  write_file(files_, "c", "3\n");
  auto outcome = source("1\n", {{"files", "in,b,c"}, {"tasks.max", "2"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.tasks, 2);
  EXPECT_THAT(values(*client_, "t"), testing::UnorderedElementsAre("1", "2", "3"));
}

TEST_F(EverySetting, batch_records_is_a_transaction) {
  ASSERT_TRUE(source("1\n2\n3\n4\n", {{"batch.records", "2"}}).result);
  EXPECT_EQ(end_offset("t"), 4 + 2);  // and a marker each
}

TEST_F(EverySetting, errors_tolerance_and_the_longest_record) {
  EXPECT_EQ(source("{\"a\":1}\n{\"a\n", {{"format", "jsonl"}, {"errors.tolerance", "none"}}).result.error().code,
            ErrorCode::corrupt_data);
  auto outcome = source("{\"a\":1}\n{\"a\n{\"a\":\"much longer than that\"}\n", {{"name", "tolerant"},
                                                                                 {"topic", "u"},
                                                                                 {"format", "jsonl"},
                                                                                 {"errors.tolerance", "all"},
                                                                                 {"record.max.bytes", "10"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.skipped, 2u);
  EXPECT_THAT(values(*client_, "u"), ElementsAre("{\"a\":1}"));
}

TEST_F(EverySetting, fields_of_csv) {
  ASSERT_TRUE(source("id;at;x\n7;1700000000000;y\n",
                     {{"format", "csv"}, {"csv.separator", ";"}, {"key.field", "id"}, {"timestamp.field", "at"}})
                  .result);
  EXPECT_THAT(records("t"), ElementsAre(Read{"7", R"({"id":"7","at":"1700000000000","x":"y"})", 1'700'000'000'000}));
}

TEST_F(EverySetting, timestamp_encoding_and_line_end) {
  ASSERT_TRUE(source("caf\xE9\rtwo\r", {{"timestamp", "zero"}, {"encoding", "iso-8859-1"}, {"line.end", "cr"}}).result);
  EXPECT_THAT(records("t"), ElementsAre(Read{"-", "caf\xC3\xA9", 0}, Read{"-", "two", 0}));
}

TEST_F(EverySetting, file_replaced) {
  ASSERT_TRUE(source("a first line\n", {{"file.replaced", "fail"}}).result);
  EXPECT_FALSE(source("b\n", {{"file.replaced", "fail"}}).result);
  ASSERT_TRUE(source("b\n", {{"file.replaced", "restart"}}).result);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("a first line", "b"));
}

TEST_F(EverySetting, of_a_sink_name_class_topics_and_file) {
  ASSERT_TRUE(client_->admin()->create_topic({"u", 1, {}}));
  produce(*client_, "u", {"2"});
  EXPECT_EQ(sink("1", "x",
                 {{"name", "other"}, {"connector.class", "FileStreamSink"}, {"topics", "t,u"}, {"file", "elsewhere"}}),
            "{\"key\":\"1\",\"value\":\"x\"}\n{\"key\":null,\"value\":\"2\"}\n");
  EXPECT_TRUE(client_->admin()->describe_group("connect-other"));
}

TEST_F(EverySetting, envelope_and_converters) {
  EXPECT_EQ(sink("1", "x", {{"envelope", "value"}}), "\"x\"\n");
  EXPECT_EQ(sink(std::string("\0\0\0\7", 4), "{\"n\": 1.0}",
                 {{"name", "k2"},
                  {"topics", "t"},
                  {"file", "out2"},
                  {"key.converter", "int32"},
                  {"value.converter", "json"},
                  {"errors.tolerance", "all"}}),
            "{\"key\":7,\"value\":{\"n\": 1.0}}\n");  // the record before, whose key is no int32, is left out
  EXPECT_THAT(
      sink("1", "x", {{"name", "k3"}, {"file", "out3"}, {"key.converter", "int32"}, {"errors.tolerance", "none"}}),
      HasSubstr("int32"));
}

TEST_F(EverySetting, records_of_several_lines_and_compression) {
  ASSERT_TRUE(source("# a\n b\n# c\n",
                     {{"record.begins", "#"}, {"record.wait.ms", "1"}, {"compression", "none"}, {"file", "in"}})
                  .result);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("# a\n b", "# c"));
  EXPECT_THAT(source("some text", {{"name", "s2"}, {"compression", "gzip"}}).result.error().detail,
              HasSubstr("no gzip"));
  EXPECT_THAT(source("x", {{"name", "s3"}, {"record.begins", "("}}).result.error().detail, HasSubstr("record.begins"));
}

TEST_F(EverySetting, formats_and_files_that_follow_each_other) {
  EXPECT_EQ(sink("1", R"({"a":1,"b":"x"})",
                 {{"name", "c"},
                  {"format", "csv"},
                  {"csv.columns", "b,a"},
                  {"csv.separator", ";"},
                  {"value.converter", "json"}}),
            "b;a\nx;1\n");
  EXPECT_EQ(sink("1", "x", {{"name", "r"}, {"file", "r-{number}"}, {"file.roll.bytes", "1"}, {"topics", "t"}}),
            "no file");
  EXPECT_THAT(*read_file(files_, "r-0000000000"), HasSubstr("\"x\""));
  EXPECT_THAT(sink("1", "x", {{"name", "w"}, {"file.roll.ms", "1"}}), HasSubstr("need {number} in their name"));
  EXPECT_THAT(sink("1", "x", {{"name", "w"}, {"file", "{number}"}}), HasSubstr("{number} is for"));
  EXPECT_THAT(sink("1", "x", {{"name", "w"}, {"format", "csv"}}), HasSubstr("csv.columns: must be set"));
}

TEST_F(EverySetting, converters_of_a_source) {
  ASSERT_TRUE(source("{\"k\":7}\n", {{"format", "jsonl"},
                                     {"key.field", "k"},
                                     {"key.converter", "string"},
                                     {"value.converter", "bytes"},
                                     {"header.converter", "string"}})
                  .result);
  EXPECT_EQ(records("t"), (std::vector<Read>{{"7", "{\"k\":7}", records("t")[0].timestamp_ms}}));
  EXPECT_THAT(source("x\n", {{"name", "s2"}, {"value.converter", "int64"}}).result.error().detail, HasSubstr("int64"));
}

TEST_F(EverySetting, dead_letters_of_a_sink) {
  const Values letters{{"value.converter", "json"},
                       {"header.converter", "string"},
                       {"errors.tolerance", "all"},
                       {"errors.deadletterqueue.topic.name", "dead"},
                       {"errors.deadletterqueue.context.headers.enable", "true"},
                       {"errors.log.enable", "true"},
                       {"errors.log.include.messages", "true"}};
  std::vector<std::string> lines;
  set_log_sink([&lines](LogLevel, std::string_view text) { lines.emplace_back(text); });
  EXPECT_EQ(sink("k", "{oops", letters), "");
  set_log_sink(nullptr);
  EXPECT_THAT(values(*client_, "dead"), ElementsAre("{oops"));
  const auto headers = headers_of("dead");
  EXPECT_EQ(headers.at("__connect.errors.topic"), "t");
  EXPECT_EQ(headers.at("__connect.errors.offset"), "0");
  EXPECT_EQ(headers.at("__connect.errors.connector.name"), "k");
  EXPECT_EQ(headers.at("__connect.errors.stage"), "TASK_PUT");
  EXPECT_THAT(headers.at("__connect.errors.exception.message"), HasSubstr("not JSON"));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("TASK_PUT: left out: t-0, offset 0: not JSON")));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("key 'k', value '{oops'")));
}

TEST_F(EverySetting, dead_letters_of_a_source) {
  auto outcome = source("{\"a\":1}\n{oops\n", {{"format", "jsonl"},
                                               {"errors.tolerance", "all"},
                                               {"errors.deadletterqueue.topic.name", "dead"},
                                               {"errors.deadletterqueue.context.headers.enable", "true"},
                                               {"errors.log.enable", "false"},
                                               {"errors.log.include.messages", "false"}});
  EXPECT_EQ(outcome.skipped, 1u);
  EXPECT_THAT(values(*client_, "dead"), ElementsAre("{oops"));
  EXPECT_EQ(headers_of("dead").at("__connect.errors.stage"), "TASK_POLL");
}

TEST_F(EverySetting, tasks_max_of_a_sink) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 2, {}}));
  sink("1", "x", {{"file", "out-{task}"}, {"tasks.max", "2"}});
  EXPECT_TRUE(files_.exists("out-0").value() && files_.exists("out-1").value());
}

TEST_F(EverySetting, fsync_before_the_offsets_are_committed) {
  for (const bool fsync : {true, false}) {
    const std::string path = fsync ? "synced" : "written";
    sink("1", "x", {{"name", path}, {"file", path}, {"fsync", fsync ? "true" : "false"}});
    EXPECT_EQ(read_file(*files_.crashed(CrashModel::power_cut()), path).value_or("").find("\"x\"") != std::string::npos,
              fsync);
  }
}

// A world in which time is what the clock says: a line that comes, when is it in the topic; and when in the sink's
// file?
struct Moments {
  std::int64_t in_topic_ms = 0;
  std::int64_t committed_ms = 0;
};

Moments when_a_line_arrives(const std::string& poll_interval_ms, const std::string& flush_interval_ms) {
  Moments moments;
  Simulation world(1);
  MemoryFileSystem files;
  world.run([&] {
    auto client = log::open("data", {.durability = log::Durability::os, .files = &files, .clock = &world}).value();
    EXPECT_TRUE(replace_file(files, "in", "1\n"));
    std::stop_source stop;
    auto connectors = world.start_thread("connectors", [&] {
      const auto source = ConnectorConfig::of({{"name", "s"},
                                               {"connector.class", "file-source"},
                                               {"file", "in"},
                                               {"topic", "t"},
                                               {"poll.interval.ms", poll_interval_ms}});
      const auto sink = ConnectorConfig::of({{"name", "k"},
                                             {"connector.class", "file-sink"},
                                             {"file", "out"},
                                             {"topics", "t"},
                                             {"offset.flush.interval.ms", flush_interval_ms}});
      ConnectorWorld outside{.files = files};
      for (const auto& outcome : run_connectors(client, {source, sink}, Input::may_grow, stop.get_token(), outside)) {
        EXPECT_TRUE(outcome.result) << outcome.result.error().to_string();
      }
    });
    auto committed = [&]() -> std::int64_t {
      const log::TopicPartition partition{"t", log::PartitionIndex(0)};
      auto consumer = client.consumer({.group_id = "connect-k"}).value();
      auto offsets = consumer->committed({&partition, 1});
      return offsets && offsets->contains(partition) ? offsets->at(partition).offset.value() : 0;
    };
    auto end = [&]() -> std::int64_t {
      const log::TopicPartition partition{"t", log::PartitionIndex(0)};
      auto consumer = client.consumer({}).value();
      return consumer->end_offsets({&partition, 1}, log::Isolation::read_committed).value()[partition].value();
    };
    while (committed() < 2) world.sleep(Millis(10));  // the first line and its marker
    world.sleep(Millis(50));
    const std::int64_t from = world.monotonic_ms();
    EXPECT_TRUE(files.open("in", OpenMode::read_write).value()->write_at(2, "2\n"));
    while (end() < 4) world.sleep(Millis(10));
    moments.in_topic_ms = world.monotonic_ms() - from;
    while (committed() < 4) world.sleep(Millis(10));
    moments.committed_ms = world.monotonic_ms() - from - moments.in_topic_ms;
    stop.request_stop();
    connectors.value().reset();  // waits for it
  });
  return moments;
}

// A sink whose system is down for the first seconds: what is tried, and when it ends.
class DownSink final : public Sink {
 public:
  DownSink(Clock& clock, std::int64_t until_ms, std::vector<std::int64_t>& tries_ms)
      : clock_(clock), until_ms_(until_ms), tries_ms_(tries_ms) {}

  Result<SinkStarted> start(const SinkStart&) override { return SinkStarted{.metadata = "x"}; }
  Result<> put(std::span<ConnectRecord>) override {
    tries_ms_.push_back(clock_.monotonic_ms());
    if (clock_.monotonic_ms() < until_ms_) return fail(ErrorCode::unavailable, "it is down");
    return {};
  }
  Result<std::string> flush() override { return "x"; }

 private:
  Clock& clock_;
  std::int64_t until_ms_;
  std::vector<std::int64_t>& tries_ms_;
};

struct Outage {
  Result<> result;
  std::vector<std::int64_t> tries_ms{};
};

Outage run_through_an_outage(Millis outage, const Values& settings) {
  Outage seen;
  Simulation world(1);
  MemoryFileSystem files;
  world.run([&] {
    auto client = log::open("data", {.durability = log::Durability::os, .files = &files, .clock = &world}).value();
    EXPECT_TRUE(client.admin()->create_topic({"t", 1, {}}));
    auto producer = client.producer().value();
    EXPECT_TRUE(producer->send("t", log::PartitionIndex(0), 0, std::nullopt, Bytes("x")));
    EXPECT_TRUE(producer->flush());
    const std::int64_t begin_ms = world.monotonic_ms();
    ConnectorWorld outside{.files = files, .clock = world};
    EXPECT_TRUE(outside.classes.add(
        {.names = {"down"},
         .make_sink = [&](const Settings&, const TaskContext& context) -> Result<std::unique_ptr<Sink>> {
           return std::make_unique<DownSink>(context.clock, begin_ms + outage.count(), seen.tries_ms);
         }}));
    Values all{{"name", "k"}, {"connector.class", "down"}, {"topics", "t"}};
    all.insert(settings.begin(), settings.end());
    seen.result = run_connectors(client, {ConnectorConfig::of(all)}, Input::is_complete, {}, outside)[0].result;
  });
  return seen;
}

TEST_F(EverySetting, outages) {
  for (const char* name : {"errors.retry.timeout", "errors.retry.delay.max.ms"}) {
    tried_of_sources.insert(name);
    tried_of_sinks.insert(name);
  }
  const auto survived = run_through_an_outage(Millis(60'000), {});
  EXPECT_TRUE(survived.result) << survived.result.error().to_string();
  EXPECT_LE(survived.tries_ms.size(), 12u);
  const auto ended = run_through_an_outage(Millis(60'000), {{"errors.retry.timeout", "5000"}});
  ASSERT_FALSE(ended.result);
  EXPECT_THAT(ended.result.error().to_string(), HasSubstr("it is down"));
  const auto endless = run_through_an_outage(Millis(3'600'000), {{"errors.retry.timeout", "-1"}});
  EXPECT_TRUE(endless.result);
  const auto often = run_through_an_outage(Millis(60'000), {{"errors.retry.delay.max.ms", "1000"}});
  EXPECT_TRUE(often.result);
  EXPECT_GE(often.tries_ms.size(), 55u);
}

TEST_F(EverySetting, intervals) {
  tried_of_sources.insert("poll.interval.ms");
  tried_of_sinks.insert("offset.flush.interval.ms");
  const Moments soon = when_a_line_arrives("20", "30");
  EXPECT_LE(soon.in_topic_ms, 40);
  EXPECT_LE(soon.committed_ms, 60);
  const Moments late = when_a_line_arrives("20000", "30000");
  EXPECT_GT(late.in_topic_ms, 1'000);
  EXPECT_LE(late.in_topic_ms, 20'100);
  EXPECT_GT(late.committed_ms, 1'000);
  EXPECT_LE(late.committed_ms, 30'100);
}

// A task of a file that is not there, until it has failed so often.
TEST_F(EverySetting, restarts) {
  Values all{{"name", "s"}, {"connector.class", "file-source"}, {"topic", "t"}, {"file", "missing"}};
  const auto policy = [&](const std::string& name, const std::string& value) {
    tried_of_sources.insert(name);
    tried_of_sinks.insert(name);
    all[name] = value;
    return restart_policy({0, 1, ConnectorConfig::of(all)}, world_).value();
  };
  Worker worker(*client_, world_);
  const ConnectorTaskId id{"s", 0};
  const auto run_until = [&](RestartPolicy restart, auto is_so) {
    TaskPlan plan{.config = {0, 1, ConnectorConfig::of(all)}, .restart = restart};
    ASSERT_TRUE(worker.start(std::move(plan)));
    while (!is_so(worker.status(id))) std::this_thread::yield();
    worker.stop(id);
    EXPECT_TRUE(worker.wait_until_stopped({&id, 1}, Parker::kNever));
  };
  EXPECT_EQ(policy("restart.backoff.ms", "1").first, Millis(1));
  EXPECT_EQ(policy("restart.backoff.max.ms", "2").most, Millis(2));
  run_until(policy("restart.policy", "backoff"), [](const TaskStatus& status) { return status.restarts > 3; });
  run_until(policy("restart.policy", "never"), [](const TaskStatus& status) {
    return status.state == RunState::failed && status.restarts == 0 && status.failures == 1;
  });
}

}  // namespace
}  // namespace weir::connect::every_setting_test
