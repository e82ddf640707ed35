// What becomes of an application's state when it is stopped where it hurts: between a commit and the apply, in the
// middle of a transaction, with a log that lost its tail, with a family of RocksDB flushed and another not.
#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "streams/runtime/commit.h"
#include "streams/runtime/testing/memory_collector.h"
#include "streams/streams.h"
#include "tests/streams/runtime/log_fixture.h"

namespace weir::streams {
namespace {

Topology counts_of(const std::string& topic) {
  Builder builder;
  builder.stream<std::string, std::string>(topic).group_by_key().count({.store = "counts"}).to_stream().to("out");
  return builder.build();
}

class StateTest : public testing_log::LogFixture {
 protected:
  void SetUp() override {
    LogFixture::SetUp();
    create("in", 1);
    create("out", 1);
  }
  void send_keys(int times) {
    for (int i = 0; i < times; ++i) send("in", "v", 0, "k" + std::to_string(i % 3));
  }
  // Runs to the end; an application that has no time to apply leaves RocksDB behind its changelog.
  std::vector<RestoreReport> run(bool applies) {
    AppOptions chosen = options("counting");
    chosen.apply_interval = applies ? Millis(0) : Millis(1'000'000);
    chosen.on_missing_state = missing_state_;
    App app(counts_of("in"), log(), chosen);
    auto done = app.run_to_end();
    EXPECT_TRUE(done) << done.error().to_string();
    return app.restored();
  }
  std::int64_t total() {
    std::int64_t sum = 0;
    for (const auto& [key, count] : last_counts(read_all("out"))) sum += count;
    return sum;
  }

  MissingState missing_state_ = MissingState::stop;
};

TEST_F(StateTest, a_stop_between_a_commit_and_the_apply_is_made_good_from_the_changelog) {
  send_keys(30);
  std::thread running;
  AppOptions chosen = options("counting");
  chosen.apply_interval = Millis(1'000'000);
  App app(counts_of("in"), log(), chosen);
  running = std::thread([&] { (void)app.run(); });
  while (total() < 30) std::this_thread::yield();
  kill();  // committed, not applied
  std::filesystem::copy(state_, state_.string() + "-killed", std::filesystem::copy_options::recursive);
  app.stop();
  running.join();
  reopen();
  std::filesystem::remove_all(state_);
  std::filesystem::rename(state_.string() + "-killed", state_);

  send_keys(3);
  auto restored = run(true);
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0].rebuilt_because, std::nullopt);
  EXPECT_GT(restored[0].records, 0u) << "the changelog was read again";
  EXPECT_EQ(total(), 33);
}

TEST_F(StateTest, a_store_that_was_applied_reads_nothing_again) {
  send_keys(30);
  run(true);
  auto restored = run(true);
  ASSERT_EQ(restored.size(), 1u);
  EXPECT_EQ(restored[0].records, 0u);
  EXPECT_GT(restored[0].from, log::Offset(0));
}

TEST_F(StateTest, a_store_ahead_of_a_log_that_lost_its_tail_is_rebuilt_and_says_why) {
  send_keys(30);
  run(true);
  auto before = files_->crashed(CrashModel::power_cut());
  send_keys(30);
  run(true);
  EXPECT_EQ(total(), 60);

  survivors_ = std::move(before);  // the power went: the log is as it was synced, RocksDB has more
  reopen();
  std::int64_t held = total();
  EXPECT_LT(held, 60);
  send_keys(3);
  auto restored = run(true);
  ASSERT_EQ(restored.size(), 1u);
  ASSERT_TRUE(restored[0].rebuilt_because.has_value());
  EXPECT_FALSE(restored[0].rebuilt_because->empty());
}

TEST_F(StateTest, a_changelog_that_was_made_anew_is_not_mixed_with_the_old_store) {
  send_keys(30);
  run(true);
  ASSERT_TRUE(log().admin()->delete_topic("counting-counts-changelog"));
  missing_state_ = MissingState::take_what_is_there;
  auto restored = run(true);
  ASSERT_EQ(restored.size(), 1u);
  ASSERT_TRUE(restored[0].rebuilt_because.has_value());
  EXPECT_NE(restored[0].rebuilt_because->find("made anew"), std::string::npos) << *restored[0].rebuilt_because;
}

