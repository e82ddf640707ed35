#include "log/broker/fetch.h"

#include <thread>

#include <gtest/gtest.h>

#include "sim/memory_file.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::broker {
namespace {

using storage::make_batch;
using storage::Origin;

class FetchTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = *storage::LogDirectory::open(files_, "log", {});
    topics_ = *Topics::open(*directory_, clock_, {});
    cluster::Topic topic;
    topic.name = "t";
    topic.partitions = 3;
    ASSERT_TRUE(topics_->create(topic));
  }

  Partition& partition(int index) { return **topics_->find("t", PartitionIndex(index)); }

  FetchSpec spec(std::vector<std::pair<int, std::int64_t>> partitions, Millis max_wait = Millis(0)) {
    FetchSpec spec;
    spec.max_wait = max_wait;
    spec.max_bytes = 1'000'000;
    for (auto [index, offset] : partitions) {
      spec.parts.push_back({topics_->find("t", PartitionIndex(index)), Offset(offset), 1'000'000});
    }
    return spec;
  }

  std::vector<FetchedPart> run(FetchSpec spec) { return loop_.run(fetch(std::move(spec), timers_, clock_, loop_)); }

  ManualClock clock_{1'000};
  MemoryFileSystem files_;
  std::unique_ptr<storage::LogDirectory> directory_;
  std::unique_ptr<Topics> topics_;
  Timers timers_;
  Loop loop_;
};

TEST_F(FetchTest, gives_what_is_there_for_each_partition_in_order) {
  ASSERT_TRUE(partition(0).append(make_batch("a"), Origin::client));
  ASSERT_TRUE(partition(2).append(make_batch("c"), Origin::client));
  auto parts = run(spec({{2, 0}, {1, 0}, {0, 0}}));
  EXPECT_EQ(storage::records_in(parts[0].records, Offset(0))->at(0).value, "c");
  EXPECT_TRUE(parts[1].records.parts.empty());
  EXPECT_EQ(storage::records_in(parts[2].records, Offset(0))->at(0).value, "a");
  EXPECT_EQ(parts[2].positions.high_watermark, Offset(1));
}

TEST_F(FetchTest, only_the_first_batch_may_exceed_the_limits) {
  for (int i = 0; i < 2; ++i) {
    for (int batch = 0; batch < 3; ++batch) {
      ASSERT_TRUE(partition(i).append(make_batch(std::string(1'000, 'x')), Origin::client));
    }
  }
  auto wanted = spec({{0, 0}, {1, 0}});
  wanted.max_bytes = 500;
  auto parts = run(wanted);
  EXPECT_EQ(parts[0].records.parts.size(), 1u);
  EXPECT_TRUE(parts[1].records.parts.empty());
  wanted.max_bytes = 3'500;
  wanted.parts[0].max_bytes = 2'500;
  parts = run(wanted);
  EXPECT_EQ(parts[0].records.parts.size(), 2u);
  EXPECT_EQ(parts[1].records.parts.size(), 1u);
}

TEST_F(FetchTest, an_unknown_partition_and_a_wrong_offset_are_errors_of_their_part) {
  auto parts = run(spec({{7, 0}, {0, 5}, {1, 0}}, Millis(1'000)));
  EXPECT_EQ(parts[0].outcome.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(parts[1].outcome.error().code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(parts[1].positions.high_watermark, Offset(0));
  EXPECT_TRUE(parts[2].outcome);
}

TEST_F(FetchTest, waits_until_another_thread_appends) {
  std::thread producer([&] {
    std::this_thread::yield();
    ASSERT_TRUE(partition(1).append(make_batch("late"), Origin::client));
  });
  auto parts = run(spec({{0, 0}, {1, 0}}, Millis(60'000)));
  producer.join();
  EXPECT_EQ(storage::records_in(parts[1].records, Offset(0))->at(0).value, "late");
}

TEST_F(FetchTest, gives_up_at_its_deadline) {
  std::thread time([&] {
    while (!timers_.run_due(clock_.monotonic_ns())) std::this_thread::yield();  // until the fetch waits
    clock_.advance(Millis(500));
    timers_.run_due(clock_.monotonic_ns());
  });
  auto parts = run(spec({{0, 0}}, Millis(500)));
  time.join();
  EXPECT_TRUE(parts[0].records.parts.empty());
  EXPECT_TRUE(parts[0].outcome);
}

TEST_F(FetchTest, committed_readers_wait_for_the_marker_and_learn_what_was_aborted) {
  ASSERT_TRUE(partition(0).append(make_batch(storage::from_producer(1, 0, 0, {"t"}, true)), Origin::client));
  std::thread coordinator([&] {
    std::this_thread::yield();
    ASSERT_TRUE(partition(0).append(storage::marker(EndMarkerType::abort, 1, 0), Origin::coordinator));
  });
  auto wanted = spec({{0, 0}}, Millis(60'000));
  wanted.up_to = storage::ReadUpTo::last_stable_offset;
  auto parts = run(wanted);
  coordinator.join();
  ASSERT_EQ(parts[0].aborted.size(), 1u);
  EXPECT_EQ(parts[0].aborted[0].producer_id, ProducerId(1));
  EXPECT_EQ(parts[0].positions.last_stable_offset, Offset(2));
}

TEST_F(FetchTest, removing_the_topic_ends_the_wait_with_an_error) {
  std::thread admin([&] {
    while (!timers_.run_due(clock_.monotonic_ns())) std::this_thread::yield();
    ASSERT_TRUE(topics_->remove("t"));
  });
  auto parts = run(spec({{0, 0}}, Millis(60'000)));
  admin.join();
  EXPECT_EQ(parts[0].outcome.error().code, ErrorCode::not_leader_or_follower);
}

}  // namespace
}  // namespace weir::log::broker
