#include "connect/connectors/http/http_sink.h"

#include <atomic>

#include <gmock/gmock.h>

#include "connect/connectors/http/hmac.h"
#include "connect/runtime/run_connectors.h"
#include "tests/connect/connectors/http/stub_server.h"
#include "tests/connect/log_fixture.h"

namespace weir::connect::http_sink_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using Answer = StubServer::Answer;
using Question = StubServer::Question;
using Values = std::map<std::string, std::string>;

class HttpSink : public LogFixture {
 protected:
  void SetUp() override {
    client_.emplace(open_log(files_).value());
    ASSERT_TRUE(client_->admin()->create_topic({"Orders", 1, {}}));
  }

  void send(std::optional<std::string> key, std::optional<std::string> value) {
    auto producer = client_->producer().value();
    auto bytes = [](const std::optional<std::string>& text) {
      return text ? NullableBytes(*text) : std::nullopt;
    };
    ASSERT_TRUE(producer->send("Orders", log::PartitionIndex(0), 0, bytes(key), bytes(value)));
    ASSERT_TRUE(producer->flush());
  }

  ConnectorOutcome run(const std::string& url, const Values& settings) {
    Values all{{"name", "web"},   {"connector.class", "http-sink"},  {"topics", "Orders"},
               {"http.url", url}, {"errors.retry.timeout", "10000"}, {"value.converter", "json"}};
    for (const auto& [name, value] : settings) all[name] = value;
    return run_connectors(*client_, {ConnectorConfig::of(all)}, Input::is_complete, {}, world_)[0];
  }

  static std::vector<std::string> bodies(StubServer& server) {
    std::vector<std::string> all;
    for (const Question& question : server.questions()) all.push_back(question.body);
    return all;
  }

  ConnectorWorld world_{.files = files_};
  std::optional<log::Client> client_;
};

