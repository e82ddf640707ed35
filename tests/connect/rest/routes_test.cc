// Kafka Connect's REST as a table of requests and answers, over workers of a simulation.
#include "connect/rest/routes.h"

#include "log/base/json_reader.h"
#include "log/base/json_writer.h"
#include "log/base/logging.h"
#include "tests/connect/herder/cluster.h"

namespace weir::connect::routes_test {
namespace {

using testing::HasSubstr;

// Workers whose REST is asked by a call.
class RestCluster : public Cluster {
 public:
  using Cluster::Cluster;

  RestAnswer ask(const std::string& name, const std::string& method, const std::string& target,
                 const std::string& body = {}) {
    return ask_url("http://" + name, {method, target, body});
  }
  const std::vector<std::string>& forwarded() const { return forwarded_; }

 private:
  RestAnswer ask_url(const std::string& url, const RestRequest& request) {
    const Routes routes(*nodes().at(url).herder,
                        [this](const std::string& to, const RestRequest& again) -> Result<RestAnswer> {
                          forwarded_.push_back(to + " " + again.target);
                          if (!nodes().contains(to)) return fail(ErrorCode::unavailable, to + " is gone");
                          return ask_url(to, again);
                        },
                        {"1.2.3", "abc", "log-1"});
    return routes.answer(request);
  }
  std::vector<std::string> forwarded_;
};

// Whether they are the same JSON, members in any order; "*" stands for any value.
bool is_same(const JsonValue& is, const JsonValue& expected) {
  if (expected.kind() == JsonValue::Kind::string && expected.text() == "*") return true;
  if (is.kind() != expected.kind()) return false;
  if (!is.is_array() && !is.is_object()) return is.text() == expected.text();
  if (is.size() != expected.size()) return false;
  if (is.is_array()) {
    for (const JsonValue *a = is.first(), *b = expected.first(); a != is.end(); a = a->next(), b = b->next()) {
      if (!is_same(*a, *b)) return false;
    }
    return true;
  }
  for (const JsonValue* name = expected.first(); name != expected.end(); name = name->next()->next()) {
    const JsonValue* member = is.member(name->text());
    if (member == nullptr || !is_same(*member, *name->next())) return false;
  }
  return true;
}

testing::AssertionResult answers(const RestAnswer& answer, int status, const std::string& body) {
  const auto wrong = [&] {
    return testing::AssertionFailure() << answer.status << " " << answer.body << "\ninstead of " << status << " "
                                       << body;
  };
  if (answer.status != status) return wrong();
  if (body.empty()) return answer.body.empty() ? testing::AssertionSuccess() : wrong();
  const auto is = JsonDocument::parse(answer.body);
  const auto expected = JsonDocument::parse(body);
  return is && expected && is_same(is->root(), expected->root()) ? testing::AssertionSuccess() : wrong();
}

std::string error(int status, const std::string& message) {
  std::string text = "{\"error_code\":" + std::to_string(status) + ",\"message\":";
  append_json_string(message, text);
  return text + "}";
}

const std::string kConfig =
    R"({"connector.class":"file-source","file":"in0","name":"in","poll.interval.ms":"50","topic":"lines"})";
const std::string kInfo =
    R"({"name":"in","config":)" + kConfig + R"(,"tasks":[{"connector":"in","task":0}],"type":"source"})";
const std::string kStatus = R"({"name":"in","connector":{"state":"RUNNING","worker_id":"a"},)"
                            R"("tasks":[{"id":0,"state":"RUNNING","worker_id":"a"}],"type":"source"})";

struct Row {
  const char* method;
  std::string target;
  std::string body;
  int status;
  std::string answer;
};

TEST(Routes, requests_and_answers_are_kafka_connects) {
  RestCluster cluster(1);
  cluster.run([&] {
    const LogLevel level = log_level();
    cluster.write("in0", "1\n2\n");
    cluster.add("a");
    EXPECT_TRUE(answers(cluster.ask("a", "GET", "/health"), 503,
                        R"({"status":"starting","message":"Worker is still starting up."})"));
    ASSERT_TRUE(cluster.await([&] { return cluster.ask("a", "GET", "/health").status == 200; }));
    const auto settled = [&](const std::string& state) {
      EXPECT_TRUE(cluster.await([&] {
        const std::string body = cluster.ask("a", "GET", "/connectors/in/status").body;
        return body.find("\"connector\":{\"state\":\"" + state) != std::string::npos &&
               body.find("UNASSIGNED") == std::string::npos && body.find("RESTARTING") == std::string::npos &&
               (state == "STOPPED" || body.find("\"id\":0,\"state\":\"" + state) != std::string::npos);
      })) << state;
    };
    const std::string not_found = error(404, "Connector none not found");
    const auto check = [&](const std::vector<Row>& rows) {
      for (const Row& row : rows) {
        EXPECT_TRUE(answers(cluster.ask("a", row.method, row.target, row.body), row.status, row.answer))
            << row.method << " " << row.target;
      }
    };
    check({
        {"GET", "/", "", 200, R"({"version":"1.2.3","commit":"abc","kafka_cluster_id":"log-1"})"},
        {"GET", "/health", "", 200, R"({"status":"healthy","message":"*"})"},
        {"GET", "/connectors", "", 200, "[]"},
        {"GET", "/connectors?expand=info", "", 200, "{}"},
        {"POST", "/connectors", R"({"name":"in","config":)" + kConfig + "}", 201, kInfo},
    });
    EXPECT_TRUE(cluster.await([&] { return cluster.values("lines").size() == 2; }));
    settled("RUNNING");
    check({
        {"POST", "/connectors", R"({"name":"in","config":)" + kConfig + "}", 409,
         error(409, "Connector in already exists")},
        {"POST", "/connectors", R"({"name":"other","config":)" + kConfig + "}", 400,
         error(400, "Connector name configuration (in) doesn't match connector name in the URL (other)")},
        {"POST", "/connectors", R"({"name":"other"})", 400, error(400, "the body has no config")},
        {"POST", "/connectors",
         R"({"name":"other","config":{"connector.class":"file-source","topic":"t","file":"f"},"initial_state":"UP"})",
         400, error(400, "initial_state must be RUNNING, PAUSED or STOPPED, not UP")},
        {"POST", "/connectors", R"({"name":"other","config":{"connector.class":"file-source","topic":"t"}})", 400,
         R"({"error_code":400,"message":"*"})"},
        {"POST", "/connectors", "no JSON", 400, R"({"error_code":400,"message":"*"})"},
        {"GET", "/connectors", "", 200, R"(["in"])"},
        {"GET", "/connectors/", "", 200, R"(["in"])"},
        {"GET", "/connectors?expand=status", "", 200, R"({"in":{"status":)" + kStatus + "}}"},
        {"GET", "/connectors?expand=status&expand=info", "", 200,
         R"({"in":{"status":)" + kStatus + R"(,"info":)" + kInfo + "}}"},
        {"GET", "/connectors/in", "", 200, kInfo},
        {"GET", "/connectors/none", "", 404, not_found},
        {"GET", "/connectors/in/config", "", 200, kConfig},
        {"GET", "/connectors/none/config", "", 404, not_found},
        {"GET", "/connectors/in/status", "", 200, kStatus},
        {"GET", "/connectors/none/status", "", 404, not_found},
        {"GET", "/connectors/in/tasks", "", 200, R"([{"id":{"connector":"in","task":0},"config":)" + kConfig + "}]"},
        {"GET", "/connectors/none/tasks", "", 404, not_found},
        {"GET", "/connectors/in/tasks-config", "", 200, R"({"in-0":)" + kConfig + "}"},
        {"GET", "/connectors/in/tasks/0/status", "", 200, R"({"id":0,"state":"RUNNING","worker_id":"a"})"},
        {"GET", "/connectors/in/tasks/7/status", "", 404, error(404, "No status found for task in-7")},
        {"POST", "/connectors/in/tasks/7/restart", "", 404, error(404, "Task in-7 not found")},
        {"GET", "/connectors/in/topics", "", 200, R"({"in":{"topics":["lines"]}})"},
        {"GET", "/connectors/none/topics", "", 404, not_found},
        {"GET", "/connectors/in/offsets", "", 200, R"({"offsets":[{"partition":{"file":"in0"},"offset":"*"}]})"},
        {"PATCH", "/connectors/in/offsets", R"({"offsets":[{"partition":{"file":"in0"},"offset":null}]})", 400,
         error(400, "Connectors must be in the STOPPED state before their offsets can be modified.")},
        {"DELETE", "/connectors/in/offsets", "", 400,
         error(400, "Connectors must be in the STOPPED state before their offsets can be modified.")},
        {"PUT", "/connectors/in/pause", "", 202, ""},
    });
    settled("PAUSED");
    check({{"PUT", "/connectors/in/resume", "", 202, ""}});
    settled("RUNNING");
    check({{"POST", "/connectors/in/restart", "", 204, ""},
           {"POST", "/connectors/in/tasks/0/restart", "", 204, ""},
           {"POST", "/connectors/in/restart?includeTasks=true&onlyFailed=false", "", 202,
            R"({"name":"in","connector":{"state":"RESTARTING","worker_id":"a"},)"
            R"("tasks":[{"id":0,"state":"RESTARTING","worker_id":"a"}],"type":"source"})"},
           {"POST", "/connectors/in/restart?includeTasks=true&onlyFailed=true", "", 202, kStatus},
           {"POST", "/connectors/none/restart", "", 404, not_found},
           {"PUT", "/connectors/none/pause", "", 404, not_found},
           {"PUT", "/connectors/in/stop", "", 204, ""}});
    settled("STOPPED");
    check({
        {"GET", "/connectors/in/tasks", "", 200, "[]"},
        {"PATCH", "/connectors/in/offsets", R"({"offsets":[]})", 400,
         error(400, "Partitions / offsets need to be provided for an alter offsets request")},
        {"PATCH", "/connectors/in/offsets", R"({"offsets":[{"partition":{"file":"in0"},"offset":null}]})", 200,
         R"({"message":"The offsets for this connector have been altered successfully"})"},
        {"GET", "/connectors/in/offsets", "", 200, R"({"offsets":[]})"},
        {"DELETE", "/connectors/in/offsets", "", 200,
         R"({"message":"The offsets for this connector have been reset successfully"})"},
        {"PUT", "/connectors/in/topics/reset", "", 202, ""},
        {"GET", "/connectors/in/topics", "", 200, R"({"in":{"topics":[]}})"},
        {"PATCH", "/connectors/in/config", R"({"batch.records":"7","poll.interval.ms":null})", 200,
         R"({"name":"in","config":{"connector.class":"file-source","file":"in0","name":"in","batch.records":"7","topic":"lines"},"tasks":[],"type":"source"})"},
        {"PUT", "/connectors/in/config", kConfig, 200,
         R"({"name":"in","config":)" + kConfig + R"(,"tasks":[],"type":"source"})"},
        {"PUT", "/connectors/new/config", R"({"connector.class":"FileStreamSource","file":"in0","topic":"more"})", 201,
         R"({"name":"new","config":{"connector.class":"FileStreamSource","file":"in0","name":"new","topic":"more"},"tasks":[{"connector":"new","task":0}],"type":"source"})"},
        {"DELETE", "/connectors/new", "", 204, ""},
        {"DELETE", "/connectors/new", "", 404, error(404, "Connector new not found")},
        {"POST", "/connectors",
         R"({"name":"still","initial_state":"PAUSED","config":{"connector.class":"file-source","file":"in0","topic":"more"}})",
         201, R"({"name":"still","config":"*","tasks":[{"connector":"still","task":0}],"type":"source"})"},
    });
    EXPECT_TRUE(cluster.await([&] {
      return cluster.ask("a", "GET", "/connectors/still/tasks/0/status").body.find("PAUSED") != std::string::npos;
    }));
    check({
        {"GET", "/admin/loggers", "", 200, R"({"root":{"level":"*","last_modified":null}})"},
        {"PUT", "/admin/loggers/root", R"({"level":"ERROR"})", 200, R"(["root"])"},
        {"GET", "/admin/loggers/root", "", 200, R"({"level":"ERROR","last_modified":null})"},
        {"PUT", "/admin/loggers/root?scope=cluster", R"({"level":"warn"})", 204, ""},
        {"GET", "/admin/loggers/root", "", 200, R"({"level":"WARN","last_modified":null})"},
        {"PUT", "/admin/loggers/root", "{}", 400,
         error(400, "Desired 'level' parameter was not specified in request.")},
        {"PUT", "/admin/loggers/root", R"({"level":"LOUD"})", 404, error(404, "invalid log level 'LOUD'.")},
        {"GET", "/admin/loggers/other", "", 404, error(404, "Logger other not found.")},
        {"GET", "/nowhere", "", 404, error(404, "HTTP 404 Not Found")},
        {"DELETE", "/connectors", "", 405, error(405, "HTTP 405 Method Not Allowed")},
        {"GET", "/connector-plugins/none/config", "", 404, error(404, "Unknown plugin none.")},
    });
    const auto metrics = cluster.ask("a", "GET", "/metrics");
    EXPECT_EQ(metrics.content_type, "text/plain; version=0.0.4");
    EXPECT_THAT(metrics.body, HasSubstr("weir_connect_task_running_tasks{connector=\"still\",task=\"0\"} 0"));
    set_log_level(level);
  });
}

TEST(Routes, plugins_tell_their_settings_and_what_is_wrong_with_them) {
  RestCluster cluster(2);
  cluster.run([&] {
    cluster.add("a");
    const auto plugins = cluster.ask("a", "GET", "/connector-plugins");
    EXPECT_THAT(plugins.body, HasSubstr(R"({"class":"file-source","type":"source","version":"1.2.3"})"));
    const auto settings = cluster.ask("a", "GET", "/connector-plugins/file-source/config");
    EXPECT_THAT(
        settings.body,
        HasSubstr(R"({"name":"tasks.max","type":"LONG","required":false,"default_value":"1","importance":"MEDIUM")"));
    const auto validated = cluster.ask(
        "a", "PUT", "/connector-plugins/file-source/config/validate",
        R"({"name":"x","connector.class":"file-source","topic":"t","file":"f","tasks.max":"no","fiel":"g"})");
    EXPECT_EQ(validated.status, 200);
    const auto document = JsonDocument::parse(validated.body).value();
    EXPECT_EQ(document.root().member("error_count")->text(), "2");
    int wrong = 0;
    const JsonValue* configs = document.root().member("configs");
    for (const JsonValue* one = configs->first(); one != configs->end(); one = one->next()) {
      const std::string name(one->member("definition")->member("name")->text());
      const JsonValue* errors = one->member("value")->member("errors");
      EXPECT_EQ(one->member("value")->member("name")->text(), name);
      if (errors->size() == 0) continue;
      ++wrong;
      EXPECT_TRUE(name == "tasks.max" || name == "connector.class") << name;
      const std::string expected = name == "tasks.max" ? "must be a number" : "did you mean 'file'?";
      EXPECT_THAT(std::string(errors->first()->text()), HasSubstr(expected));
    }
    EXPECT_EQ(wrong, 2);
    const auto right = cluster.ask("a", "PUT", "/connector-plugins/file-source/config/validate",
                                   R"({"name":"x","connector.class":"file-source","topic":"t","file":"f"})");
    EXPECT_THAT(right.body, HasSubstr("\"error_count\":0"));
    const auto other = cluster.ask("a", "PUT", "/connector-plugins/file-source/config/validate",
                                   R"({"name":"x","connector.class":"file-sink"})");
    EXPECT_EQ(other.status, 400);
  });
}

TEST(Routes, any_worker_answers_and_forwards_what_the_leader_or_an_owner_must_do) {
  RestCluster cluster(3);
  cluster.run([&] {
    for (int i = 0; i < 4; ++i) cluster.write("in" + std::to_string(i), "1\n");
    for (const char* name : {"a", "b", "c"}) {
      cluster.add(name);
      ASSERT_TRUE(cluster.await([&] { return cluster.ask(name, "GET", "/health").status == 200; }));
    }
    const auto created =
        cluster.ask("c", "PUT", "/connectors/in/config",
                    R"({"connector.class":"file-source","files":"in0,in1,in2","tasks.max":"3","topic":"t"})");
    EXPECT_EQ(created.status, 201) << created.body;
    EXPECT_EQ(created.location, "/connectors/in");
    EXPECT_THAT(cluster.forwarded(), testing::ElementsAre("http://a /connectors/in/config?forward=true"));
    ASSERT_TRUE(cluster.await([&] { return cluster.tasks_by_worker("in").size() == 3; }));
    for (const char* name : {"a", "b", "c"}) {
      EXPECT_TRUE(cluster.await([&] { return cluster.ask(name, "GET", "/connectors").body == R"(["in"])"; }));
      for (int task = 0; task < 3; ++task) {
        EXPECT_EQ(cluster.ask(name, "POST", "/connectors/in/tasks/" + std::to_string(task) + "/restart").status, 204);
      }
    }
    // Nobody goes round in a circle.
    EXPECT_EQ(cluster.ask("c", "PUT", "/connectors/in/pause?forward=false").status, 409);
  });
}

class Nothing final : public Source {
 public:
  Result<> start(const SourcePositions&, Input) override { return fail(ErrorCode::not_found, "nothing is there"); }
  Result<> poll(std::size_t, Millis, std::int64_t, SourceBatch&) override { return {}; }
};

TEST(Routes, secrets_are_shown_nowhere) {
  static constexpr Setting kSecretive[] = {
      {.name = "password", .presence = Presence::required, .meaning = "that opens it", .secret = Secret::yes},
  };
  ConnectorClass secretive{.names = {"secretive"}, .settings = kSecretive};
  secretive.tasks = [](const Settings& settings, std::size_t) -> Result<std::vector<ConnectorClass::TaskSettings>> {
    if (settings.text("password") == "sesame") return std::vector<ConnectorClass::TaskSettings>{{}};
    return fail(settings.wrong("password", "must be right"));
  };
  secretive.make_source = [](const Settings&, const TaskContext&) -> Result<std::unique_ptr<Source>> {
    return std::make_unique<Nothing>();
  };
  RestCluster cluster(4);
  cluster.add_class(secretive);
  cluster.run([&] {
    cluster.add("a");
    ASSERT_TRUE(cluster.await([&] { return cluster.ask("a", "GET", "/health").status == 200; }));
    const std::string config = R"({"connector.class":"secretive","topic":"t","password":"sesame"})";
    const auto put = cluster.ask("a", "PUT", "/connectors/s/config", config);
    EXPECT_EQ(put.status, 201);
    std::string seen = put.body;
    EXPECT_TRUE(cluster.await([&] {
      return cluster.ask("a", "GET", "/connectors/s/status").body.find("nothing is there") != std::string::npos;
    }));
    for (const char* target : {"/connectors/s", "/connectors/s/config", "/connectors/s/tasks",
                               "/connectors/s/tasks-config", "/connectors/s/status", "/connectors?expand=info"}) {
      seen += cluster.ask("a", "GET", target).body;
    }
    seen += cluster.ask("a", "PUT", "/connector-plugins/secretive/config/validate", config).body;
    // What is wrong with it is told without it.
    const std::string wrong = R"({"connector.class":"secretive","topic":"t","password":"sesame street"})";
    EXPECT_EQ(cluster.ask("a", "PUT", "/connectors/s/config", wrong).status, 400);
    seen += cluster.ask("a", "PUT", "/connectors/s/config", wrong).body;
    seen += cluster.ask("a", "PUT", "/connector-plugins/secretive/config/validate", wrong).body;
    EXPECT_EQ(seen.find("sesame"), std::string::npos) << seen;
    EXPECT_THAT(seen, HasSubstr("[hidden]"));
  });
}

TEST(RestTarget, is_taken_apart_and_put_together) {
  const auto target = RestTarget::parse("/connectors/a%2Fb%20c/?expand=status&expand=info&x=%31&flag");
  EXPECT_THAT(target.path, testing::ElementsAre("connectors", "a/b c"));
  EXPECT_TRUE(target.is_set("expand", "status") && target.is_set("expand", "info"));
  EXPECT_EQ(target.text("x"), "1");
  EXPECT_EQ(target.text("none"), "");
  EXPECT_EQ(with_query("/a?x=1&forward=true", "forward", "false"), "/a?x=1&forward=false");
  EXPECT_EQ(with_query("/a", "forward", "true"), "/a?forward=true");
  EXPECT_EQ(url_encoded("a/b c"), "a%2Fb%20c");
  EXPECT_THAT(RestTarget::parse("/%zz/%4").path, testing::ElementsAre("%zz", "%4"));
}

}  // namespace
}  // namespace weir::connect::routes_test
