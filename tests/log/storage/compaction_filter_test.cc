// What compaction does with single batches, and when a log is due; see compaction_filter.h and compaction.h.
#include "log/storage/compaction_filter.h"

#include "log/storage/compaction_output.h"
#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

constexpr std::int64_t kNow = 50'000;
constexpr std::int64_t kRetention = 1'000;

struct KeyValue {
  NullableBytes key;
  NullableBytes value;
};

RecordBatch batch_at(std::int64_t offset, const std::vector<KeyValue>& records, BatchOptions options = {}) {
  BatchBuilder builder(256);
  std::int64_t timestamp = 1'000;
  for (const auto& record : records) builder.add(timestamp++, record.key, record.value);
  auto batch = *builder.seal(options);
  assign_offset(const_cast<char*>(batch.bytes.data()), Offset(offset), LeaderEpoch(3));
  return *RecordBatch::parse(batch.bytes, Trust::sealed_here);
}

BatchOptions as_producer(std::int64_t id, std::int32_t sequence, bool transactional = false) {
  BatchOptions options;
  options.producer_id = ProducerId(id);
  options.producer_epoch = ProducerEpoch(0);
  options.base_sequence = Sequence(sequence);
  options.is_transactional = transactional;
  return options;
}

RecordBatch marker_at(std::int64_t offset, EndMarkerType type, std::int64_t id) {
  auto batch = marker(type, id, 0);
  assign_offset(const_cast<char*>(batch.bytes.data()), Offset(offset), LeaderEpoch(3));
  return *RecordBatch::parse(batch.bytes, Trust::sealed_here);
}

class CompactionFilterTest : public testing::Test {
 protected:
  // One pass over a log, at `now`.
  std::vector<RecordBatch> pass(const std::vector<RecordBatch>& log, std::int64_t now_ms = kNow) {
    const AbortedTransactions aborted(aborted_);
    CompactionFilter filter(latest_, end_, aborted, last_, {now_ms, kRetention});
    std::vector<RecordBatch> left;
    for (const auto& batch : log) {
      auto kept = filter.filter(batch).value();
      if (kept) left.push_back(*kept);
    }
    return left;
  }

  KeyOffsets latest_{1'000'000};
  Offset end_{1'000};
  std::vector<AbortedTransaction> aborted_;
  LastBatches last_;
};

TEST_F(CompactionFilterTest, a_batch_keeps_its_place_epoch_and_sequences_when_records_go) {
  latest_.note("a", Offset(12));
  latest_.note("b", Offset(20));
  auto left = pass({batch_at(10, {{"b", "1"}, {"b", "2"}, {"a", "3"}}, as_producer(7, 40))});
  ASSERT_EQ(left.size(), 1u);
  const BatchHeader& header = left[0].header;
  EXPECT_EQ(header.base_offset, Offset(10));
  EXPECT_EQ(header.last_offset(), Offset(12));
  EXPECT_EQ(header.leader_epoch, LeaderEpoch(3));
  EXPECT_EQ(header.producer_id, ProducerId(7));
  EXPECT_EQ(header.last_sequence(), Sequence(42));
  EXPECT_EQ(header.count, 1);
  EXPECT_EQ(*records_in({{left[0].bytes}, Trust::foreign}, Offset(0)), (std::vector<ReadRecord>{{12, "3"}}));
}

TEST_F(CompactionFilterTest, a_batch_of_which_all_stays_is_not_written_anew) {
  auto batch = batch_at(10, {{"a", "1"}, {"b", "2"}});
  auto left = pass({batch});
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].bytes.data(), batch.bytes.data());
}

TEST_F(CompactionFilterTest, a_tombstone_goes_once_its_horizon_has_passed_and_not_before) {
  auto log = pass({batch_at(10, {{"a", std::nullopt}})});
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].header.has_delete_horizon());
  EXPECT_EQ(log[0].header.base_timestamp, kNow + kRetention);
  EXPECT_EQ(log[0].header.max_timestamp, 1'000);
  EXPECT_EQ(pass(log, kNow + kRetention - 1).size(), 1u);
  EXPECT_TRUE(pass(log, kNow + kRetention).empty());
}

TEST_F(CompactionFilterTest, aborted_data_goes_at_once_and_its_marker_a_pass_and_a_horizon_later) {
  aborted_ = {{ProducerId(7), Offset(10), Offset(12)}};
  auto log =
      pass({batch_at(10, {{"a", "1"}, {"b", "2"}}, as_producer(7, 0, true)), marker_at(12, EndMarkerType::abort, 7)});
  ASSERT_EQ(log.size(), 1u);
  EXPECT_FALSE(log[0].header.has_delete_horizon()) << "the data went in this pass: readers may be inside";
  log = pass(log);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_TRUE(log[0].header.has_delete_horizon());
  EXPECT_EQ(pass(log, kNow + kRetention - 1).size(), 1u);
  EXPECT_TRUE(pass(log, kNow + kRetention).empty());
}

