// Policies for errors over a log: letters and retries are part of the transaction, and survive restarts.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class ErrorsTest : public testing_log::LogFixture {
 protected:
  std::vector<std::string> values(const std::string& topic) {
    std::vector<std::string> values;
    for (const auto& record : read_all(topic)) values.push_back(record.value.value_or("(null)"));
    return values;
  }
};

using Values = std::vector<std::string>;

TEST_F(ErrorsTest, a_letter_is_seen_with_the_commit_and_not_without_it) {
  create("in", 1);
  create("out", 1);
  create("letters", 1);
  bool breaks = true;
  Builder builder;
  builder.stream<NoKey, std::string>("in")
      .map_values(
          [](const std::string& value) {
            if (value == "bad") throw std::runtime_error("no");
            return value;
          },
          {.on_error = dead_letter("letters")})
      .map_values([&breaks](const std::string& value) {
        if (breaks && value == "fatal") throw std::runtime_error("the run ends");
        return value;
      })
      .to("out");
  for (const char* value : {"a", "bad", "fatal"}) send("in", value);
  App first(builder.build(), log(), options("letters"));
  EXPECT_FALSE(first.run_to_end());
  EXPECT_EQ(values("letters"), Values{});
  EXPECT_EQ(values("out"), Values{});
  breaks = false;
  App second(builder.build(), log(), options("letters"));
  ASSERT_TRUE(second.run_to_end());
  EXPECT_EQ(values("letters"), Values{"bad"});
  EXPECT_EQ(values("out"), (Values{"a", "fatal"}));
  EXPECT_EQ(second.statistics().dead_lettered, 1u);
}

TEST_F(ErrorsTest, a_last_record_that_does_not_decode_becomes_a_letter_once) {
  create("in", 1);
  create("out", 1);
  create("letters", 1);
  Builder builder;
  builder.stream<NoKey, std::int64_t>("in").to("out");
  send("in", "no number");
  for (int run = 0; run < 2; ++run) {
    AppOptions chosen = options("numbers");
    chosen.errors.decoding = dead_letter("letters");
    App app(builder.build(), log(), chosen);
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  EXPECT_EQ(values("letters"), Values{"no number"});
}

TEST_F(ErrorsTest, a_topic_for_letters_that_is_missing_is_named_before_anything_is_done) {
  create("in", 1);
  create("out", 1);
  Builder builder;
  builder.stream<NoKey, std::string>("in").filter([](const std::string&) { return true; },
                                                  {.on_error = dead_letter("nowhere")});
  App app(builder.build(), log(), options("letters"));
  auto done = app.run_to_end();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_NE(done.error().to_string().find("nowhere"), std::string::npos);
}

TEST_F(ErrorsTest, what_was_put_off_is_taken_up_by_the_next_run) {
  create("in", 2);
  create("out", 1);
  bool is_down = true;
  App* running = nullptr;
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_values(
          [&](const std::string& value) {
            if (is_down) throw std::runtime_error("the other side is down");
            if (running != nullptr) running->stop();
            return value;
          },
          {.name = "call", .on_error = retry_later({.attempts = 1, .backoff = Millis(1)})})
      .to("out");
  send("in", "x", 1, "k");
  {
    App app(builder.build(), log(), options("calls"));
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_EQ(app.statistics().retried_later, 1u);
  }
  EXPECT_EQ(values("out"), Values{});
  is_down = false;
  App app(builder.build(), log(), options("calls"));
  running = &app;
  auto done = app.run();
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(values("out"), Values{"x"});
}

}  // namespace
}  // namespace weir::streams
