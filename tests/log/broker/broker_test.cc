#include "log/broker/broker.h"

#include <gtest/gtest.h>

#include "log/broker/cleaner.h"
#include "log/broker/retention.h"
#include "sim/memory_file.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::broker {
namespace {

using storage::make_batch;
using storage::Origin;

class BrokerTest : public testing::Test {
 protected:
  void open(FileSystem& files, Flush flush, std::string boot = "boot-1", bool read_only = false) {
    BrokerOptions options;
    options.flush = flush;
    options.boot_id = std::move(boot);
    options.read_only = read_only;
    options.segment_bytes = 300;
    auto opened = Broker::open(files, "log", clock_, options);
    ASSERT_TRUE(opened) << opened.error().to_string();
    broker_ = *std::move(opened);
  }

  void create(std::map<std::string, std::string> configs = {}) {
    cluster::Topic topic;
    topic.name = "t";
    topic.configs = std::move(configs);
    ASSERT_TRUE(broker_->topics().create(topic));
  }

  Partition& partition() { return **broker_->topics().find("t", PartitionIndex(0)); }

  // A broker that a crash stopped: its destructor must not end it cleanly.
  std::unique_ptr<MemoryFileSystem> crash(CrashModel model) {
    auto after = files_.crashed(model);
    broker_.reset();
    return after;
  }

