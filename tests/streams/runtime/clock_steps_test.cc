// The wall clock is set while an application runs: what waits for a time that is so long from now does not wait longer.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "log/log.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::clock_steps_test {
namespace {

// The system's, whose wall clock can be set.
class SettableClock final : public Clock {
 public:
  std::int64_t wall_ms() const override { return SystemClock::instance().wall_ms() + step_ms_; }
  std::int64_t monotonic_ns() const override { return SystemClock::instance().monotonic_ns(); }
  void step_wall(Millis by) { step_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> step_ms_ = 0;
};

class ClockStepsTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    shut();
    log::OpenOptions chosen;
    chosen.files = files_.get();
    chosen.clock = &clock_;
    auto opened = log::open("data", chosen);
    ASSERT_TRUE(opened) << opened.error().to_string();
    stepped_.emplace(*std::move(opened));
    for (const char* topic : {"in", "out"}) ASSERT_TRUE(stepped_->admin()->create_topic({topic, 1, {}}));
  }
  void TearDown() override {
    stepped_.reset();
    LogFixture::TearDown();
  }

  // Runs until it stops itself; ended from outside when that takes too long.
  void run(Topology topology) {
    App app(std::move(topology), *stepped_, options("stepped"));
    app_ = &app;
    std::promise<void> ended;
    std::thread guard([&app, has_ended = ended.get_future()] {
      if (has_ended.wait_for(std::chrono::seconds(30)) == std::future_status::ready) return;
      ADD_FAILURE() << "it waits for a clock that was set back";
      app.stop();
    });
    auto done = app.run();
    ended.set_value();
    guard.join();
    EXPECT_TRUE(done) << done.error().to_string();
  }

  SettableClock clock_;
  std::optional<log::Client> stepped_;
  App* app_ = nullptr;
};

TEST_F(ClockStepsTest, a_timer_of_the_wall_clock_waits_for_its_interval_and_not_for_an_hour_more) {
  using Context = ProcessorContext<std::string, std::string>;
  struct Tick {
    SettableClock* clock;
    App** app;
    int calls = 0;
    void open(Context& context) {
      context.schedule(Millis(5), TimerClock::wall_clock, [this](std::int64_t) {
        ++calls;
        if (calls == 2) clock->step_wall(-std::chrono::hours(1));
        if (calls == 3) clock->step_wall(std::chrono::hours(2));
        if (calls == 5) (*app)->stop();
      });
    }
    void process(Context&, const ProcessorRecord<std::string, std::string>&) {}
  };
  Builder builder;
  builder.stream<std::string, std::string>("in").process<std::string, std::string>(Tick{&clock_, &app_}).to("out");
  run(builder.build());
}

TEST_F(ClockStepsTest, a_result_is_waited_for_as_long_as_its_time_out_says) {
  auto producer = *stepped_->producer();
  ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), 1, "k", "never"));
  ASSERT_TRUE(producer->flush());
  std::vector<AsyncResult<std::string>> open;  // kept: one that is dropped is an error of another kind
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .map_async<std::string>(
          [&](const std::string&, AsyncResult<std::string> result) {
            open.push_back(std::move(result));
            clock_.step_wall(-std::chrono::hours(1));
          },
          {.on_error = dead_letter("out"), .timeout = Millis(20)})
      .peek([](const std::string&, const std::string&) { FAIL() << "there is no result"; });
  builder.stream<std::string, std::string>("out").peek([&](const std::string&, const std::string&) { app_->stop(); });
  run(builder.build());
}

}  // namespace
}  // namespace weir::streams::clock_steps_test
