// Transactions over crashes, full disks and failing syncs; see transaction_world.h for what is promised.
#include <cstdlib>

#include "sim/faulty_file.h"
#include "sim/power_cuts.h"
#include "tests/log/broker/transaction_world.h"

namespace weir::log::broker {
namespace {

bool is_soak() {
  return std::getenv("WEIR_SOAK") != nullptr;
}

BrokerOptions flushing(Flush flush, std::string boot = "boot-1") {
  BrokerOptions options;
  options.flush = flush;
  options.boot_id = std::move(boot);
  options.journal_file_bytes = 10 * 1024;  // it turns often
  return options;
}

constexpr const char* kSameBoot = "boot-1";
constexpr const char* kNextBoot = "boot-2";

// Opens what a crash left and holds it to the world's history.
void check_after_crash(TransactionWorld& world, FileSystem& after, std::size_t operations, BrokerOptions options,
                       bool by_time) {
  TestBroker seen;
  seen.clock.advance(Millis(world.broker.clock.wall_ms() - seen.clock.wall_ms()));
  auto opened = seen.open(after, std::move(options));
  ASSERT_TRUE(opened) << opened.error().to_string();
  if (seen.broker->topics().describe("t")) {
    TransactionWorld::settle(seen, by_time);
    world.check(seen, operations);
    TransactionWorld::check_goes_on(seen);
  }
}

class TransactionCrashTest : public testing::Test {
 protected:
  // A crash after each operation of one history.
  void crash_everywhere(Flush flush, bool with_power, const std::optional<std::string>& durability = {},
                        Millis sync_interval = Millis(1'000)) {
    for (std::uint64_t seed = 1; seed <= (is_soak() ? 40u : 2u); ++seed) {
      MemoryFileSystem files;
      BrokerOptions chosen = flushing(flush);
      chosen.sync_interval = sync_interval;
      TransactionWorld world(files, files, chosen, seed, durability);
      world.run(40);
      const std::size_t end = files.operation_count();
      for (std::size_t at = 0; at <= end && !HasFailure(); ++at) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", crash after operation " + std::to_string(at) + " of " +
                     std::to_string(end));
        const CrashModel torn{CrashModel::Unsynced::scramble, seed * 100'000 + at, at % 2 == 0 ? 512u : 4096u};
        auto model = !with_power ? CrashModel::kill() : at % 3 == 0 ? CrashModel::power_cut() : torn;
        auto after = files.crashed_after(at, model);
        check_after_crash(world, *after, at, flushing(flush, with_power ? kNextBoot : kSameBoot), at % 2 == 0);
      }
    }
  }
};

// The default: nothing is synced before it is answered, everything is at intervals. What was acknowledged before the
// last of them is there, and what came later is lost as a whole: no transaction is torn, no offset speaks of what is
// gone.
TEST_F(TransactionCrashTest, a_power_cut_between_two_intervals_loses_what_came_since_the_last_and_tears_nothing) {
  for (std::uint64_t seed = 1; seed <= (is_soak() ? 40u : 4u); ++seed) {
    MemoryFileSystem files;
    BrokerOptions options = flushing(Flush::at_intervals);
    options.sync_interval = Millis(1);  // each time that it is asked for
    TransactionWorld world(files, files, options, seed);
    world.run(60);
    const std::size_t end = files.operation_count();
    for (std::size_t at = 0; at <= end && !HasFailure(); ++at) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", power cut after operation " + std::to_string(at) + " of " +
                   std::to_string(end));
      const CrashModel torn{CrashModel::Unsynced::scramble, seed * 100'000 + at, at % 2 == 0 ? 512u : 4096u};
      auto after = files.crashed_after(at, at % 3 == 0 ? CrashModel::power_cut() : torn);
      TestBroker seen;
      seen.clock.advance(Millis(world.broker.clock.wall_ms() - seen.clock.wall_ms()));
      auto opened = seen.open(*after, flushing(Flush::at_intervals, kNextBoot));
      ASSERT_TRUE(opened) << opened.error().to_string();
      for (const auto& finding : seen.broker->topics().findings())
        EXPECT_FALSE(finding.is_damage) << finding.to_string();
      if (!seen.broker->topics().describe("t")) continue;
      TransactionWorld::settle(seen, at % 2 == 0);
      world.check(seen, at, world.safe_before(at));
      TransactionWorld::check_goes_on(seen);
    }
  }
}

// Killed between the cut and the end of the next open, the same holds.
TEST_F(TransactionCrashTest, what_a_power_cut_left_is_judged_the_same_if_the_next_open_is_killed) {
  MemoryFileSystem files;
  BrokerOptions options = flushing(Flush::at_intervals);
  options.sync_interval = Millis(1);
  TransactionWorld world(files, files, options, 3);
  world.run(60);
  const std::size_t end = files.operation_count();
  for (std::size_t at = 0; at <= end && !HasFailure(); at += 7) {
    auto after = files.crashed_after(at, CrashModel::power_cut(at));
    {
      TestBroker first;
      if (!first.open(*after, flushing(Flush::at_intervals, kNextBoot))) continue;
    }
    const std::size_t steps = after->operation_count();
    for (std::size_t killed_at = 0; killed_at < steps && !HasFailure(); killed_at += 3) {
      SCOPED_TRACE("power cut after operation " + std::to_string(at) + ", killed after " + std::to_string(killed_at));
      auto again = after->crashed_after(killed_at, CrashModel::kill());
      TestBroker seen;
      seen.clock.advance(Millis(world.broker.clock.wall_ms() - seen.clock.wall_ms()));
      ASSERT_TRUE(seen.open(*again, flushing(Flush::at_intervals, kNextBoot)));
      if (!seen.broker->topics().describe("t")) continue;
      TransactionWorld::settle(seen, false);
      world.check(seen, at, world.safe_before(at));
    }
  }
}

TEST_F(TransactionCrashTest, a_kill_at_any_operation_tears_nothing_though_nothing_is_synced) {
  crash_everywhere(Flush::left_to_system, false);
}

TEST_F(TransactionCrashTest, a_power_cut_at_any_operation_tears_nothing_where_answers_wait_for_the_disk) {
  crash_everywhere(Flush::before_answer, true);
}

TEST_F(TransactionCrashTest, nor_where_only_the_topic_wants_its_answers_to_wait) {
  crash_everywhere(Flush::left_to_system, true, "fsync");
}

// What is synced at intervals in the same log, coordinators' topics among it, is taken back to a moment; of what waits
// for the disk that moment holds all, with or without cuts between.
TEST_F(TransactionCrashTest, nor_where_that_topic_is_in_a_log_that_is_synced_at_intervals) {
  crash_everywhere(Flush::at_intervals, true, "fsync");
  crash_everywhere(Flush::at_intervals, true, "fsync", Millis(1));
}

// Every state of the files, not one that is drawn, at each of the last operations of a history; behind a journal more
// of them can be left than can be tried: then some are drawn.
TEST_F(TransactionCrashTest, every_state_that_a_power_cut_can_leave_tears_nothing_where_answers_wait_for_the_disk) {
  constexpr std::size_t kOperations = 40;
  constexpr std::size_t kMostStates = 256;
  std::size_t states = 0;
  for (std::uint64_t seed = 1; seed <= (is_soak() ? 100u : 4u); ++seed) {
    MemoryFileSystem files;
    TransactionWorld world(files, files, flushing(Flush::before_answer), seed);
    world.run(40);
    const std::size_t end = files.operation_count();
    for (std::size_t at = end - kOperations; at <= end; ++at) {
      for (std::size_t sector_bytes : {512u, 4096u}) {
        PowerCuts cuts(files, at, sector_bytes);
        const bool has_all = cuts.most() <= kMostStates;
        std::mt19937_64 random(at);
        auto next = [&, left = 20]() mutable -> std::unique_ptr<MemoryFileSystem> {
          if (has_all) return cuts.next();
          if (left-- == 0) return nullptr;
          return files.cut_after(at, sector_bytes, [&](std::size_t n) { return random() % n; });
        };
        for (auto after = next(); after != nullptr && !HasFailure(); after = next(), ++states) {
          SCOPED_TRACE("seed " + std::to_string(seed) + ", after operation " + std::to_string(at) + " of " +
                       std::to_string(end) + ", sectors of " + std::to_string(sector_bytes) + ", state " +
                       std::to_string(states));
          check_after_crash(world, *after, at, flushing(Flush::before_answer, kNextBoot), states % 2 == 0);
        }
      }
    }
  }
  EXPECT_GT(states, 1'000u);
}

TEST_F(TransactionCrashTest, states_that_are_drawn_tear_nothing_where_answers_wait_for_the_disk) {
  const int draws = is_soak() ? 100'000 : 10'000;
  MemoryFileSystem files;
  TransactionWorld world(files, files, flushing(Flush::before_answer), 21);
  world.run(300);
  std::mt19937_64 random(22);
  for (int draw = 0; draw < draws && !HasFailure(); ++draw) {
    const std::size_t at = random() % (files.operation_count() + 1);
    SCOPED_TRACE("draw " + std::to_string(draw) + ", after operation " + std::to_string(at));
    auto after = files.cut_after(at, draw % 2 == 0 ? 512 : 4096, [&](std::size_t n) { return random() % n; });
    check_after_crash(world, *after, at, flushing(Flush::before_answer, kNextBoot), draw % 4 < 2);
  }
}

TEST_F(TransactionCrashTest, where_nothing_is_synced_a_power_cut_leaves_a_log_that_opens_and_moves_on) {
  MemoryFileSystem files;
  TransactionWorld world(files, files, flushing(Flush::left_to_system), 5);
  world.run(40);
  const std::size_t end = files.operation_count();
  for (std::size_t at = 0; at <= end && !HasFailure(); at += 3) {
    SCOPED_TRACE("power cut after operation " + std::to_string(at) + " of " + std::to_string(end));
    auto after = files.crashed_after(at, CrashModel::power_cut(at));
    TestBroker seen;
    seen.clock.advance(Millis(world.broker.clock.wall_ms() - seen.clock.wall_ms()));
    ASSERT_TRUE(seen.open(*after, flushing(Flush::left_to_system, kNextBoot)));
    if (!seen.broker->topics().describe("t")) continue;
    TransactionWorld::settle(seen, at % 2 == 0);
    TransactionWorld::check_goes_on(seen);
  }
}

TEST_F(TransactionCrashTest, random_histories_end_as_they_were_acknowledged_whatever_crash_ends_them) {
  const std::uint64_t seeds = is_soak() ? 20'000 : 100;
  for (std::uint64_t seed = 1'000; seed < 1'000 + seeds && !HasFailure(); ++seed) {
    std::mt19937_64 random(seed);
    const bool with_power = seed % 2 == 0;
    const Flush flush = with_power ? Flush::before_answer : Flush::at_intervals;
    MemoryFileSystem files;
    TransactionWorld world(files, files, flushing(flush), seed);
    world.run(120);
    const std::size_t at = random() % (files.operation_count() + 1);
    SCOPED_TRACE("seed " + std::to_string(seed) + ", crash after operation " + std::to_string(at));
    auto after = files.crashed_after(at, with_power ? CrashModel::power_cut(seed) : CrashModel::kill());
    check_after_crash(world, *after, at, flushing(flush, with_power ? kNextBoot : kSameBoot), seed % 4 < 2);
  }
}

TEST_F(TransactionCrashTest, without_a_crash_readers_see_what_was_committed) {
  for (std::uint64_t seed = 1; seed <= (is_soak() ? 5'000u : 40u) && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    MemoryFileSystem files;
    TransactionWorld world(files, files, flushing(Flush::at_intervals), seed);
    for (int round = 0; round < 3; ++round) {
      world.run(100);
      TransactionWorld::settle(world.broker, false);
      world.check(world.broker, files.operation_count() + 1);
    }
  }
}

// What does not crash -------------------------------------------------------------------------------------------------

TEST_F(TransactionCrashTest, a_disk_that_is_full_at_any_write_fails_clearly_and_work_goes_on_once_there_is_room) {
  std::size_t writes = 400;
  for (std::size_t at = 0; at < writes && !HasFailure(); at += is_soak() ? 1 : 5) {
    SCOPED_TRACE("full at write " + std::to_string(at));
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    TransactionWorld world(memory, files, flushing(Flush::at_intervals), 11);
    files.inject({at, ErrorCode::no_space, Fault::On::writes, true, at % 7});
    world.run(60);
    if (!files.has_fired()) break;
    files.heal();
    world.run(30);
    TransactionWorld::settle(world.broker, false);
    world.check(world.broker, memory.operation_count() + 1);
    TransactionWorld::check_goes_on(world.broker);
  }
}

TEST_F(TransactionCrashTest, a_full_disk_says_so_and_reading_goes_on) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  TestBroker broker;
  ASSERT_TRUE(broker.open(files, flushing(Flush::at_intervals)));
  ASSERT_EQ(broker.create_topic("t"), ErrorCode::none);
  const auto partition = partition_of("t");
  ASSERT_EQ(broker.produce(partition, storage::make_batch("a")).error_code, ErrorCode::none);
  files.inject({0, ErrorCode::no_space, Fault::On::writes, true});
  auto refused = broker.produce(partition, storage::make_batch("b"));
  EXPECT_EQ(refused.error_code, ErrorCode::storage_error);
  EXPECT_NE(refused.error_message.value_or("").find("no_space"), std::string::npos);
  EXPECT_EQ(broker.committed(partition), (std::vector<std::string>{"a"}));
  files.heal();
  EXPECT_EQ(broker.produce(partition, storage::make_batch("c")).error_code, ErrorCode::none);
  EXPECT_EQ(broker.committed(partition), (std::vector<std::string>{"a", "c"}));
}

TEST_F(TransactionCrashTest, a_sync_that_fails_stops_its_partition_and_no_other) {
  MemoryFileSystem memory;
  FaultyFileSystem files(memory);
  TestBroker broker;
  ASSERT_TRUE(broker.open(files, flushing(Flush::before_answer)));
  ASSERT_EQ(broker.create_topic("t", 2), ErrorCode::none);
  const auto bad = partition_of("t", 0);
  const auto good = partition_of("t", 1);
  ASSERT_EQ(broker.produce(bad, storage::make_batch("a")).error_code, ErrorCode::none);
  files.inject({0, ErrorCode::io_error, Fault::On::syncs});
  EXPECT_EQ(broker.produce(bad, storage::make_batch("b")).error_code, ErrorCode::storage_error);
  EXPECT_EQ(broker.produce(bad, storage::make_batch("c")).error_code, ErrorCode::storage_error);
  EXPECT_EQ(broker.committed(bad), (std::vector<std::string>{"a"}));
  EXPECT_EQ(broker.produce(good, storage::make_batch("d")).error_code, ErrorCode::none);
  EXPECT_EQ(broker.committed(good), (std::vector<std::string>{"d"}));
}

TEST_F(TransactionCrashTest, a_sync_that_fails_at_any_time_loses_and_tears_nothing) {
  for (std::size_t at = 0; at < 200 && !HasFailure(); at += is_soak() ? 1 : 4) {
    SCOPED_TRACE("sync " + std::to_string(at) + " fails");
    MemoryFileSystem memory;
    FaultyFileSystem files(memory);
    TransactionWorld world(memory, files, flushing(Flush::before_answer), 13);
    files.inject({at, ErrorCode::io_error, Fault::On::syncs});
    world.run(60);
    if (!files.has_fired()) break;
    const std::size_t end = memory.operation_count();
    auto after = memory.crashed_after(end, CrashModel::power_cut());
    check_after_crash(world, *after, end, flushing(Flush::before_answer, kNextBoot), false);
  }
}

// Reads too: what cannot be read cannot be written to the journal.
TEST_F(TransactionCrashTest, an_operation_that_fails_at_any_time_loses_and_tears_nothing_where_answers_wait) {
  for (ErrorCode code : {ErrorCode::io_error, ErrorCode::no_space}) {
    for (std::size_t at = 0; at < 2'000 && !HasFailure(); at += is_soak() ? 1 : 9) {
      SCOPED_TRACE(name_of(code) + " at operation " + std::to_string(at));
      MemoryFileSystem memory;
      FaultyFileSystem files(memory);
      TransactionWorld world(memory, files, flushing(Flush::before_answer), 17);
      files.inject({.at = at, .code = code, .on = Fault::On::any, .write_bytes = at % 300});
      world.run(60);
      if (!files.has_fired()) break;
      files.heal();
      const std::size_t end = memory.operation_count();
      auto after = memory.crashed_after(end, CrashModel::power_cut(at));
      check_after_crash(world, *after, end, flushing(Flush::before_answer, kNextBoot), at % 2 == 0);
    }
  }
}

}  // namespace
}  // namespace weir::log::broker