TEST_F(CompactionFilterTest, a_marker_stays_while_a_record_of_its_transaction_does) {
  std::vector<RecordBatch> log = {batch_at(10, {{"a", "1"}}, as_producer(7, 0, true)),
                                  marker_at(11, EndMarkerType::commit, 7)};
  for (int i = 0; i < 3; ++i) {
    log = pass(log, kNow + i * 10 * kRetention);
    ASSERT_EQ(log.size(), 2u);
    EXPECT_FALSE(log[1].header.has_delete_horizon());
  }
}

TEST_F(CompactionFilterTest, the_last_batch_of_an_active_producer_stays_empty) {
  latest_.note("a", Offset(30));
  last_[ProducerId(7)] = {Offset(12), ProducerEpoch(0)};
  auto log =
      pass({batch_at(10, {{"a", "1"}}, as_producer(7, 0)), batch_at(11, {{"a", "2"}, {"a", "3"}}, as_producer(7, 1))});
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0].header.count, 0);
  EXPECT_EQ(log[0].header.last_sequence(), Sequence(2));
  EXPECT_EQ(pass(log).size(), 1u);
  last_.clear();
  EXPECT_TRUE(pass(log).empty());
}

TEST_F(CompactionFilterTest, what_lies_behind_the_keys_that_were_noted_is_not_touched) {
  latest_.note("a", Offset(5));
  end_ = Offset(10);
  auto left = pass({batch_at(10, {{std::nullopt, "no key"}, {"a", "1"}, {"a", "2"}})});
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].header.count, 3);
}

TEST(CompactionOutputTest, what_stands_for_batches_that_are_gone_is_as_documented) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create_directories("log"));
  auto output = CompactionOutput::create(files, "log", Offset(3), 0).value();
  output->cover(2);
  for (std::int64_t offset = 3; offset < 10; ++offset) {
    auto batch = batch_at(offset, {{"a", "1"}});
    BatchHeader header = batch.header;
    header.leader_epoch = LeaderEpoch(1);
    ASSERT_TRUE(output->leave_out(header));
  }
  auto segment = output->finish(Offset(10)).value();
  ASSERT_TRUE(segment);
  EXPECT_EQ(to_hex(*read_file(files, segment->temporary)),
            "0000000000000003"
            "00000031"
            "00000001"
            "02"
            "fca7dc30"
            "0000"
            "00000006"
            "ffffffffffffffff"
            "ffffffffffffffff"
            "ffffffffffffffff"
            "ffff"
            "ffffffff"
            "00000000");
}

TEST(CompactionPolicyTest, a_log_is_due_by_its_share_of_dirty_bytes_or_by_the_age_of_what_is_dirty) {
  const std::vector<SegmentFacts> segments = {{Offset(0), Offset(10), 300, 1'000, 2'000},
                                              {Offset(10), Offset(20), 100, 3'000, 4'000}};
  CompactionPolicy policy;
  auto found = find_cleanable(segments, Offset(10), Offset(20), policy, 10'000);
  EXPECT_EQ(found.first_dirty, 1u);
  EXPECT_EQ(found.end, 2u);
  EXPECT_DOUBLE_EQ(found.dirty_ratio, 0.25);
  EXPECT_FALSE(found.is_due);
  policy.min_dirty_ratio = 0.25;
  EXPECT_TRUE(find_cleanable(segments, Offset(10), Offset(20), policy, 10'000).is_due);
  policy.min_dirty_ratio = 0.9;
  policy.max_lag_ms = 5'000;
  EXPECT_TRUE(find_cleanable(segments, Offset(10), Offset(20), policy, 10'000).is_due);
  EXPECT_FALSE(find_cleanable(segments, Offset(10), Offset(20), policy, 7'999).is_due);
}

TEST(CompactionPolicyTest, nothing_beyond_the_last_stable_offset_or_younger_than_the_lag_is_cleanable) {
  const std::vector<SegmentFacts> segments = {{Offset(0), Offset(10), 100, 1'000, 2'000},
                                              {Offset(10), Offset(20), 100, 3'000, 4'000},
                                              {Offset(20), Offset(30), 100, 5'000, 6'000}};
  CompactionPolicy policy;
  EXPECT_EQ(find_cleanable(segments, Offset(0), Offset(29), policy, 10'000).end, 2u);
  policy.min_lag_ms = 7'000;
  EXPECT_EQ(find_cleanable(segments, Offset(0), Offset(30), policy, 10'000).end, 1u);
  EXPECT_FALSE(find_cleanable(segments, Offset(30), Offset(30), {}, 10'000).is_due);
}

}  // namespace
}  // namespace weir::log::storage
