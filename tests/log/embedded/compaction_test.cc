// Compaction as a log does it by itself: when its time has come, in steps that hold up nobody.
#include "log/embedded/transport.h"
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace compaction_by_itself {
namespace {

using broker::CompactionJob;

class CompactionByItself : public testing::Test {
 protected:
  static constexpr int kRecords = 100;

  void open(CompactionJob::Options compaction = {}) {
    auto pool = std::make_unique<WorkPool>(2, clock_);
    broker::BrokerOptions options;
    options.pool = pool.get();
    options.segment_bytes = 2'000;
    auto opened = broker::Broker::open(files_, "log", clock_, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    transport_ = std::make_shared<embedded::EmbeddedTransport>(*std::move(opened), std::move(pool), compaction);
    ASSERT_TRUE(transport_->started());
    client_.emplace(transport_, clock_);
  }
  void reopen() {
    client_.reset();
    transport_.reset();
    open();
  }
  void write(int count) {
    auto producer = client_->producer().value();
    for (int i = 0; i < count; ++i) {
      const std::string value = std::to_string(i);
      ASSERT_TRUE(producer->send("latest", PartitionIndex(0), clock_.wall_ms(), Bytes("key"), Bytes(value)));
      ASSERT_TRUE(producer->flush());  // a batch each
    }
  }
  void begin() {
    ASSERT_TRUE(client_->admin()->create_topic({"latest", 1, {{"cleanup.policy", "compact"}}}));
    write(kRecords);
  }
  broker::Partition::Positions positions() {
    return transport_->broker().topics().find("latest", PartitionIndex(0)).value()->positions();
  }
  bool is_compacted() { return positions().cleaned_to > Offset(kRecords / 2); }
  std::size_t left() {
    auto consumer = client_->consumer().value();
    EXPECT_TRUE(consumer->assign({partition_of("latest")}));
    std::size_t count = 0;
    for (auto batches = consumer->poll(Millis(0)); batches && !batches->empty(); batches = consumer->poll(Millis(0))) {
      count += values_in(*batches).size();
    }
    return count;
  }
  std::vector<std::string> unfinished() {
    std::vector<std::string> names;
    const auto partitions = files_.list("log/partitions").value();
    for (const auto& partition : partitions) {
      const auto files = files_.list("log/partitions/" + partition).value();
      for (const auto& name : files) {
        if (storage::offset_in_name(name, storage::kCompactedSuffix)) names.push_back(name);
      }
    }
    return names;
  }

  ManualClock clock_{1'700'000'000'000};
  MemoryFileSystem files_;
  std::shared_ptr<embedded::EmbeddedTransport> transport_;
  std::optional<Client> client_;
};

TEST_F(CompactionByItself, what_is_dirty_is_compacted_when_its_time_has_come) {
  open();
  begin();
  EXPECT_EQ(left(), static_cast<std::size_t>(kRecords));
  clock_.advance(Millis(14'900));
  EXPECT_FALSE(is_compacted());
  clock_.advance(Millis(200));
  EXPECT_TRUE(is_compacted());
  reopen();  // what is in memory stays as it was
  EXPECT_LT(left(), static_cast<std::size_t>(kRecords) / 2);
}

TEST_F(CompactionByItself, it_goes_on_with_what_comes_later) {
  open({.backoff = Millis(1'000)});
  begin();
  clock_.advance(Millis(1'000));
  const Offset before = positions().cleaned_to;
  write(kRecords);
  clock_.advance(Millis(1'000));
  EXPECT_GT(positions().cleaned_to, before + kRecords / 2);
}

// 50 bytes each 50 ms: it takes many seconds.
TEST_F(CompactionByItself, a_long_one_holds_up_neither_syncs_nor_checkpoints_nor_clients) {
  open({.bytes_per_second = 1'000});
  begin();
  clock_.advance(Millis(15'000));
  write(3);
  EXPECT_LT(positions().synced, positions().end);
  const auto before = files_.operation_count();
  clock_.advance(Millis(1'000));
  EXPECT_EQ(positions().synced, positions().end);
  EXPECT_FALSE(is_compacted()) << "it has only begun";
  EXPECT_EQ(unfinished().size(), 0u) << "keys are noted first";
  EXPECT_GT(files_.operation_count(), before);
  int steps = 0;
  for (; !is_compacted() && steps < 10'000; ++steps) clock_.advance(Millis(50));
  EXPECT_GT(steps, 100);
  EXPECT_TRUE(is_compacted());
}

TEST_F(CompactionByItself, one_that_is_under_way_when_the_log_is_closed_leaves_nothing_behind) {
  open({.bytes_per_second = 1'000});
  begin();
  clock_.advance(Millis(15'000));
  for (int i = 0; i < 1'000 && unfinished().empty(); ++i) clock_.advance(Millis(50));
  ASSERT_FALSE(unfinished().empty());
  client_.reset();
  transport_.reset();
  EXPECT_TRUE(unfinished().empty());
  open();
  EXPECT_EQ(left(), static_cast<std::size_t>(kRecords));
}

}  // namespace
}  // namespace compaction_by_itself
}  // namespace weir::log
