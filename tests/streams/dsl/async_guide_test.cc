// docs/async.md: its snippets, as they stand there, run.
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "streams/testing.h"

namespace ws = weir::streams;

namespace {

using namespace std::chrono_literals;
using ws::Builder;

std::string score(const std::string& payment) {
  return std::to_string(payment.size());
}

TEST(AsyncGuide, a_function_that_blocks) {
  Builder builder;
  // clang-format off
  builder.stream<std::string, std::string>("payments")
      .map_async(score, {.name = "score", .on_error = ws::retry(2).then(ws::dead_letter("unscored")), .timeout = 2s,
                         .threads = 16})
      .to("scores");
  // clang-format on
  ws::TestDriver driver(builder.build());
  driver.input<std::string, std::string>("payments").pipe("a", "12 euros");
  EXPECT_EQ((driver.output<std::string, std::string>("scores").read_map()),
            (std::map<std::string, std::string>{{"a", "8"}}));
}

// Answers from a thread of its own.
class Service {
 public:
  ~Service() {
    for (auto& thread : threads_) thread.join();
  }
  void ask(const std::string& question, std::function<void(const std::string&)> answer) {
    threads_.emplace_back([question, answer = std::move(answer)] { answer("because of " + question); });
  }

 private:
  std::vector<std::thread> threads_;
};

TEST(AsyncGuide, a_callable_that_answers_later) {
  Service service;
  Builder builder;
  builder.stream<std::string, std::string>("questions")
      .map_async<std::string>(
          [&service](const std::string& question, ws::AsyncResult<std::string> result) {
            service.ask(question, [result](const std::string& answer) { result.complete(answer); });
          },
          {.max_in_flight = 1'000})
      .to("answers");
  ws::TestDriver driver(builder.build());
  driver.input<std::string, std::string>("questions").pipe("a", "rain");
  EXPECT_EQ((driver.output<std::string, std::string>("answers").read_map()),
            (std::map<std::string, std::string>{{"a", "because of rain"}}));
}

TEST(AsyncGuide, a_time_out_by_hand) {
  std::vector<ws::AsyncResult<std::string>> open;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(
          [&](const std::string&, const ws::AsyncResult<std::string>& result) { open.push_back(result); },
          {.on_error = ws::skip()})
      .to("out");
  ws::TestDriver driver(builder.build(), {.waits_for_results = false});
  driver.input<std::string, std::string>("in").pipe("a", "never answered");
  driver.advance_wall_clock(10s);
  EXPECT_EQ(driver.statistics().skipped_errors, 1u);
}

TEST(AsyncGuide, every_snippet_stands_here) {
  auto squeezed = [](const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    std::string all = text.str();
    std::erase_if(all, [](unsigned char c) { return std::isspace(c); });
    return all;
  };
  const std::string here = squeezed(std::string(WEIR_TEST_DIR) + "/streams/dsl/async_guide_test.cc");
  const std::string page = squeezed(std::string(WEIR_TEST_DIR) + "/../docs/async.md");
  int snippets = 0;
  for (std::size_t at = 0; (at = page.find("```cpp", at)) != std::string::npos; ++snippets) {
    at += 6;
    const std::string snippet = page.substr(at, page.find("```", at) - at);
    EXPECT_NE(here.find(snippet), std::string::npos) << snippet;
    at += snippet.size() + 3;
  }
  EXPECT_EQ(snippets, 3);
}

}  // namespace
