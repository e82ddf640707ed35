#include "log/base/logging.h"

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include "log/base/log_line.h"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Logging : public testing::Test {
 protected:
  void TearDown() override {
    set_log_sink(nullptr);
    set_log_level(LogLevel::info);
  }
};

TEST_F(Logging, goes_to_standard_error_and_nowhere_else) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  log_line::warn("{} of {}", 1, "topic");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("1 of topic"));
  EXPECT_THAT(testing::internal::GetCapturedStdout(), IsEmpty());
}

TEST_F(Logging, a_sink_of_the_users_own_takes_every_message_from_the_level_on) {
  std::vector<std::string> seen;
  set_log_sink([&](LogLevel level, std::string_view message) {
    seen.push_back(std::string(name_of(level)) + " " + std::string(message));
  });
  testing::internal::CaptureStderr();
  log_line::debug("a");
  log_line::info("b");
  set_log_level(LogLevel::debug);
  log_line::debug("c");
  set_log_level(LogLevel::error);
  log_line::warn("d");
  log_line::error("e");
  set_log_level(LogLevel::off);
  log_line::error("f");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
  EXPECT_THAT(seen, ElementsAre("info b", "debug c", "error e"));
}

TEST_F(Logging, what_a_sink_refuses_is_not_lost) {
  set_log_sink([](LogLevel, std::string_view) { throw std::runtime_error("full"); });
  testing::internal::CaptureStderr();
  log_line::warn("kept");
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("kept"));
}

TEST_F(Logging, leaves_the_programs_own_logging_alone) {
  log_line::info("first");
  EXPECT_EQ(spdlog::get("weir"), nullptr);
  EXPECT_TRUE(spdlog::default_logger()->name().empty());
}

TEST_F(Logging, levels_have_names) {
  for (auto level : {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
    EXPECT_EQ(log_level_named(name_of(level)), level);
  }
  EXPECT_EQ(log_level_named("loud"), std::nullopt);
}

}  // namespace
}  // namespace weir
