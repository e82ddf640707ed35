// Power cuts under a whole application and the default durability: what a cut may take is the last sync interval. After
// it the application goes on with state that is just what its input holds, or it stops and says what is missing; it
// never counts a record twice, and never leaves one out that is there.
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include <gtest/gtest.h>

#include "log/embedded/transport.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams::power_cut_app_test {
namespace {

using Text = std::string;

Topology counting() {
  Builder builder;
  builder.stream<Text, Text>("in").group_by_key().count({.store = "counts", .in_memory = true}).to_stream().to("out");
  return builder.build();
}

class PowerCutAppTest : public testing_log::LogFixture {
 protected:
  static constexpr int kKeys = 3;

  // An application that runs while records come; nothing is synced but by the clock.
  void live(const Topology& topology, int records) {
    open_with(Millis(15));
    create("in", 1);
    create("out", 1);
    AppOptions chosen = options("app");
    chosen.commit_interval = Millis(5);
    App app(topology, log(), chosen);
    Result<> ended;
    std::thread running([&] { ended = app.run(); });
    for (int i = 0; i < records; ++i) send("in", "v", 0, "k" + std::to_string(i % kKeys));
    while (app.statistics().processed < static_cast<std::uint64_t>(records) && ended) std::this_thread::yield();
    app.stop();
    running.join();
    ASSERT_TRUE(ended) << ended.error().to_string();
    shut();
    history_ = std::move(files_);
    files_ = std::make_unique<MemoryFileSystem>();
  }

  // What a cut left, found by another boot of the kernel.
  void open_left(std::unique_ptr<MemoryFileSystem> left) {
    client_.reset();
    left_ = std::move(left);
    log::broker::BrokerOptions chosen;
    chosen.flush = log::broker::Flush::at_intervals;
    chosen.producers_are_local = true;
    chosen.boot_id = "after the cut";
    auto broker = log::broker::Broker::open(*left_, "data", SystemClock::instance(), chosen);
    ASSERT_TRUE(broker) << broker.error().to_string();
    client_ = std::make_unique<log::Client>(std::make_shared<log::embedded::EmbeddedTransport>(*std::move(broker)),
                                            SystemClock::instance(), "data");
  }
  void TearDown() override {
    client_.reset();
    LogFixture::TearDown();
  }

  log::Client& after() { return *client_; }

  // False: it stopped, and said why.
  bool goes_on(const Topology& topology) {
    std::filesystem::remove_all(state_);
    App app(topology, after(), options("app"));
    auto done = app.run_to_end();
    if (done) return true;
    const std::string why = done.error().to_string();
    const bool says_why = why.find("are not there any more") != Text::npos || why.find("others now") != Text::npos ||
                          why.find("lost rows") != Text::npos || why.find("lost the end") != Text::npos ||
                          why.find("was deleted since") != Text::npos || why.find("is gone") != Text::npos ||
                          why.find("unknown_topic_or_partition") != Text::npos;
    EXPECT_TRUE(says_why) << why;
    return false;
  }

  // One more record of each key shows what the state holds, whatever became of older results.
  void check_state(const Topology& topology) {
    auto producer = *after().producer();
    for (int key = 0; key < kKeys; ++key) {
      ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), 1'000, "k" + std::to_string(key), "v"));
    }
    ASSERT_TRUE(producer->flush());
    ASSERT_TRUE(goes_on(topology)) << "what went on once goes on";
    std::map<Text, std::int64_t> held;
    for (const auto& record : read_all("in", after())) ++held[record.key];
    EXPECT_EQ(last_counts(read_all("out", after())), held);
  }

  void cut(const Topology& topology, std::size_t draws, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    int went_on = 0;
    for (std::size_t draw = 0; draw < draws && !HasFailure(); ++draw) {
      const std::size_t at = 1 + random() % history_->operation_count();
      SCOPED_TRACE(testing::Message() << "draw " << draw << ", after " << at << " operations");
      open_left(
          history_->cut_after(at, draw % 2 == 0 ? 512 : 4096, [&](std::size_t options) { return random() % options; }));
      if (HasFatalFailure()) return;
      if (!after().admin()->describe_topic("in") || !after().admin()->describe_topic("out")) continue;
      if (!goes_on(topology)) continue;
      ++went_on;
      check_state(topology);
    }
    RecordProperty("went_on", went_on);
    EXPECT_GT(went_on, 0);
  }

  std::unique_ptr<MemoryFileSystem> history_;
  std::unique_ptr<MemoryFileSystem> left_;
  std::unique_ptr<log::Client> client_;  // of what is left
};

std::size_t draws() {
  return std::getenv("WEIR_SOAK") != nullptr ? 3'000 : 100;
}

TEST_F(PowerCutAppTest, a_count_is_what_its_input_holds_or_the_application_says_what_is_missing) {
  live(counting(), 300);
  cut(counting(), draws(), 1);
}

}  // namespace
}  // namespace weir::streams::power_cut_app_test
