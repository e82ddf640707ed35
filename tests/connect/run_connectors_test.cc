#include "connect/runtime/run_connectors.h"

#include <thread>

#include <gmock/gmock.h>

#include "connect/connectors/files/file_sink.h"
#include "connect/connectors/files/file_source.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Worker : public LogFixture {
 protected:
  void SetUp() override { client_.emplace(open_log(files_).value()); }

  static ConnectorConfig source(const std::string& path, const std::string& topic) {
    return ConnectorConfig::of({{"name", path},
                                {"connector.class", "file-source"},
                                {"file", path},
                                {"topic", topic},
                                {"poll.interval.ms", "1"}});
  }
  static ConnectorConfig sink(const std::string& path, const std::string& topic) {
    return ConnectorConfig::of({{"name", path},
                                {"connector.class", "file-sink"},
                                {"file", path},
                                {"topics", topic},
                                {"envelope", "value"},
                                {"offset.flush.interval.ms", "1"}});
  }
  std::vector<ConnectorOutcome> run_to_end(const std::vector<ConnectorConfig>& connectors) {
    return run_connectors(*client_, connectors, Input::is_complete, {}, world_);
  }

  ConnectorWorld world_{.files = files_};
  std::optional<log::Client> client_;
};

TEST_F(Worker, sinks_write_all_that_the_sources_brought_in) {
  write_file(files_, "in1", "1\n2\n");
  write_file(files_, "in2", "3\n");
  auto outcomes =
      run_to_end({sink("out", "lines"), source("in1", "lines"), source("in2", "other"), sink("out2", "other")});
  ASSERT_EQ(outcomes.size(), 4u);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.result) << outcome.name << ": " << outcome.result.error().to_string();
  }
  EXPECT_EQ(outcomes[0].name, "out");
  EXPECT_EQ(outcomes[0].records, 2u);
  EXPECT_EQ(outcomes[1].records, 2u);
  EXPECT_EQ(*read_file(files_, "out"), "\"1\"\n\"2\"\n");
  EXPECT_EQ(*read_file(files_, "out2"), "\"3\"\n");
}

TEST_F(Worker, a_failing_connector_is_reported_and_the_others_go_on) {
  write_file(files_, "in", "1\n");
  write_file(files_, "taken", "precious");
  auto outcomes = run_to_end({source("missing", "lines"), source("in", "lines"), sink("out", "lines"),
                              sink("taken", "lines"), sink("idle", "nowhere")});
  ASSERT_EQ(outcomes.size(), 5u);
  EXPECT_EQ(outcomes[0].result.error().code, ErrorCode::not_found);
  EXPECT_THAT(outcomes[0].result.error().detail, HasSubstr("missing"));
  EXPECT_TRUE(outcomes[1].result);
  EXPECT_TRUE(outcomes[2].result);
  EXPECT_EQ(outcomes[3].result.error().code, ErrorCode::already_exists);
  EXPECT_EQ(outcomes[4].result.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(*read_file(files_, "out"), "\"1\"\n");
  EXPECT_EQ(*read_file(files_, "taken"), "precious");
}

TEST_F(Worker, sinks_alone_write_what_is_there) {
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  produce(*client_, "t", {"a", "b"});
  auto outcomes = run_to_end({sink("out", "t")});
  ASSERT_TRUE(outcomes[0].result) << outcomes[0].result.error().to_string();
  EXPECT_EQ(*read_file(files_, "out"), "\"a\"\n\"b\"\n");
}

TEST_F(Worker, it_follows_a_growing_file_until_it_is_told_to_stop) {
  write_file(files_, "in", "1\n");
  std::stop_source stop;
  std::vector<ConnectorOutcome> outcomes;
  std::thread worker([&] {
    outcomes = run_connectors(*client_, {sink("out", "lines"), source("in", "lines")}, Input::may_grow,
                              stop.get_token(), world_);
  });
  auto await = [&](const std::string& text) {
    for (;;) {
      auto now = read_file(files_, "out");
      if (now && *now == text) return;
      std::this_thread::yield();
    }
  };
  await("\"1\"\n");
  ASSERT_TRUE(files_.open("in", OpenMode::read_write).value()->write_at(2, "2\nunfinished"));
  await("\"1\"\n\"2\"\n");
  stop.request_stop();
  worker.join();
  ASSERT_EQ(outcomes.size(), 2u);
  for (const auto& outcome : outcomes) {
    EXPECT_TRUE(outcome.result);
    EXPECT_EQ(outcome.records, 2u);
  }
}

// Files of ten lines each, "PATH LINE".
std::vector<std::string> write_files(MemoryFileSystem& files, int count) {
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) {
    const std::string path = "in" + std::to_string(i);
    std::string text;
    for (int line = 0; line < 10; ++line) {
      lines.push_back(path + " " + std::to_string(line));
      text += lines.back() + "\n";
    }
    EXPECT_TRUE(replace_file(files, path, text));
  }
  return lines;
}