  ManualClock clock_{1'000};
  MemoryFileSystem files_;
  std::unique_ptr<Broker> broker_;
};

TEST_F(BrokerTest, at_intervals_a_power_cut_loses_at_most_the_last_interval) {
  open(files_, Flush::at_intervals);
  create();
  ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  clock_.advance(Millis(1'000));
  broker_->run_due();
  ASSERT_TRUE(partition().append(make_batch("b"), Origin::client));
  auto after = crash(CrashModel::power_cut());
  open(*after, Flush::at_intervals, "boot-2");
  EXPECT_EQ(partition().positions().end, Offset(1));
  broker_.reset();
}

TEST_F(BrokerTest, left_to_the_system_a_kill_loses_nothing) {
  open(files_, Flush::left_to_system);
  create();
  ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  auto after = crash(CrashModel::kill());
  open(*after, Flush::left_to_system);
  EXPECT_EQ(partition().positions().end, Offset(1));
  EXPECT_EQ(partition().positions().high_watermark, Offset(1));
  broker_.reset();
}

TEST_F(BrokerTest, after_a_checkpoint_a_kill_is_followed_by_a_short_scan) {
  open(files_, Flush::at_intervals);
  create();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  clock_.advance(Millis(5'000));
  broker_->run_due();
  auto after = crash(CrashModel::kill());
  open(*after, Flush::at_intervals);
  auto scanned = partition().with_log([](storage::PartitionLog& log) { return log.scanned_bytes(); });
  EXPECT_LT(scanned, 400u);  // not more than one segment
  EXPECT_EQ(partition().positions().end, Offset(30));
  broker_.reset();
}

TEST_F(BrokerTest, retention_is_applied_in_its_time) {
  open(files_, Flush::at_intervals);
  create({{"retention.bytes", "700"}});
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  EXPECT_EQ(partition().positions().log_start, Offset(0));
  clock_.advance(Millis(60'000));
  broker_->run_due();
  EXPECT_GT(partition().positions().log_start, Offset(15));
  EXPECT_EQ(partition().plan_read(Offset(0), 100, storage::ReadUpTo::end, storage::AtLeastOne::yes).error().code,
            ErrorCode::offset_out_of_range);
}

TEST_F(BrokerTest, an_idle_segment_is_closed_and_deleted_by_its_age) {
  open(files_, Flush::at_intervals);
  create({{"retention.ms", "100000"}});
  ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  clock_.advance(Millis(60'000));
  broker_->run_due();
  EXPECT_EQ(partition().positions().log_start, Offset(0));
  clock_.advance(Millis(60'000));
  broker_->run_due();
  EXPECT_EQ(partition().positions().log_start, Offset(1));
  EXPECT_EQ(partition().positions().end, Offset(1));
}

TEST_F(BrokerTest, deleted_records_stay_deleted_after_a_power_cut) {
  open(files_, Flush::before_answer);
  create();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  ASSERT_TRUE(partition().sync());
  auto delete_before = [&](std::int64_t before) {
    return delete_records(broker_->topics(), {{*broker_->topics().find("t", PartitionIndex(0)), Offset(before)}})
        .front();
  };
  EXPECT_EQ(delete_before(31).error().code, ErrorCode::offset_out_of_range);
  EXPECT_EQ(delete_before(17).value(), Offset(17));
  EXPECT_EQ(delete_before(5).value(), Offset(17));
  auto after = crash(CrashModel::power_cut());
  open(*after, Flush::before_answer, "boot-2");
  EXPECT_EQ(partition().positions().log_start, Offset(17));
  EXPECT_EQ(partition().positions().end, Offset(30));
  EXPECT_EQ(delete_before(-1).value(), Offset(30));
  broker_.reset();
}

TEST_F(BrokerTest, the_cleaner_takes_the_dirtiest_log_and_leaves_others_alone) {
  open(files_, Flush::at_intervals);
  create({{"cleanup.policy", "compact"}});
  cluster::Topic kept;
  kept.name = "kept";
  ASSERT_TRUE(broker_->topics().create(kept));
  auto append = [&](const std::string& topic, const std::string& value) {
    BatchBuilder builder(100);
    builder.add(1'000, "key", Bytes(value));
    auto found = *broker_->topics().find(topic, PartitionIndex(0));
    ASSERT_TRUE(found->append(*builder.seal({}), Origin::client));
  };
  for (int i = 0; i < 20; ++i) {
    append("t", std::to_string(i));
    append("kept", std::to_string(i));
  }
  Cleaner cleaner(broker_->topics(), {});
  auto cleaned = Loop().run(cleaner.clean_one(clock_.wall_ms(), {})).value();
  ASSERT_TRUE(cleaned);
  EXPECT_EQ(cleaned->partition.topic, "t");
  EXPECT_GT(cleaned->records_removed, 10u);
  EXPECT_LT(cleaned->bytes_after, cleaned->bytes_before / 4);
  EXPECT_FALSE(Loop().run(cleaner.clean_one(clock_.wall_ms(), {})).value());
  // A log that cannot be compacted is named, and rests until it grows.
  for (int i = 0; i < 20; ++i) append("t", std::to_string(i));
  const auto names = files_.list("log/partitions").value();
  const std::string directory = "log/partitions/" + *std::find_if(names.begin(), names.end(), [](const auto& name) {
                                  return name.rfind("t-0.", 0) == 0;
                                });
  files_.flip(directory + "/" + storage::file_name(partition().positions().cleaned_to, storage::kLogSuffix), 70, 1);
  auto failed = Loop().run(cleaner.clean_one(clock_.wall_ms(), {}));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().detail.find("t-0"), std::string::npos);
  EXPECT_FALSE(Loop().run(cleaner.clean_one(clock_.wall_ms(), {})).value());
}

TEST_F(BrokerTest, a_reader_beside_the_writer_sees_what_is_written_and_changes_nothing) {
  open(files_, Flush::at_intervals);
  create();
  ASSERT_TRUE(partition().append(make_batch("a"), Origin::client));
  std::size_t operations = files_.operation_count();
  BrokerOptions options;
  options.read_only = true;
  options.boot_id = "boot-1";
  {
    auto reader = Broker::open(files_, "log", clock_, options);
    ASSERT_TRUE(reader) << reader.error().to_string();
    auto seen = *(*reader)->topics().find("t", PartitionIndex(0));
    EXPECT_EQ(seen->positions().high_watermark, Offset(1));
    EXPECT_EQ(seen->append(make_batch("b"), Origin::client).error().code, ErrorCode::storage_error);
  }
  EXPECT_EQ(files_.operation_count(), operations);
  EXPECT_EQ(Broker::open(files_, "log", clock_, {}).error().code, ErrorCode::locked);
}

}  // namespace
}  // namespace weir::log::broker
