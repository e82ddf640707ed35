// What an application tells of itself while it runs and afterwards, with default options.
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::metrics_app_test {
namespace {

using MetricsAppTest = testing_log::LogFixture;

std::uint64_t value_of(const App& app, std::string_view name) {
  for (const Metric& metric : app.metrics()) {
    if (metric.row.name == name) return metric.value;
  }
  ADD_FAILURE() << "no row is called " << name;
  return 0;
}

TEST_F(MetricsAppTest, an_application_tells_what_it_did_and_what_it_holds) {
  create("in", 3);
  create("out", 1);
  Builder builder;
  builder.stream<std::string, std::string>("in").group_by_key().count({.store = "c"}).to_stream().to("out");
  App app(builder.build(), log(), {.application_id = "app", .state_directory = state_.string()});
  EXPECT_EQ(value_of(app, "running"), 0u);
  for (int i = 0; i < 90; ++i) send("in", "v", i % 3, "k" + std::to_string(i));
  std::thread running([&] { EXPECT_TRUE(app.run()); });
  while (read_all("out").size() < 90) std::this_thread::yield();
  while (value_of(app, "uncommitted") > 0 || value_of(app, "running") < 3) std::this_thread::yield();
  EXPECT_EQ(value_of(app, "processed"), 90u);
  EXPECT_EQ(value_of(app, "restoring"), 0u);
  EXPECT_GT(value_of(app, "row_memory"), 90u * 64);
  EXPECT_EQ(value_of(app, "fetched_memory"), 0u);
  const std::string text = prometheus_text("weir_streams", app.metrics());
  EXPECT_NE(text.find("weir_streams_sent_records_total{application=\"app\"} 90\n"), std::string::npos) << text;
  app.stop();
  running.join();
  EXPECT_EQ(value_of(app, "processed"), 90u);
  EXPECT_EQ(value_of(app, "sent"), app.statistics().sent);
  EXPECT_EQ(value_of(app, "running"), 0u);
  EXPECT_EQ(value_of(app, "row_memory"), 0u);
}

}  // namespace
}  // namespace weir::streams::metrics_app_test