ConnectorConfig of_files(const std::string& files, int tasks) {
  return ConnectorConfig::of({{"name", "in"},
                              {"connector.class", "file-source"},
                              {"files", files},
                              {"topic", "lines"},
                              {"topic.creation.default.partitions", "4"},
                              {"batch.records", "3"},
                              {"tasks.max", std::to_string(tasks)}});
}

TEST_F(Worker, a_source_of_several_files_is_divided_into_tasks_whose_number_may_change) {
  auto lines = write_files(files_, 5);
  const std::string all = "in0,in1,in2,in3,in4";
  for (int tasks : {3, 1, 5, 9}) {
    auto outcomes = run_to_end({of_files(all, tasks)});
    ASSERT_TRUE(outcomes[0].result) << outcomes[0].result.error().to_string();
    EXPECT_EQ(outcomes[0].tasks, std::min(tasks, 5));
    EXPECT_EQ(outcomes[0].records, tasks == 3 ? 50u : 1u);
    EXPECT_THAT(values(*client_, "lines"), testing::UnorderedElementsAreArray(lines)) << tasks;
    lines.push_back("more for " + std::to_string(tasks));
    auto file = files_.open("in2", OpenMode::read_write).value();
    ASSERT_TRUE(file->write_at(*file->size(), lines.back() + "\n"));
  }
}

TEST_F(Worker, of_several_tasks_the_one_that_fails_is_named_and_the_others_go_on) {
  write_files(files_, 3);
  auto outcomes = run_to_end({of_files("in0,missing,in2", 3)});
  ASSERT_FALSE(outcomes[0].result);
  EXPECT_EQ(outcomes[0].result.error().code, ErrorCode::not_found);
  EXPECT_THAT(outcomes[0].result.error().detail, HasSubstr("task 1: "));
  EXPECT_EQ(outcomes[0].records, 20u);
}

ConnectorConfig to_files(int tasks) {
  return ConnectorConfig::of({{"name", "out"},
                              {"connector.class", "file-sink"},
                              {"topics", "lines"},
                              {"file", "out-{task}"},
                              {"envelope", "value"},
                              {"tasks.max", std::to_string(tasks)}});
}

TEST_F(Worker, a_sink_with_a_file_for_each_task_writes_every_record_to_one_of_them) {
  auto lines = write_files(files_, 5);
  const std::vector<ConnectorConfig> connectors{of_files("in0,in1,in2,in3,in4", 2), to_files(3)};
  for (int run = 0; run < 2; ++run) {
    auto outcomes = run_to_end(connectors);
    for (const auto& outcome : outcomes) ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcomes[1].tasks, 3);
    EXPECT_EQ(outcomes[1].records, run == 0 ? 50u : 0u);
  }
  std::string written;
  for (int task = 0; task < 3; ++task) {
    const std::string own = *read_file(files_, "out-" + std::to_string(task));
    EXPECT_FALSE(own.empty()) << task;
    written += own;
  }
  for (const auto& line : lines) EXPECT_NE(written.find("\"" + line + "\"\n"), std::string::npos) << line;
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 50);

  auto changed = run_to_end({to_files(2)});  // partitions would go to other files than they were written to
  ASSERT_FALSE(changed[0].result);
  EXPECT_THAT(changed[0].result.error().detail, HasSubstr("if tasks.max was changed, give it its old value"));
}

