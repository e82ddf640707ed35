// What an application says by itself, once, where nothing comes of its work.
#include <mutex>

#include <gtest/gtest.h>

#include "log/base/logging.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class HintsAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    set_log_sink([this](LogLevel, std::string_view message) {
      std::lock_guard lock(mutex_);
      said_.emplace_back(message);
    });
  }
  void TearDown() override {
    set_log_sink(nullptr);
    LogFixture::TearDown();
  }
  std::size_t times_said(std::string_view part) {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        said_.begin(), said_.end(), [&](const std::string& one) { return one.find(part) != std::string::npos; }));
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> said_;
};

// A table that is filled later than its stream, as one is whose rows are stamped when a connector reads them.
TEST_F(HintsAppTest, rows_that_come_after_their_records_are_told_once) {
  for (const char* topic : {"purchases", "customers", "out"}) create(topic, 1);
  for (int i = 0; i < 200; ++i) send("purchases", "p", 0, "k" + std::to_string(i % 10));
  for (int i = 0; i < 10; ++i) send("customers", "c", 0, "k" + std::to_string(i));
  Builder builder;
  auto customers = builder.table<std::string, std::string>("customers", {.store = "customers"});
  builder.stream<std::string, std::string>("purchases")
      .join(customers, [](const std::string& purchase, const std::string& customer) { return purchase + customer; })
      .to("out");
  App app(builder.build(), log(), options("unmatched"));
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(app.statistics().unmatched, 200u);
  EXPECT_EQ(app.statistics().matched, 0u);
  EXPECT_EQ(times_said("none of 200 records"), 1u);
  ASSERT_TRUE(app.run_to_end());
  EXPECT_EQ(times_said("none of 200 records"), 1u);
}

}  // namespace
}  // namespace weir::streams
