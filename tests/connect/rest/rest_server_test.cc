#include "connect/rest/rest_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect/rest/answers.h"
#include "log/base/condition.h"

namespace weir::connect::rest_server_test {
namespace {

using testing::HasSubstr;

// Answers with what it was asked.
RestAnswer echo(const RestRequest& request) {
  RestAnswer answer{200, request.method + " " + request.target + " " + request.body};
  answer.location = "/there";
  return answer;
}

std::unique_ptr<RestServer> serve(RestServerOptions options, RestServer::Handler handler = echo) {
  options.at.port = 0;
  auto server = RestServer::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << server.error().to_string();
  return server ? *std::move(server) : nullptr;
}

std::string url_of(const RestServer& server) {
  return "http://" + server.endpoint().to_string();
}

TEST(RestServer, what_is_asked_is_answered) {
  const auto server = serve({});
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    auto answer = rest_call(url_of(*server), {method, "/a?b=c", "body"}, "", Millis(30'000));
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, std::string(method) + " /a?b=c body");
    EXPECT_EQ(answer->content_type, "application/json");
    EXPECT_EQ(answer->location, "/there");
  }
}

TEST(RestServer, many_may_wait_at_once) {
  Mutex mutex;
  Condition changed(SystemClock::instance());
  int inside = 0;
  const auto server = serve({.threads = 4}, [&](const RestRequest&) {
    MutexLock lock(mutex);
    ++inside;
    changed.notify_all();
    while (inside < 4) changed.wait(mutex);
    return RestAnswer{200, "all are here"};
  });
  std::vector<std::unique_ptr<Thread>> callers;
  for (int i = 0; i < 4; ++i) {
    callers.push_back(*SystemClock::instance().start_thread("caller", [&] {
      auto answer = rest_call(url_of(*server), {"GET", "/"}, "", Millis(30'000));
      EXPECT_TRUE(answer && answer->body == "all are here");
    }));
  }
  callers.clear();
}

TEST(RestServer, what_is_under_way_is_answered_before_it_ends) {
  Mutex mutex;
  Condition changed(SystemClock::instance());
  bool is_inside = false;
  bool is_let_go = false;
  auto server = serve({}, [&](const RestRequest&) {
    MutexLock lock(mutex);
    is_inside = true;
    changed.notify_all();
    while (!is_let_go) changed.wait(mutex);
    return RestAnswer{200, "late"};
  });
  const std::string url = url_of(*server);
  auto caller = *SystemClock::instance().start_thread("caller", [&] {
    auto answer = rest_call(url, {"GET", "/"}, "", Millis(30'000));
    EXPECT_TRUE(answer && answer->body == "late");
  });
  auto stopper = *SystemClock::instance().start_thread("stopper", [&] {
    {
      MutexLock lock(mutex);
      while (!is_inside) changed.wait(mutex);
    }
    auto release = *SystemClock::instance().start_thread("release", [&] {
      while (rest_call(url, {"GET", "/"}, "", Millis(100)).has_value()) continue;  // until nobody is let in
      MutexLock lock(mutex);
      is_let_go = true;
      changed.notify_all();
    });
    server.reset();
  });
  stopper.reset();
  caller.reset();
}

TEST(RestServer, whoever_does_not_bring_the_token_is_refused) {
  const auto server = serve({.token = "open sesame"});
  EXPECT_EQ(rest_call(url_of(*server), {"GET", "/"}, "", Millis(30'000))->status, 401);
  EXPECT_EQ(rest_call(url_of(*server), {"GET", "/"}, "open sesam", Millis(30'000))->status, 401);
  EXPECT_EQ(rest_call(url_of(*server), {"GET", "/"}, "open sesamf", Millis(30'000))->status, 401);
  EXPECT_EQ(rest_call(url_of(*server), {"GET", "/"}, "open sesame", Millis(30'000))->status, 200);
  EXPECT_TRUE(is_same_token("abc", "abc"));
  EXPECT_FALSE(is_same_token("abd", "abc"));
  EXPECT_FALSE(is_same_token("ab", "abc"));
  EXPECT_FALSE(is_same_token("abcd", "abc"));
  EXPECT_FALSE(is_same_token("", "abc"));
}

TEST(RestServer, other_machines_need_a_token) {
  for (const char* host : {"0.0.0.0", "192.0.2.1"}) {
    auto open = RestServer::start({.at = {host, 0}}, echo);
    ASSERT_FALSE(open) << host;
    EXPECT_EQ(open.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(open.error().detail, HasSubstr("token"));
  }
  EXPECT_TRUE(RestServer::start({.at = {"0.0.0.0", 0}, .token = "t"}, echo));
  for (const char* host : {"127.0.0.1", "127.3.4.5", "::1", "localhost"}) EXPECT_TRUE(is_loopback_host(host)) << host;
  for (const char* host : {"0.0.0.0", "10.0.0.1", "example.org", "::"}) EXPECT_FALSE(is_loopback_host(host)) << host;
}

TEST(RestServer, a_body_that_is_too_large_is_refused) {
  const auto server = serve({.max_body_bytes = 1'000});
  EXPECT_EQ(rest_call(url_of(*server), {"PUT", "/", std::string(1'000, 'x')}, "", Millis(30'000))->status, 200);
  EXPECT_EQ(rest_call(url_of(*server), {"PUT", "/", std::string(1'001, 'x')}, "", Millis(30'000))->status, 413);
}

TEST(RestServer, what_comes_beyond_the_connections_is_closed) {
  const auto server = serve({.max_connections = 0});
  EXPECT_EQ(rest_call(url_of(*server), {"GET", "/"}, "", Millis(30'000)).error().code, ErrorCode::unavailable);
}

TEST(RestServer, who_asks_nothing_is_closed) {
  const auto server = serve({.max_wait = Millis(20)});
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(server->endpoint().port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  char byte;
  EXPECT_EQ(::read(client, &byte, 1), 0);
  ::close(client);
}

TEST(RestServer, a_server_that_is_not_there_or_does_not_answer_is_an_error) {
  std::string url;
  {
    const auto server = serve({});
    url = url_of(*server);
  }
  EXPECT_EQ(rest_call(url, {"GET", "/"}, "", Millis(30'000)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(rest_call("ftp://x:1", {"GET", "/"}, "", Millis(30'000)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(rest_call("http://x", {"GET", "/"}, "", Millis(30'000)).error().code, ErrorCode::invalid_argument);
  const auto slow = serve({}, [](const RestRequest&) {
    const auto parker = SystemClock::instance().make_parker();
    (void)parker->park(SystemClock::instance().deadline_ns(Millis(200)));
    return RestAnswer{};
  });
  EXPECT_EQ(rest_call(url_of(*slow), {"GET", "/"}, "", Millis(10)).error().code, ErrorCode::timed_out);
}

}  // namespace
}  // namespace weir::connect::rest_server_test