TEST_F(HttpSink, sends_each_record_with_what_tells_it_from_others) {
  send("k", R"({"n":1})");
  send("k", R"({"n":2})");
  StubServer server([](const Question&) { return Answer{}; });
  auto outcome = run(server.url("/in?x=1"),
                     {{"http.headers", "X-One: 1 | X-Two: b"}, {"http.hmac.secret", "s3cret"}, {"http.method", "PUT"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  const auto questions = server.questions();
  ASSERT_EQ(questions.size(), 2u);
  EXPECT_EQ(questions[0].method, "PUT");
  EXPECT_EQ(questions[0].target, "/in?x=1");
  EXPECT_EQ(questions[0].body, R"({"n":1})");
  auto headers = questions[1].headers;
  EXPECT_EQ(headers["x-one"], "1");
  EXPECT_EQ(headers["x-two"], "b");
  EXPECT_EQ(headers["content-type"], "application/json");
  EXPECT_EQ(headers["idempotency-key"], "Orders-0-1");
  EXPECT_EQ(headers["x-weir-signature-256"], "sha256=" + hmac_sha256_hex("s3cret", R"({"n":2})"));
  EXPECT_EQ(run(server.url(), {}).records, 0u);  // all is committed
}

TEST_F(HttpSink, lines_and_arrays_in_batches) {
  for (int i = 0; i < 5; ++i) send(std::nullopt, std::to_string(i));
  StubServer server([](const Question&) { return Answer{}; });
  ASSERT_TRUE(run(server.url(), {{"http.body", "lines"}, {"batch.max.records", "3"}}).result);
  ASSERT_TRUE(run(server.url(), {{"http.body", "array"}, {"batch.max.bytes", "4"}, {"name", "other"}}).result);
  std::string lines, elements;
  for (const Question& question : server.questions()) {
    const bool is_array = question.headers.at("content-type") == "application/json";
    (is_array ? elements : lines) += question.body;
    EXPECT_LE(question.body.size(), 6u);
  }
  EXPECT_EQ(lines, "0\n1\n2\n3\n4\n");
  std::erase_if(elements, [](char c) { return c == '[' || c == ']' || c == ','; });
  EXPECT_EQ(elements, "01234");
}

TEST_F(HttpSink, an_outage_is_waited_out_whatever_it_looks_like) {
  send(std::nullopt, "1");
  for (const Answer& failure : {Answer{.status = 503}, Answer{.status = 429}, Answer{.status = 200, .closes = true},
                                Answer{.status = 408, .closes = true}}) {
    std::atomic<int> calls = 0;
    StubServer server([&](const Question&) { return ++calls <= 2 ? failure : Answer{}; });
    static int number = 0;
    auto outcome = run(server.url(), {{"name", "out" + std::to_string(++number)}});
    EXPECT_TRUE(outcome.result) << outcome.result.error().to_string();
    EXPECT_EQ(outcome.records, 1u);
  }
}

TEST_F(HttpSink, nobody_there_is_an_error_in_the_end) {
  send(std::nullopt, "1");
  std::string url;
  {
    url = StubServer([](const Question&) { return Answer{}; }).url();
  }
  auto outcome = run(url, {{"errors.retry.timeout", "300"}});
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().code, ErrorCode::unavailable);
  EXPECT_THAT(outcome.result.error().detail, HasSubstr("connecting to http://127.0.0.1"));
}

TEST_F(HttpSink, a_server_that_says_nothing_runs_into_the_time_limit) {
  send(std::nullopt, "1");
  StubServer server([](const Question&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return Answer{};
  });
  auto outcome = run(server.url(), {{"http.timeout.ms", "50"}, {"errors.retry.timeout", "1"}});
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().code, ErrorCode::timed_out) << outcome.result.error().to_string();
}

TEST_F(HttpSink, a_refused_record_is_a_dead_letter_and_the_others_arrive_once) {
  for (int i = 0; i < 9; ++i) send(std::nullopt, std::to_string(i));
  std::vector<std::string> taken;
  StubServer server([&taken](const Question& question) {
    if (question.body.find('4') != std::string::npos) return Answer{.status = 422, .body = "no fours"};
    for (const char c : question.body) {
      if (c != '\n') taken.emplace_back(1, c);
    }
    return Answer{};
  });
  auto outcome =
      run(server.url(),
          {{"http.body", "lines"}, {"errors.tolerance", "all"}, {"errors.deadletterqueue.topic.name", "dead"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_THAT(taken, ElementsAre("0", "1", "2", "3", "5", "6", "7", "8"));
  EXPECT_THAT(values(*client_, "dead"), ElementsAre("4"));
  EXPECT_EQ(outcome.skipped, 1u);
}

TEST_F(HttpSink, who_may_not_come_in_is_told_at_once) {
  send(std::nullopt, "1");
  StubServer server([](const Question&) { return Answer{.status = 401, .body = "who are you?"}; });
  auto outcome = run(server.url(), {{"errors.tolerance", "all"}});
  ASSERT_FALSE(outcome.result);
  EXPECT_EQ(outcome.result.error().code, ErrorCode::permission_denied);
  EXPECT_THAT(outcome.result.error().detail, HasSubstr("status 401: who are you?"));
}

TEST_F(HttpSink, documents_of_elasticsearch_are_indexed_and_deleted) {
  send("a", R"({"n":1})");
  send(std::nullopt, R"({"n":2})");
  send("a", std::nullopt);
  StubServer server([](const Question&) { return Answer{.body = R"({"took":1,"errors":false,"items":[]})"}; });
  auto outcome = run(server.url("/_bulk"), {{"http.body", "elasticsearch"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  std::string all;
  for (const std::string& body : bodies(server)) all += body;
  EXPECT_EQ(all,
            "{\"index\":{\"_index\":\"orders\",\"_id\":\"a\"}}\n{\"n\":1}\n"
            "{\"index\":{\"_index\":\"orders\",\"_id\":\"Orders-0-1\"}}\n{\"n\":2}\n"
            "{\"delete\":{\"_index\":\"orders\",\"_id\":\"a\"}}\n");
  ASSERT_TRUE(
      run(server.url("/_bulk"), {{"name", "named"}, {"http.body", "elasticsearch"}, {"elasticsearch.index", "logs"}})
          .result);
  EXPECT_THAT(bodies(server).back(), HasSubstr("\"_index\":\"logs\""));
}

TEST_F(HttpSink, an_item_that_elasticsearch_refuses_is_the_guilty_one) {
  for (const char* value : {R"({"n":1})", R"({"n":"x"})", R"({"n":3})"}) send(std::nullopt, value);
  StubServer server([](const Question& question) {
    const bool is_refused = question.body.find("\"x\"") != std::string::npos;
    return Answer{.body = is_refused ? R"({"errors":true,"items":[{"index":{"status":400,"error":{"type":"mapper"}}}]})"
                                     : R"({"errors":false,"items":[]})"};
  });
  auto outcome = run(server.url("/_bulk"), {{"http.body", "elasticsearch"}, {"errors.tolerance", "all"}});
  ASSERT_TRUE(outcome.result) << outcome.result.error().to_string();
  EXPECT_EQ(outcome.records, 2u);
  EXPECT_EQ(outcome.skipped, 1u);
  StubServer other([](const Question&) { return Answer{.body = "<html>hello</html>"}; });
  EXPECT_THAT(run(other.url(), {{"name", "no"}, {"http.body", "elasticsearch"}}).result.error().detail,
              HasSubstr("does not answer as _bulk does"));
}

TEST_F(HttpSink, questions_are_no_more_often_than_they_may_be) {
  ManualClock clock;
  StubServer server([](const Question&) { return Answer{}; });
  auto sink = http_sink({.url = HttpUrl::parse(server.url()).value(), .rate_per_second = 2}, clock);
  ASSERT_TRUE(sink->start({}));
  const log::TopicPartition partition{"t", log::PartitionIndex(0)};
  std::vector<ConnectRecord> records(5);
  for (std::size_t i = 0; i < records.size(); ++i) {
    records[i].value = Payload::json("1");
    records[i].origin = Origin{&partition, log::Offset(static_cast<std::int64_t>(i))};
  }
  const std::int64_t begin_ms = clock.monotonic_ms();
  ASSERT_TRUE(sink->put(records));
  EXPECT_EQ(clock.monotonic_ms() - begin_ms, 2'000);
}

TEST_F(HttpSink, settings_that_cannot_be_are_named) {
  const auto problem = [this](const Values& settings) {
    auto outcome = run("http://127.0.0.1:1", settings);
    return outcome.result ? std::string("none") : outcome.result.error().detail;
  };
  EXPECT_THAT(problem({{"http.url", "ftp://x"}}), HasSubstr("http.url = 'ftp://x': 'ftp://x' is no URL"));
  EXPECT_THAT(problem({{"http.headers", "no colon"}}), HasSubstr("http.headers"));
  EXPECT_THAT(
      problem({{"http.tls.ca.file", "/nowhere"}, {"http.url", "https://127.0.0.1:1"}, {"errors.retry.timeout", "1"}}),
      testing::AnyOf(HasSubstr("/nowhere"), "none"));
}

TEST(HttpUrls, are_read_and_written) {
  const auto url = HttpUrl::parse("https://[::1]:8443/a/b?c=d#e").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.target, "/a/b?c=d");
  EXPECT_EQ(url.to_string(), "https://[::1]:8443/a/b?c=d");
  EXPECT_EQ(HttpUrl::parse("http://h").value().to_string(), "http://h/");
  EXPECT_EQ(HttpUrl::parse("http://h?x").value().target, "/?x");
  for (const char* text :
       {"", "h", "http://", "http://h:0", "http://h:x", "http://u:p@h", "http://h/ x", "http://[::1"}) {
    EXPECT_FALSE(HttpUrl::parse(text)) << text;
  }
}

}  // namespace
}  // namespace weir::connect::http_sink_test