TEST_F(StateTest, an_aborted_transaction_leaves_the_overlay_as_it_was_committed) {
  Topology topology = counts_of("in");
  Plan plan = *make_plan(topology, "test", {[](const std::string&) -> Result<std::int32_t> {
                           return 1;
                         }});
  MemoryCollector collector(1);
  auto task = *Task::open(plan, {0, log::PartitionIndex(0)}, collector, {});
  auto& store = task->key_value_store("counts");
  log::Offset offset(0);
  auto feed = [&](const std::string& key) {
    log::BatchBuilder builder;
    builder.add(1, key, "v");
    auto batch = *builder.seal({});
    task->queues().front().add({{"in", log::PartitionIndex(0)}, 0, batch, log::Offset(0)});
    EXPECT_EQ(*task->process(10), 1u);
  };
  feed("a");
  Task* const tasks[] = {task.get()};
  ASSERT_EQ(commit(collector, tasks).end, CommitEnd::committed);

  feed("a");
  feed("b");
  EXPECT_EQ(*store.find("a")->value_as<std::int64_t>(), 2);
  task->undo();
  EXPECT_EQ(*store.find("a")->value_as<std::int64_t>(), 1);
  EXPECT_EQ(store.find("b"), nullptr);
  EXPECT_EQ(task->usage().dirty_rows, 0u);
}

// Two stores of one task: one family is flushed, the other is not, and the process dies. Each position must say what
// its own family holds. The process that dies is this program again, told by its environment what it is there for.
constexpr const char* kDoomed = "WEIR_TEST_DOOMED_DATABASE";
constexpr int kRows = 2'000;
const std::vector<std::string> kStores{"flushed", "not-flushed"};

[[noreturn]] void write_and_die(const std::string& path) {
  auto database = state::RocksDatabase::open(path, kStores);
  if (!database) ::_exit(1);
  for (const auto& store : kStores) {
    auto backing = state::RocksDatabase::backing(*database, store);
    for (int i = 0; i < kRows; ++i) {
      const std::string value = "value";
      const OwnedBytes key_and_value = "key-" + std::to_string(1'000'000 + i) + value;
      const state::EncodedRow row(key_and_value.data(), key_and_value.size() - value.size(), value.size());
      state::Position position{log::TopicId{}, log::LeaderEpoch(1), log::Offset(i + 1), 7};
      if (!backing->apply(std::span(&row, 1), {}, position)) ::_exit(2);
    }
    if (store == "flushed" && !backing->flush()) ::_exit(3);
  }
  ::kill(::getpid(), SIGKILL);
  ::_exit(4);
}

TEST(RocksDatabase, families_that_were_flushed_apart_tell_their_own_positions_after_a_kill) {
  if (const char* doomed = ::getenv(kDoomed)) write_and_die(doomed);
  const auto path = std::filesystem::temp_directory_path() / ("weir-families-" + std::to_string(::getpid()));
  std::filesystem::remove_all(path);
  const auto* self = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = std::string(kDoomed) + "='" + path.string() + "' exec '" + program +
                              "' --gtest_filter=" + self->test_suite_name() + "." + self->name() + " >/dev/null";
  int status = std::system(command.c_str());
  ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 128 + SIGKILL) << "it ended with " << WEXITSTATUS(status);

  auto database = *state::RocksDatabase::open(path.string(), kStores);
  for (const auto& store : kStores) {
    auto backing = state::RocksDatabase::backing(database, store);
    auto position = *backing->position();
    std::int64_t rows = 0;
    for (auto at = backing->scan({}, {}, state::ScanOrder::forward); at->valid(); at->next()) ++rows;
    EXPECT_EQ(rows, position ? position->next.value() : 0) << store;
    if (store == "flushed") {
      EXPECT_EQ(rows, kRows);
    }
  }
  database.reset();
  std::filesystem::remove_all(path);
}

TEST_F(StateTest, windows_decide_after_a_restart_as_if_there_had_been_none) {
  Builder builder;
  builder.stream<std::string, std::string>("in")
      .group_by_key()
      .windowed_by(tumbling(Millis(100)).grace(Millis(50)))
      .count({.store = "windows"})
      .to_stream()
      .to("out");
  Topology topology = builder.build();
  auto producer = *log().producer();
  auto send_at = [&](std::int64_t time) {
    ASSERT_TRUE(producer->send("in", log::PartitionIndex(0), time, Bytes("k"), Bytes("v")));
    ASSERT_TRUE(producer->flush());
    App app(topology, log(), options("windowing"));
    ASSERT_TRUE(app.run_to_end());
    // The time that was seen outlives the run.
    EXPECT_EQ(app.statistics().dropped_late, time == 40 ? 1u : 0u);
  };
  for (std::int64_t time : {10, 120, 160, 40, 130}) send_at(time);
  EXPECT_EQ(read_all("out").size(), 4u);
}

}  // namespace
}  // namespace weir::streams
