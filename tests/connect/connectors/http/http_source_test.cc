// Both sources over HTTP: the one that asks, and the one that is asked.
#include <atomic>

#include <gmock/gmock.h>

#include "connect/connectors/http/hmac.h"
#include "connect/connectors/http/http_poll_source.h"
#include "connect/connectors/http/http_server_source.h"
#include "connect/connectors/http/json_pointer.h"
#include "connect/runtime/drive.h"
#include "connect/runtime/run_connectors.h"
#include "tests/connect/connectors/http/stub_server.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::http_source_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Answer = StubServer::Answer;
using Question = StubServer::Question;
using Values = std::map<std::string, std::string>;

class HttpSource : public LogFixture {
 protected:
  void SetUp() override { client_.emplace(open_log(files_).value()); }

  ConnectorOutcome run(Values settings) {
    settings.insert({{"name", "web"}, {"topic", "t"}, {"errors.retry.timeout", "5000"}});
    return run_connectors(*client_, {ConnectorConfig::of(settings)}, Input::is_complete, {}, world_)[0];
  }
  ConnectorOutcome ask(const std::string& url, Values settings = {}) {
    settings.insert({{"connector.class", "http-source"}, {"http.url", url}});
    return run(std::move(settings));
  }

  ConnectorWorld world_{.files = files_};
  std::optional<log::Client> client_;
};

TEST_F(HttpSource, follows_a_cursor_and_goes_on_where_it_was) {
  std::atomic<int> last = 5;  // numbers above `since`, two an answer
  StubServer server([&last](const Question& question) {
    const int since = std::stoi(question.target.substr(question.target.find('=') + 1));
    std::string items;
    int next = since;
    while (next < last && next < since + 2)
      items += (items.empty() ? "" : ",") + ("{\"id\":" + std::to_string(++next) + "}");
    return Answer{.body = "{\"items\":[" + items + "],\"meta\":{\"next\":" + std::to_string(next) + "}}"};
  });
  const Values settings{
      {"http.cursor", "/meta/next"}, {"http.cursor.initial", "0"}, {"http.records", "/items"}, {"http.key", "/id"}};
  auto outcome = ask(server.url("/?since=${cursor}"), settings);
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_THAT(values(*client_, "t"),
              ElementsAre(R"({"id":1})", R"({"id":2})", R"({"id":3})", R"({"id":4})", R"({"id":5})"));
  last = 6;
  ASSERT_TRUE(ask(server.url("/?since=${cursor}"), settings).result);
  EXPECT_THAT(values(*client_, "t"), testing::SizeIs(6));
}

TEST_F(HttpSource, what_has_not_changed_is_not_read_again) {
  std::string body = "[1,2]";
  bool has_etags = true;
  StubServer server([&](const Question& question) {
    const std::string etag = "\"" + body + "\"";
    const auto known = question.headers.find("if-none-match");
    if (has_etags && known != question.headers.end() && known->second == etag) return Answer{.status = 304};
    return Answer{.body = body, .headers = has_etags ? "ETag: " + etag + "\r\n" : ""};
  });
  for (int round = 0; round < 2; ++round) {
    SCOPED_TRACE(round);
    has_etags = round == 0;
    const std::string topic = "t" + std::to_string(round);
    const Values settings{{"name", topic}, {"topic", topic}};
    body = "[1,2]";
    ASSERT_TRUE(ask(server.url(), settings).result);
    ASSERT_TRUE(ask(server.url(), settings).result);
    EXPECT_THAT(values(*client_, topic), ElementsAre("1", "2"));
    body = "[\"three\"]";
    ASSERT_TRUE(ask(server.url(), settings).result);
    EXPECT_THAT(values(*client_, topic), ElementsAre("1", "2", "\"three\""));
  }
}

