// Times that are too many for what stands beside an offset: they are kept in a store, and survive a restart there.
#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

class TimesTest : public testing_log::LogFixture {};

using Context = ProcessorContext<std::string, std::string>;
using Input = ProcessorRecord<std::string, std::string>;

struct EveryTen {
  void open(Context& context) {
    context.schedule(Millis(10), TimerClock::stream_time,
                     [&context](std::int64_t now_ms) { context.forward("at", std::to_string(now_ms)); });
  }
  void process(Context&, const Input&) {}
};

Topology with_timers(int processors) {
  Builder builder;
  auto in = builder.stream<std::string, std::string>("in");
  for (int i = 0; i < processors; ++i) {
    const std::string name = "a-processor-with-quite-a-long-name-" + std::to_string(i);
    auto out = in.process<std::string, std::string>(EveryTen{}, {.name = name});
    if (i == 0) out.to("out");
  }
  return builder.build();
}

TEST_F(TimesTest, a_few_stand_beside_the_offset_and_many_in_a_store) {
  EXPECT_TRUE(with_timers(3).stores().empty());
  Topology many = with_timers(80);
  ASSERT_EQ(many.stores().size(), 1u);
  EXPECT_EQ(many.stages().front().times_store, "in-times");
}

TEST_F(TimesTest, timers_go_on_where_they_stood_however_many_there_are) {
  create("in", 1);
  create("out", 1);
  for (int run = 0; run < 5; ++run) {
    for (int i = 0; i < 5; ++i) send("in", "x", 0, "k");  // 1 ms later each
    App app(with_timers(80), log(), options("timers"));
    auto done = app.run_to_end();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  std::vector<std::string> values;
  for (const auto& record : read_all("out")) values.push_back(*record.value);
  EXPECT_EQ(values, (std::vector<std::string>{"1", "10", "20"}));
}

}  // namespace
}  // namespace weir::streams
