// Many threads on one log: what ThreadSanitizer looks at.
#include <thread>

#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class ThreadsTest : public testing::TestWithParam<Durability> {};

// Each thread moves values from "in" to "out" in transactions, with its position, as a stream task does; every third
// one it aborts and does again. A reader follows meanwhile.
TEST_P(ThreadsTest, transactions_of_many_threads_keep_apart) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20;
  MemoryFileSystem files;
  auto client = open("log", {.durability = GetParam(), .files = &files}).value();
  ASSERT_TRUE(client.admin()->create_topic({"out", kThreads, {}}));

  auto work = [&](int number) {
    auto producer = *client.producer({.transactional_id = "p" + std::to_string(number)});
    ASSERT_TRUE(producer->init_transactions());
    for (int round = 0; round < kRounds; ++round) {
      for (bool commit : {round % 3 != 0, true}) {
        ASSERT_TRUE(producer->begin_transaction());
        for (int part = 0; part < kThreads; ++part) {
          const std::string value = std::to_string(number) + ":" + std::to_string(round);
          ASSERT_TRUE(producer->send("out", PartitionIndex(part), 1'000, std::nullopt, Bytes(value)));
        }
        const std::vector<PartitionOffset> offsets{{partition_of("out", number), {Offset(round), kNoLeaderEpoch, ""}}};
        ASSERT_TRUE(producer->send_offsets({.group_id = "g" + std::to_string(number % 2)}, offsets));
        auto ended = commit ? producer->commit_transaction() : producer->abort_transaction();
        ASSERT_TRUE(ended) << ended.error().to_string();
        if (commit) break;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(work, i);

  auto consumer = *client.consumer();
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < kThreads; ++i) partitions.push_back(partition_of("out", i));
  ASSERT_TRUE(consumer->assign(partitions));
  std::map<int, std::vector<std::string>> seen;
  std::size_t count = 0;
  while (count < static_cast<std::size_t>(kThreads * kRounds * kThreads) && !HasFailure()) {
    auto batches = consumer->poll(Millis(10'000));
    ASSERT_TRUE(batches) << batches.error().to_string();
    ASSERT_FALSE(batches->empty()) << "only " << count << " records came";
    for (const auto& batch : *batches) {
      auto values = values_in({batch});
      count += values.size();
      auto& all = seen[batch.partition.partition.value()];
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  for (auto& thread : threads) thread.join();

  for (const auto& [partition, values] : seen) {
    std::map<std::string, int> next;  // of each thread: its rounds come once and in order
    for (const auto& value : values) {
      auto colon = value.find(':');
      EXPECT_EQ(value.substr(colon + 1), std::to_string(next[value.substr(0, colon)]++)) << "partition " << partition;
    }
    EXPECT_EQ(values.size(), static_cast<std::size_t>(kThreads * kRounds));
  }
  for (int i = 0; i < kThreads; ++i) {
    auto group = *client.consumer({.group_id = "g" + std::to_string(i % 2)});
    const std::vector<TopicPartition> one{partition_of("out", i)};
    EXPECT_EQ(group->committed(one)->at(one[0]).offset, Offset(kRounds - 1));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ThreadsTest, testing::Values(Durability::os, Durability::interval, Durability::fsync));

}  // namespace
}  // namespace weir::log