// A source of one's own, from the class to the records: the numbers below `count`, divided among tasks.
class Numbers final : public Source {
 public:
  Numbers(std::int64_t first, std::int64_t step, std::int64_t end)
      : partition_(std::to_string(first)), first_(first), step_(step), end_(end) {}

  Result<> start(const SourcePositions& committed, Input) override {
    auto found = committed.find(partition_);
    next_ = found != committed.end() ? std::stoll(found->second) : first_;
    return {};
  }
  Result<> poll(std::size_t max_records, Millis, std::int64_t now_ms, SourceBatch& into) override {
    into.records.clear();
    for (; next_ < end_ && into.records.size() < max_records; next_ += step_) {
      into.records.push_back({.timestamp_ms = now_ms, .value = Payload::text(std::to_string(next_))});
    }
    into.positions[partition_] = std::to_string(next_);
    into.at_end = next_ >= end_;
    return {};
  }

 private:
  const std::string partition_;
  const std::int64_t first_, step_, end_;
  std::int64_t next_ = 0;
};

constexpr Setting kNumbersSettings[] = {
    {.name = "count",
     .type = SettingType::integer,
     .presence = Presence::required,
     .least = 0,
     .most = 1'000,
     .meaning = "how many"},
    {.name = "first",
     .type = SettingType::integer,
     .otherwise = "0",
     .least = 0,
     .most = 1'000,
     .meaning = "of a task"},
    {.name = "step", .type = SettingType::integer, .otherwise = "1", .least = 1, .most = 1'000, .meaning = "of a task"},
};

ConnectorClass numbers_class() {
  return {.names = {"numbers"},
          .settings = kNumbersSettings,
          .tasks = [](const Settings&, std::size_t at_most) -> Result<std::vector<ConnectorClass::TaskSettings>> {
            std::vector<ConnectorClass::TaskSettings> tasks(at_most);
            for (std::size_t i = 0; i < at_most; ++i) {
              tasks[i] = {{"first", std::to_string(i)}, {"step", std::to_string(at_most)}};
            }
            return tasks;
          },
          .make_source = [](const Settings& settings, const TaskContext&) -> Result<std::unique_ptr<Source>> {
            return std::make_unique<Numbers>(settings.integer("first"), settings.integer("step"),
                                             settings.integer("count"));
          }};
}

TEST_F(Worker, runs_connectors_of_a_class_of_ones_own) {
  ASSERT_TRUE(world_.classes.add(numbers_class()));
  EXPECT_EQ(world_.classes.add(numbers_class()).error().code, ErrorCode::already_exists);
  EXPECT_EQ(world_.classes.add({.names = {"neither"}}).error().code, ErrorCode::invalid_argument);
  std::map<std::string, std::string> settings{
      {"name", "n"}, {"connector.class", "numbers"}, {"topic", "numbers"}, {"count", "10"}, {"tasks.max", "4"}};
  auto tasks = task_configs(ConnectorConfig::of(settings), world_);
  ASSERT_TRUE(tasks) << tasks.error().to_string();
  ASSERT_EQ(tasks->size(), 4u);
  EXPECT_EQ((*tasks)[3].index, 3);
  EXPECT_EQ((*tasks)[3].count, 4);
  EXPECT_EQ((*tasks)[3].config.text("first"), "3");
  EXPECT_EQ((*tasks)[3].config.text("topic"), "numbers");
  for (int run = 0; run < 2; ++run) {
    auto outcomes = run_to_end({ConnectorConfig::of(settings)});
    ASSERT_TRUE(outcomes[0].result) << outcomes[0].result.error().to_string();
    EXPECT_THAT(values(*client_, "numbers"),
                testing::UnorderedElementsAre("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"));
  }
  settings.erase("count");
  auto wrong = run_to_end({ConnectorConfig::of(settings)});
  EXPECT_THAT(wrong[0].result.error().detail, HasSubstr("connector n: count: must be set"));
}

}  // namespace
}  // namespace weir::connect
