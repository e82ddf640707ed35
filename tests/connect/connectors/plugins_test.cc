#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "connect/connectors/plugins/child_process.h"
#include "connect/connectors/plugins/plugin.h"
#include "connect/runtime/worker.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::plugins_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Plugins : public LogFixture {
 protected:
  void SetUp() override {
    directory_ = testing::TempDir() + "weir-plugins-" + std::to_string(::getpid()) + "-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(directory_);
    client_.emplace(open_log(files_).value());
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0755);
    return path;
  }

  // A plugin that is a source, and answers each line by what is in these lines of shell.
  std::string shell(const std::string& name, const std::string& answers) {
    return write(name + ".plugin", "#!/bin/sh\nif [ \"$1\" = describe ]; then\n  echo '{\"weir_plugin\":1,\"name\":\"" +
                                       name + "\",\"type\":\"source\"}'\n  exit 0\nfi\nwhile read -r line; do\n" +
                                       answers + "\ndone\n");
  }

  std::string problems_of(const std::string& directory, ConnectorClasses& classes) {
    std::vector<Error> problems;
    add_plugins(directory, posix_files(), classes, problems);
    std::string all;
    for (const Error& problem : problems) all += problem.detail + "\n";
    return all;
  }

  ConnectorOutcome run(const ConnectorClasses& classes, std::map<std::string, std::string> settings) {
    return run_connectors(*client_, {ConnectorConfig::of(settings)}, Input::is_complete, {},
                          {.classes = classes, .files = files_})[0];
  }

  std::string error_of_source(const std::string& answers, std::map<std::string, std::string> more = {}) {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    shell("odd", answers);
    ConnectorClasses classes;
    EXPECT_EQ(problems_of(directory_, classes), "");
    std::map<std::string, std::string> settings{
        {"name", "odd"}, {"connector.class", "odd"}, {"topic", "t"}, {"errors.retry.timeout", "0"}};
    settings.merge(more);
    auto outcome = run(classes, settings);
    return outcome.result ? "none" : outcome.result.error().to_string();
  }

  const std::string examples_ = WEIR_TEST_DIR "/../examples/plugins";
  std::string directory_;
  std::optional<log::Client> client_;
};

TEST_F(Plugins, a_source_and_a_sink_in_python_bring_records_through_a_topic) {
  ConnectorClasses classes;
  ASSERT_EQ(problems_of(examples_, classes), "");
  const std::map<std::string, std::string> source{{"name", "c"},  {"connector.class", "counter"},
                                                  {"topic", "t"}, {"count", "2500"},
                                                  {"word", "n"},  {"batch.records", "1000"}};
  auto outcome = run(classes, source);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.records, 2500u);
  const auto all = values(*client_, "t");
  ASSERT_EQ(all.size(), 2500u);
  EXPECT_EQ(all[0], R"({"n":0})");
  EXPECT_EQ(all[2499], R"({"n":2499})");
  auto longer = source;
  longer["count"] = "2502";
  EXPECT_EQ(run(classes, longer).records, 2u);  // it goes on behind its position
  const std::string into = directory_ + "/out";
  outcome = run(
      classes,
      {{"name", "k"}, {"connector.class", "collector"}, {"topics", "t"}, {"value.converter", "json"}, {"into", into}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.records, 2502u);
  std::ifstream file(into);
  std::string line;
  std::size_t count = 0;
  while (std::getline(file, line)) {
    EXPECT_EQ(line, "{\"n\": " + std::to_string(count) + "}");
    ++count;
  }
  EXPECT_EQ(count, 2502u);
}

