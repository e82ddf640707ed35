// Histories of several partitions and their journal over power cuts and failing disks; see journal_world.h for what is
// promised.
#include <cstdlib>

#include "sim/faulty_file.h"
#include "tests/log/storage/journal_world.h"

namespace weir::log::storage {
namespace {

bool is_soaked() {
  return std::getenv("WEIR_SOAK") != nullptr;
}

TEST(JournalCrash, a_power_cut_at_any_operation_loses_nothing_that_was_durable) {
  int by_journal = 0;
  int truncations = 0;
  for (std::uint64_t seed = 1; seed <= (is_soaked() ? 60u : 4u) && !testing::Test::HasFailure(); ++seed) {
    MemoryFileSystem files;
    JournalWorld world(files, files, seed);
    ASSERT_TRUE(world.open());
    world.run(150);
    const std::size_t end = files.operation_count();
    for (std::size_t at = 0; at <= end && !testing::Test::HasFailure(); ++at) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", power cut after operation " + std::to_string(at) + " of " +
                   std::to_string(end));
      world.check(*files.crashed_after(at, CrashModel::power_cut()), at, "boot-2");
      for (std::size_t sector : {512, 4096}) {
        CrashModel model{CrashModel::Unsynced::scramble, seed * 100'000 + at, sector};
        world.check(*files.crashed_after(at, model), at, "boot-2");
      }
    }
    by_journal += world.by_journal;
    truncations += world.truncations;
    world.shut();
  }
  EXPECT_GT(by_journal, 40);
  EXPECT_GT(truncations, 4);
}

TEST(JournalCrash, the_ring_turns_many_times_and_still_nothing_is_lost) {
  for (std::uint64_t seed = 1'000; seed < (is_soaked() ? 3'000u : 1'040u) && !testing::Test::HasFailure(); ++seed) {
    MemoryFileSystem files;
    JournalWorld world(files, files, seed);
    ASSERT_TRUE(world.open());
    world.run(600);
    std::mt19937_64 dice(seed);
    for (int i = 0; i < 5; ++i) {
      const std::size_t at = dice() % (files.operation_count() + 1);
      SCOPED_TRACE("seed " + std::to_string(seed) + ", power cut after operation " + std::to_string(at));
      world.check(*files.crashed_after(at, {CrashModel::Unsynced::scramble, dice(), i % 2 == 0 ? 512u : 4096u}), at,
                  "boot-2");
    }
    EXPECT_GT(world.by_journal, 30) << "seed " << seed;
    world.shut();
  }
}

TEST(JournalCrash, a_kill_at_any_operation_loses_nothing_either) {
  MemoryFileSystem files;
  JournalWorld world(files, files, 7);
  ASSERT_TRUE(world.open());
  world.run(150);
  for (std::size_t at = 0; at <= files.operation_count() && !testing::Test::HasFailure(); ++at) {
    SCOPED_TRACE("kill after operation " + std::to_string(at));
    world.check(*files.crashed_after(at, CrashModel::kill()), at, "boot-1");
  }
  world.shut();
}

TEST(JournalCrash, each_operation_that_fails_stops_or_delays_and_loses_nothing_that_was_durable) {
  for (ErrorCode code : {ErrorCode::io_error, ErrorCode::no_space}) {
    int fired = 0;
    for (std::size_t at = 0; at < 2'000 && !testing::Test::HasFailure(); at += is_soaked() ? 1 : 3) {
      SCOPED_TRACE(name_of(code) + " at operation " + std::to_string(at));
      MemoryFileSystem memory;
      FaultyFileSystem files(memory);
      JournalWorld world(memory, files, 5);
      ASSERT_TRUE(world.open());
      files.inject({.at = at, .code = code, .on = Fault::On::any, .lasts = at % 2 == 0, .write_bytes = at % 600});
      world.run(100);
      if (!files.has_fired()) break;
      ++fired;
      files.heal();
      const std::size_t end = memory.operation_count();
      world.check(*memory.crashed(CrashModel::power_cut()), end, "boot-2");
      world.check(*memory.crashed(CrashModel::power_cut(at)), end, "boot-2");
      world.check(*memory.crashed(CrashModel::kill()), end, "boot-1");
      world.shut();
    }
    EXPECT_GT(fired, 50) << name_of(code);
  }
}

}  // namespace
}  // namespace weir::log::storage