TEST_F(HttpSource, says_what_is_wrong_with_an_answer) {
  Answer answer;
  StubServer server([&answer](const Question&) { return answer; });
  const auto problem = [&](Answer given, const Values& settings = {}) {
    answer = std::move(given);
    auto outcome = ask(server.url(), settings);
    return outcome.result ? "none" : outcome.result.error().to_string();
  };
  EXPECT_THAT(problem({.body = "<html>"}), HasSubstr("not JSON"));
  EXPECT_THAT(problem({.status = 404, .body = "gone"}), HasSubstr("invalid_config: http:"));
  EXPECT_THAT(problem({.status = 403}), HasSubstr("permission_denied"));
  EXPECT_THAT(problem({.body = "[{}]"}, {{"http.key", "/id"}}), HasSubstr("a record has nothing at /id"));
  EXPECT_THAT(problem({}, {{"http.records", "items"}}), HasSubstr("must be a JSON pointer"));
  EXPECT_THAT(problem({}, {{"http.cursor", "/x"}}), HasSubstr("${cursor}"));
}

TEST(JsonPointer, finds_what_it_names) {
  const auto document = JsonDocument::parse(R"({"a":[{"b":1},{"b":2}],"x/y":{"~":3},"":4})").value();
  const auto at = [&document](std::string_view pointer) {
    const JsonValue* found = at_pointer(document.root(), pointer);
    return found != nullptr ? std::string(found->text()) : "nothing";
  };
  EXPECT_EQ(at("/a/1/b"), "2");
  EXPECT_EQ(at("/x~1y/~0"), "3");
  EXPECT_EQ(at("/"), "4");
  for (const char* nowhere : {"/b", "/a/2", "/a/01", "/a/b", "/a/0/b/c"}) EXPECT_EQ(at(nowhere), "nothing") << nowhere;
  EXPECT_FALSE(is_json_pointer("a"));
  EXPECT_FALSE(is_json_pointer("/~2"));
}

// A server whose requests become records of "t" until it is stopped.
class HttpServer : public HttpSource {
 protected:
  void serve(HttpServerOptions options, Input input = Input::may_grow) {
    options.listener.listen = {"127.0.0.1", 0};
    std::atomic<std::uint16_t> port = 0;
    auto source =
        http_server_source(std::move(options), SystemClock::instance(), [&port](std::uint16_t at) { port = at; });
    runner_ = std::make_unique<SourceRunner>(*client_, std::move(source), SourceOptions{.name = "hooks", .topic = "t"},
                                             input);
    thread_ = SystemClock::instance()
                  .start_thread("test-hooks", [this, input] { driven_ = drive(*runner_, input, stop_.get_token()); })
                  .value();
    while (port == 0) std::this_thread::yield();
    port_ = port;
  }
  void TearDown() override {
    stop_.request_stop();
    thread_.reset();
  }

  HttpAnswer post(const std::string& body, std::vector<HttpHeader> headers = {}, const std::string& method = "POST",
                  const std::string& target = "/") {
    HttpClient client(HttpUrl::parse("http://127.0.0.1:" + std::to_string(port_)).value(), {});
    auto answer = client.ask({.method = method, .target = target, .headers = std::move(headers), .body = body});
    EXPECT_TRUE(answer) << answer.error().to_string();
    return answer.value_or(HttpAnswer{});
  }

  std::uint16_t port_ = 0;
  std::stop_source stop_;
  std::unique_ptr<SourceRunner> runner_;
  Result<> driven_;
  std::unique_ptr<Thread> thread_;
};

TEST_F(HttpServer, answers_when_the_record_is_in_the_log) {
  serve({.key_header = "x-id", .headers = {"x-kind"}});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(post("{\"n\":" + std::to_string(i) + "}", {{"Content-Type", "application/json"}, {"X-Id", "7"}}).status,
              200u);
    EXPECT_THAT(values(*client_, "t"), testing::SizeIs(i + 1));
  }
  EXPECT_EQ(post("plain text").status, 200u);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("{\"n\":0}", "{\"n\":1}", "{\"n\":2}", "plain text"));
}

