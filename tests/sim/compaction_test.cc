// A log compacts by itself also where one thread runs everything.
#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "sim/simulation.h"

namespace weir::simulated_compaction {
namespace {

TEST(SimulatedCompaction, runs_beside_everything_else_on_one_thread) {
  Simulation world(7);
  MemoryFileSystem files;
  std::size_t left = 0;
  world.run([&] {
    log::OpenOptions chosen;
    chosen.files = &files;
    chosen.clock = &world;
    chosen.segment_bytes = 2'000;
    {
      auto client = log::open("data", chosen);
      ASSERT_TRUE(client) << client.error().to_string();
      ASSERT_TRUE(client->admin()->create_topic({"latest", 1, {{"cleanup.policy", "compact"}}}));
      auto producer = client->producer().value();
      for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(producer->send("latest", log::PartitionIndex(0), world.wall_ms(), Bytes("key"), Bytes("v")));
        ASSERT_TRUE(producer->flush());
      }
      (void)world.make_parker()->park(world.deadline_ns(Millis(20'000)));
    }
    auto client = log::open("data", chosen);  // what is in memory stays as it was
    ASSERT_TRUE(client) << client.error().to_string();
    auto consumer = client->consumer().value();
    ASSERT_TRUE(consumer->assign({{"latest", log::PartitionIndex(0)}}));
    for (auto batches = consumer->poll(Millis(0)); batches && !batches->empty(); batches = consumer->poll(Millis(0))) {
      for (const auto& fetched : *batches) left += static_cast<std::size_t>(fetched.batch.header.count);
    }
  });
  EXPECT_GT(left, 0u);
  EXPECT_LT(left, 50u);
}

}  // namespace
}  // namespace weir::simulated_compaction
