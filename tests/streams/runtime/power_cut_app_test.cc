// Power cuts under whole applications, with the default durability, where what a cut may take is the last sync
// interval, and with topics that differ in theirs. After it the application goes on with state that is just what its
// input holds, or it stops and says what is missing; it never counts a record twice, and never leaves one out that is
// there. What lies between its stages may be gone or not; it counts as its own.
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

// Counts by what the values say, so that a topic of the application's own lies before the count.
Topology counting_values() {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by([](const Text&, const Text& value) { return value; })
      .count({.store = "counts", .in_memory = true})
      .to_stream()
      .to("out");
  return builder.build();
}

// Two stages of state, each behind a topic of its own: how often each count was reached.
Topology counting_counts() {
  Builder builder;
  builder.stream<Text, Text>("in")
      .group_by([](const Text&, const Text& value) { return value; })
      .count({.store = "counts", .in_memory = true})
      .to_stream()
      .select_key([](const Text& group, std::int64_t) { return "all of " + group; })
      .group_by_key()
      .count({.store = "updates", .in_memory = true})
      .to_stream()
      .to("out");
  return builder.build();
}

using testing_log::ReadRecord;
Text by_key(const ReadRecord& record) {
  return record.key;
}
Text by_value(const ReadRecord& record) {
  return *record.value;
}
Text by_all_of_value(const ReadRecord& record) {
  return "all of " + *record.value;
}

class PowerCutAppTest : public testing_log::LogFixture {
 protected:
  static constexpr int kKeys = 3;
  using Configs = std::map<std::string, std::string>;

  void create_topic(const std::string& name, Configs configs) {
    auto created = log().admin()->create_topic({name, 1, std::move(configs)});
    ASSERT_TRUE(created) << created.error().to_string();
  }

  // An application that runs while records come; nothing is synced but by the clock, and by topics that say so.
  void live(const Topology& topology, int records, const Configs& in = {}, const Configs& out = {}) {
    sent_ = records;
    open_with(Millis(15));
    create_topic("in", in);
    create_topic("out", out);
    AppOptions chosen = options("app");
    chosen.commit_interval = Millis(5);
    App app(topology, log(), chosen);
    Result<> ended;
    std::thread running([&] { ended = app.run(); });
    for (int i = 0; i < records; ++i) send("in", "v" + std::to_string(i % 2), 0, "k" + std::to_string(i % kKeys));
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

  // One more record of each key and value shows what the state holds, whatever became of older results.
  void check_state(const Topology& topology, Text (*group)(const ReadRecord&)) {
    auto producer = *after().producer();
    for (int key = 0; key < kKeys; ++key) {
      const Text value = "v" + std::to_string(key % 2);
      ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), 1'000, "k" + std::to_string(key), Bytes(value)));
    }
    ASSERT_TRUE(producer->flush());
    ASSERT_TRUE(goes_on(topology)) << "what went on once goes on";
    std::map<Text, std::int64_t> held;
    for (const auto& record : read_all("in", after())) ++held[group(record)];
    const auto counted = last_counts(read_all("out", after()));
    if (!may_forget_) {
      EXPECT_EQ(counted, held);
      return;
    }
    for (const auto& [name, count] : held) {
      ASSERT_TRUE(counted.contains(name)) << name;
      EXPECT_GE(counted.at(name), count) << name;
      EXPECT_LE(counted.at(name), count + sent_) << name;
    }
  }

  void cut(const Topology& topology, std::size_t draws, std::uint64_t seed, Text (*group)(const ReadRecord&) = by_key) {
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
      check_state(topology, group);
    }
    RecordProperty("went_on", went_on);
    EXPECT_GT(went_on, 0);
  }

  // The input may lose what was counted, and its results stay: each record was counted once when it was there.
  bool may_forget_ = false;
  int sent_ = 0;
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

TEST_F(PowerCutAppTest, so_is_a_count_behind_a_topic_of_the_applications_own) {
  live(counting_values(), 200);
  cut(counting_values(), draws(), 2, by_value);
}

TEST_F(PowerCutAppTest, so_is_a_count_of_a_count) {
  live(counting_counts(), 200);
  cut(counting_counts(), draws(), 3, by_all_of_value);
}

TEST_F(PowerCutAppTest, so_it_is_where_the_input_is_safer_than_what_follows_from_it) {
  live(counting_values(), 100, {{"durability", "fsync"}}, {{"durability", "os"}});
  cut(counting_values(), draws(), 4, by_value);
}

TEST_F(PowerCutAppTest, where_the_output_is_safer_than_the_input_nothing_that_is_there_is_left_out_or_counted_twice) {
  may_forget_ = true;
  live(counting_values(), 100, {{"durability", "os"}}, {{"durability", "fsync"}});
  cut(counting_values(), draws(), 5, by_value);
}

TEST_F(PowerCutAppTest, so_it_is_beside_a_topic_that_is_synced) {
  open_with(Millis(15));
  create_topic("other", {{"durability", "fsync"}});
  live(counting_values(), 200);
  cut(counting_values(), 2 * draws(), 6, by_value);
}

}  // namespace
}  // namespace weir::streams::power_cut_app_test
