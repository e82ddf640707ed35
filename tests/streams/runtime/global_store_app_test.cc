// Global tables and stores on disk in applications: a restart reads on from where they stand, or says why it does not.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

using Text = std::string;
using Sums = KeyValueStore<Text, std::int64_t>;

class GlobalStoreAppTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("numbers", 3);
    create("asked", 1);
    create("out", 1);
  }

  // The sum of each key's numbers, which shows a record that is taken up twice, or not at all.
  Topology sums(bool in_memory) {
    Builder builder;
    builder.add_global_store<Sums, Text, Text>(
        "numbers",
        [this](GlobalContext& context, const ProcessorRecord<Text, Text>& number) {
          ++calls_;
          context.store<Sums>().edit(number.key()) += std::stoll(number.value());
        },
        {.store = "sums", .in_memory = in_memory});
    builder.stream<Text, Text>("asked")
        .process<Text, Text>([](ProcessorContext<Text, Text>& context, const ProcessorRecord<Text, Text>& asked) {
          const std::int64_t* sum = context.global_store<Sums>("sums")->get(asked.key());
          context.forward(asked.key(), std::to_string(sum == nullptr ? -1 : *sum));
        })
        .to("out");
    return builder.build();
  }

  void add(const Text& key, std::int64_t number, int partition) {
    send("numbers", std::to_string(number), partition, key);
    expected_[key] += number;
  }
  void add_some() {
    for (int i = 0; i < 30; ++i) add("k" + std::to_string(i % 7), i, i % 3);
  }

  std::vector<RestoreReport> run(bool in_memory = false, int threads = 1) {
    for (const auto& [key, sum] : expected_) send("asked", "?", 0, key);
    const std::size_t before = read_all("out").size();
    AppOptions chosen = options("summing");
    chosen.threads = threads;
    App app(sums(in_memory), log(), chosen);
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    std::map<Text, std::int64_t> found;
    auto records = read_all("out");
    for (std::size_t i = before; i < records.size(); ++i) found[records[i].key] = std::stoll(*records[i].value);
    EXPECT_EQ(found, expected_);
    return app.restored();
  }

  static std::int64_t read_of(const std::vector<RestoreReport>& reports) {
    std::int64_t read = 0;
    for (const auto& report : reports) read += report.store == "sums" ? report.to - report.from : 0;
    return read;
  }

  std::atomic<int> calls_ = 0;
  std::map<Text, std::int64_t> expected_;
};

TEST_F(GlobalStoreAppTest, a_restart_hands_the_processor_only_what_came_since) {
  add_some();
  run();
  EXPECT_EQ(calls_, 30);
  add("k1", 1000, 2);
  const auto reports = run();
  EXPECT_EQ(calls_, 31);
  EXPECT_LT(read_of(reports), 30);
  for (const auto& report : reports) EXPECT_EQ(report.rebuilt_because, std::nullopt);
}

TEST_F(GlobalStoreAppTest, in_memory_everything_is_handed_to_it_again_at_every_start) {
  add_some();
  run(true);
  run(true);
  EXPECT_EQ(calls_, 60);
}

TEST_F(GlobalStoreAppTest, every_thread_has_its_own_and_all_are_the_same) {
  add_some();
  run(false, 2);
  add_some();
  run(false, 2);
  run(false, 1);
}

TEST_F(GlobalStoreAppTest, when_the_log_was_killed_every_record_is_in_the_store_once) {
  for (int round = 0; round < 4; ++round) {
    add_some();
    AppOptions chosen = options("summing");
    chosen.apply_interval = Millis(1);
    App app(sums(false), log(), chosen);
    std::thread running([&] { (void)app.run(); });  // killed
    const int goal = calls_ + 10 * round;
    for (int i = 0; calls_ < goal && i < 10'000; ++i) {
      add("k" + std::to_string(i % 5), i, i % 3);
      std::this_thread::yield();
    }
    kill();
    app.stop();
    running.join();
    reopen();
    run();
    if (testing::Test::HasFailure()) return;
  }
}

TEST_F(GlobalStoreAppTest, a_topic_that_was_made_anew_is_read_from_its_beginning_and_the_reason_is_told) {
  add_some();
  run();
  ASSERT_TRUE(log().admin()->delete_topic("numbers"));
  reopen();
  create("numbers", 3);
  expected_.clear();
  for (int i = 0; i < 40; ++i) add("other", 1, i % 3);
  const auto reports = run();
  ASSERT_FALSE(reports.empty());
  EXPECT_NE(reports[0].rebuilt_because.value_or("").find("numbers was made anew"), Text::npos);
}

TEST_F(GlobalStoreAppTest, a_global_table_reads_on_and_follows_deletions_from_before_and_since) {
  auto topology = [] {
    Builder builder;
    auto names = builder.global_table<Text, Text>("numbers", {.name = "names"});
    builder.stream<NoKey, Text>("asked")
        .left_join(
            names, [](const Text& key) { return key; },
            [](const Text& key, const Text* name) { return key + "=" + (name ? *name : "?"); })
        .to("out");
    return builder.build();
  };
  auto ask = [&](std::vector<Text> keys) {
    const std::size_t before = read_all("out").size();
    for (const Text& key : keys) send("asked", key);
    App app(topology(), log(), options("naming"));
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    std::vector<Text> answers;
    auto records = read_all("out");
    for (std::size_t i = before; i < records.size(); ++i) answers.push_back(*records[i].value);
    for (const auto& report : app.restored()) EXPECT_EQ(report.rebuilt_because, std::nullopt);
    return answers;
  };
  send("numbers", "A", 0, "a");
  send("numbers", "B", 1, "b");
  send("numbers", "C", 2, "c");
  send_bytes("numbers", log::PartitionIndex(2), "c", std::nullopt);
  EXPECT_EQ(ask({"a", "b", "c"}), (std::vector<Text>{"a=A", "b=B", "c=?"}));
  send_bytes("numbers", log::PartitionIndex(1), "b", std::nullopt);
  send("numbers", "C2", 2, "c");
  EXPECT_EQ(ask({"a", "b", "c"}), (std::vector<Text>{"a=A", "b=?", "c=C2"}));
}

}  // namespace
}  // namespace weir::streams