TEST_F(Plugins, a_record_that_a_sink_refuses_stands_alone) {
  ConnectorClasses classes;
  ASSERT_EQ(problems_of(examples_, classes), "");
  ASSERT_TRUE(client_->admin()->create_topic({"t", 1, {}}));
  auto producer = client_->producer().value();
  for (const char* value : {"1", "2", "", "4"}) {
    const NullableBytes bytes = *value == 0 ? NullableBytes() : NullableBytes(Bytes(value));
    ASSERT_TRUE(producer->send("t", log::PartitionIndex(0), 0, std::nullopt, bytes));
  }
  ASSERT_TRUE(producer->flush());
  const std::string into = directory_ + "/out";
  auto outcome = run(classes, {{"name", "k"},
                               {"connector.class", "collector"},
                               {"topics", "t"},
                               {"value.converter", "json"},
                               {"into", into},
                               {"errors.tolerance", "all"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.skipped, 1u);
  std::ifstream file(into);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(text, "1\n2\n4\n");
}

TEST_F(Plugins, their_settings_are_checked_as_those_of_every_connector) {
  ConnectorClasses classes;
  ASSERT_EQ(problems_of(examples_, classes), "");
  EXPECT_THAT(run(classes, {{"name", "c"}, {"connector.class", "counter"}, {"topic", "t"}}).result.error().detail,
              HasSubstr("count: must be set: how far to count"));
  EXPECT_THAT(run(classes, {{"name", "c"}, {"connector.class", "counter"}, {"topic", "t"}, {"count", "-1"}})
                  .result.error()
                  .detail,
              HasSubstr("must be a number from 0"));
}

TEST_F(Plugins, only_what_is_named_so_is_run_and_what_is_wrong_with_one_is_told) {
  const std::string ran = directory_ + "/ran";
  write("other.sh", "#!/bin/sh\ntouch " + ran + "\n");
  write("a.plugin", "#!/bin/sh\necho '{\"weir_plugin\":2,\"name\":\"a\",\"type\":\"source\"}'\n");
  write("b.plugin", "#!/bin/sh\necho hello\n");
  write("c.plugin", "#!/bin/sh\nexit 3\n");
  write("d.plugin", "#!/bin/sh\necho '{\"weir_plugin\":1,\"name\":\"d\",\"type\":\"tap\"}'\n");
  write("e.plugin", "#!/bin/sh\necho '{\"weir_plugin\":1,\"name\":\"file-source\",\"type\":\"source\"}'\n");
  write("f.plugin",
        "#!/bin/sh\necho '{\"weir_plugin\":1,\"name\":\"f\",\"type\":\"sink\",\"settings\":[{\"name\":\"x\","
        "\"type\":\"date\"}]}'\n");
  ::chmod(write("g.plugin", "").c_str(), 0644);
  ConnectorClasses classes;
  const std::string said = problems_of(directory_, classes);
  for (const char* what : {"a.plugin: the plugin's description: it speaks version 2, not 1",
                           "b.plugin: the plugin's description: it is no JSON object",
                           "d.plugin: the plugin's description: 'type' must be source or sink", "file-source",
                           "f.plugin: the plugin's description: setting x has no type 'date'", "g.plugin: "}) {
    EXPECT_THAT(said, HasSubstr(what));
  }
  EXPECT_THAT(said, testing::ContainsRegex("c.plugin: the plugin (ended with status 3|closed its standard output)"));
  EXPECT_FALSE(std::filesystem::exists(ran));
  EXPECT_THAT(problems_of(directory_ + "/nowhere", classes), HasSubstr("nowhere"));
}

TEST_F(Plugins, what_a_plugin_answers_wrong_ends_the_task_with_its_name) {
  EXPECT_THAT(error_of_source("echo nonsense"), HasSubstr("plugin odd: not JSON"));
  EXPECT_THAT(error_of_source("echo '[]'"), HasSubstr("plugin odd: its answer is no object"));
  EXPECT_THAT(error_of_source("echo '{\"error\":\"no licence\"}'"), HasSubstr("plugin odd: no licence"));
  EXPECT_THAT(error_of_source("echo '{\"error\":\"later\",\"blame\":\"passing\"}'"), HasSubstr("unavailable: "));
  EXPECT_THAT(error_of_source("exit 0"), HasSubstr("plugin odd: the plugin "));
  EXPECT_THAT(error_of_source("echo '{\"records\":7}'"), HasSubstr("'records' must be a list"));
  EXPECT_THAT(error_of_source("echo '{\"records\":[{\"timestamp\":\"x\"}]}'"),
              HasSubstr("a timestamp that is no number"));
  EXPECT_THAT(error_of_source("echo '{\"positions\":[{}]}'"), HasSubstr("a position must be"));
  EXPECT_THAT(error_of_source("sleep 100", {{"plugin.timeout.ms", "50"}}),
              HasSubstr("plugin odd: the plugin did nothing for 50 ms"));
}

TEST_F(Plugins, a_child_takes_and_gives_lines_of_any_length_and_leaves_no_process) {
  const std::string path = write("cat.plugin", "#!/bin/sh\nexec cat\n");
  auto child = ChildProcess::start(path, {"run"});
  ASSERT_TRUE(child) << child.error().to_string();
  for (const std::size_t size : {0u, 1u, 100'000u}) {
    const std::string line(size, 'x');
    ASSERT_TRUE(child->write_line(line, Millis(10'000)));
    EXPECT_EQ(child->read_line(Millis(10'000)).value(), line);
  }
  EXPECT_EQ(child->read_line(Millis(1)).error().code, ErrorCode::timed_out);
  EXPECT_EQ(ChildProcess::start(directory_ + "/nobody", {}).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace weir::connect::plugins_test
