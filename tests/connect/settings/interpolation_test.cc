#include "connect/settings/interpolation.h"

#include <gmock/gmock.h>

#include "connect/runtime/connector.h"
#include "sim/memory_file.h"

namespace weir::connect::interpolation_test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Interpolation : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(replace_file(files_, "secrets.properties", "password = p4ss\nurl = http://a:1/\n"));
    ASSERT_TRUE(replace_file(files_, "secrets.json", R"({"password":"j4son"})"));
    ASSERT_TRUE(files_.create_directories("secrets"));
    ASSERT_TRUE(replace_file(files_, "secrets/token", "t0ken\n"));
  }

  std::optional<std::string> environment(const std::string& name) const {
    if (name == "CITY") return "Genoa";
    if (name == "LOOP") return "${env:CITY}";
    if (name == "EMPTY") return "";
    return std::nullopt;
  }

  // The text that becomes of it, or what is wrong.
  std::string of(const std::string& text) {
    std::vector<Error> problems;
    const auto resolved = interpolated(ConnectorConfig::of({{"name", "n"}, {"setting", text}}), files_, problems,
                                       [this](const std::string& name) { return environment(name); });
    return problems.empty() ? resolved.text("setting") : "problem: " + problems.front().detail;
  }

  std::string problem(const std::string& text, const std::string& what) {
    return "problem: connector n: setting = '" + text + "': " + what;
  }

  MemoryFileSystem files_;
};

TEST_F(Interpolation, puts_what_is_outside_in_its_place) {
  EXPECT_EQ(of("${env:CITY}"), "Genoa");
  EXPECT_EQ(of("a ${env:CITY}, ${env:CITY}${env:EMPTY}."), "a Genoa, Genoa.");
  EXPECT_EQ(of("${file:secrets.properties:password}"), "p4ss");
  EXPECT_EQ(of("${file:secrets.properties:url}"), "http://a:1/");
  EXPECT_EQ(of("${file:secrets.json:password}"), "j4son");
  EXPECT_EQ(of("${dir:secrets:token}"), "t0ken");
}

TEST_F(Interpolation, what_is_put_in_is_not_looked_through_and_other_braces_stay) {
  EXPECT_EQ(of("${env:LOOP}"), "${env:CITY}");
  for (const char* text :
       {"${topic}-${timestamp}", "$1 ${name}", "${", "${env:CITY", "${}", "a$b", "MaskField$Value"}) {
    EXPECT_EQ(of(text), text);
  }
  EXPECT_EQ(of("${topic}-${env:CITY}"), "${topic}-Genoa");
}

TEST_F(Interpolation, what_is_not_there_is_told_with_the_setting) {
  EXPECT_EQ(of("${env:NOWHERE}"), problem("${env:NOWHERE}", "there is no environment variable NOWHERE"));
  EXPECT_EQ(of("${file:secrets.properties:user}"),
            problem("${file:secrets.properties:user}", "secrets.properties has no 'user'"));
  EXPECT_THAT(of("${file:nowhere:user}"), HasSubstr("not_found"));
  EXPECT_EQ(of("${file:secrets.properties}"), problem("${file:secrets.properties}", "must be ${file:PATH:KEY}"));
  EXPECT_EQ(of("${dir:secrets}"), problem("${dir:secrets}", "must be ${dir:PATH:FILE}"));
  EXPECT_EQ(of("${dir:a:../token}"), problem("${dir:a:../token}", "'../token' must be the name of a file in a"));
  ASSERT_TRUE(replace_file(files_, "broken.properties", "s3cret without anything\n"));
  EXPECT_THAT(of("${file:broken.properties:x}"), Not(HasSubstr("s3cret")));
}

TEST_F(Interpolation, messages_show_what_was_written_and_never_what_was_put_in) {
  ASSERT_TRUE(replace_file(files_, "c.properties",
                           "name=n\nconnector.class=file-source\ntopic=t\nfile=f\nformat=${dir:secrets:token}\n"));
  std::vector<Error> problems;
  load_connectors({"c.properties"}, {.files = files_}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].detail,
            "c.properties:5: connector n: format = '${dir:secrets:token}': must be one of lines, csv, jsonl");
}