TEST_F(HttpServer, lines_of_which_one_is_no_json_are_refused_together) {
  serve({.body = PostedBody::lines});
  EXPECT_EQ(post("1\n\n2\n").status, 200u);
  const auto refused = post("3\noops\n");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_THAT(refused.body, HasSubstr("record 2: not JSON"));
  EXPECT_THAT(values(*client_, "t"), ElementsAre("1", "2"));
}

TEST_F(HttpServer, elements_of_an_array) {
  serve({.body = PostedBody::array});
  EXPECT_EQ(post("[{\"a\": 1}, \"x\"]").status, 200u);
  EXPECT_EQ(post("{}").status, 400u);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("{\"a\":1}", "\"x\""));
}

TEST_F(HttpServer, lets_in_who_signs_or_brings_the_token_and_nobody_else) {
  HttpServerOptions options;
  options.listener.token = "t0ken";
  options.listener.secret = "s3cret";
  options.listener.path = "/hooks";
  serve(options);
  const HttpHeader token{"Authorization", "Bearer t0ken"};
  const HttpHeader signature{"X-Hub-Signature-256", "sha256=" + hmac_sha256_hex("s3cret", "hello")};
  EXPECT_EQ(post("hello", {signature}, "POST", "/hooks").status, 401u);
  EXPECT_EQ(post("hello", {token}, "POST", "/hooks").status, 401u);
  EXPECT_EQ(post("hellO", {token, signature}, "POST", "/hooks").status, 401u);
  EXPECT_EQ(post("hello", {token, signature}, "POST", "/").status, 404u);
  EXPECT_EQ(post("hello", {token, signature}, "GET", "/hooks").status, 405u);
  EXPECT_EQ(post("hello", {token, signature}, "POST", "/hooks?a=b").status, 200u);
  EXPECT_THAT(values(*client_, "t"), ElementsAre("hello"));
}

TEST_F(HttpServer, too_long_a_body_is_told_so) {
  HttpServerOptions options;
  options.listener.most_body_bytes = 10;
  serve(options);
  EXPECT_EQ(post(std::string(11, 'x')).status, 413u);
  EXPECT_EQ(post(std::string(10, 'x')).status, 200u);
}

TEST(HttpListeners, answer_503_to_what_nobody_takes_and_to_too_many) {
  HttpListenerOptions options{.listen = {"127.0.0.1", 0}, .most_waiting = 1, .answer_within = Millis(150)};
  auto listener = HttpListener::open(options, SystemClock::instance()).value();
  const auto ask = [&listener] {
    HttpClient client(HttpUrl::parse("http://127.0.0.1:" + std::to_string(listener->port())).value(), {});
    return client.ask({.method = "POST", .body = "x"}).value_or(HttpAnswer{}).status;
  };
  EXPECT_EQ(ask(), 503u);
  EXPECT_THAT(listener->take(10, Millis(0)), IsEmpty());  // it has gone
  std::atomic<unsigned> first = 0;
  auto waits = SystemClock::instance().start_thread("test-ask", [&] { first = ask(); }).value();
  const auto taken = listener->take(10, Millis(10'000));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(ask(), 503u);  // too many at once
  listener->answer(taken[0].number, {202, "{}"});
  waits.reset();
  EXPECT_EQ(first, 202u);
}

TEST_F(HttpSource, an_address_that_others_reach_must_be_asked_for) {
  Values settings{{"connector.class", "http-server"}, {"http.listen", "0.0.0.0:0"}};
  EXPECT_THAT(run(settings).result.error().detail, HasSubstr("http.insecure.listen = true"));
  settings["http.insecure.listen"] = "true";
  EXPECT_TRUE(run(settings).result);
  settings["http.listen"] = "nonsense";
  EXPECT_THAT(run(settings).result.error().detail, HasSubstr("http.listen"));
}

}  // namespace
}  // namespace weir::connect::http_source_test