TEST_F(Interpolation, a_secret_is_hidden_wherever_it_came_from) {
  static constexpr Setting kTable[] = {
      {.name = "password", .type = SettingType::integer, .least = 1, .most = 2, .secret = Secret::yes}};
  std::vector<Error> problems;
  Settings settings(ConnectorConfig::of({{"password", "hunter2"}}), std::vector<SettingTable>{kTable}, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].detail, HasSubstr("password: must be a number"));
  EXPECT_THAT(problems[0].detail, Not(HasSubstr("hunter2")));
}

TEST_F(Interpolation, of_a_connector_is_done_when_it_runs_and_not_before) {
  ASSERT_TRUE(replace_file(files_, "c.properties",
                           "name=n\nconnector.class=file-source\ntopic=${env:CITY}\nfile=f\ntransforms=t\n"
                           "transforms.t.type=HoistField$Value\ntransforms.t.field=${env:CITY}\n"));
  std::vector<Error> problems;
  const ConnectorWorld world{.files = files_, .environment = [this](const std::string& name) {
                               return environment(name);
                             }};
  auto connectors = load_connectors({"c.properties"}, world, problems);
  ASSERT_EQ(connectors.size(), 1u) << problems.front().detail;
  EXPECT_EQ(connectors[0].text("topic"), "${env:CITY}");
  auto tasks = task_configs(connectors[0], world);
  ASSERT_TRUE(tasks);
  EXPECT_EQ(tasks->front().config.text("topic"), "${env:CITY}");
  EXPECT_EQ(source_options(tasks->front(), world)->topic, "Genoa");
  auto pipeline = make_pipeline(tasks->front(), world);
  ASSERT_TRUE(pipeline);
  ConnectRecord record;
  record.value = Payload::json("7");
  ASSERT_TRUE(pipeline->transforms.apply(record));
  std::string json;
  ASSERT_TRUE(record.value.append_json_to(json));
  EXPECT_EQ(json, R"({"Genoa":7})");
}

class JsonFiles : public Interpolation {
 protected:
  Result<ConnectorConfig> load(const std::string& text) {
    EXPECT_TRUE(replace_file(files_, "c.json", text));
    return ConnectorConfig::load(files_, "c.json");
  }
};

TEST_F(JsonFiles, flat_or_as_kafka_connect_has_them) {
  for (const char* text : {"{\"name\":\"n\",\n\"tasks.max\":2,\n\"fsync\":true,\"topics\":[\"a\",\"b\"]}",
                           "{\"name\":\"n\",\n\"config\":{\"tasks.max\":\"2\",\n\"fsync\":true,\"topics\":\"a,b\"}}"}) {
    auto config = load(text);
    ASSERT_TRUE(config) << config.error().detail;
    EXPECT_EQ(config->text("name"), "n");
    EXPECT_EQ(config->text("tasks.max"), "2");
    EXPECT_EQ(config->text("fsync"), "true");
    EXPECT_EQ(config->text("topics"), "a,b");
    EXPECT_EQ(config->values["tasks.max"].line, 2);
  }
}

TEST_F(JsonFiles, what_is_wrong_is_told_with_its_line) {
  EXPECT_EQ(load("{\"a\":1,\n\"b\":null}").error().detail, "c.json:2: 'b' must be a text, a number or a list");
  EXPECT_EQ(load("{\"a\":1,\n\"b\":{}}").error().detail, "c.json:2: 'b' must be a text, a number or a list");
  EXPECT_EQ(load("[1]").error().detail, "c.json:1: expected an object of settings");
  EXPECT_THAT(load("{\"a\":1,\"a\":2}").error().detail, HasSubstr("'a' is set twice"));
  EXPECT_THAT(load("{").error().detail, HasSubstr("c.json: not JSON"));
}

}  // namespace
}  // namespace weir::connect::interpolation_test
