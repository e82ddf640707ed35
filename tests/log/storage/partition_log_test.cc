#include "log/storage/partition_log.h"

#include <random>

#include "tests/log/storage/log_fixture.h"

namespace weir::log::storage {
namespace {

class PartitionLogTest : public LogTest {
 protected:
  void SetUp() override { ASSERT_TRUE(open(files_)); }

  // `count` batches "v0", "v1", ... of one record.
  void append_values(int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(append(make_batch("v" + std::to_string(partition_->end_offset().value()))));
    }
    partition_->set_high_watermark(partition_->end_offset());
  }
};

TEST_F(PartitionLogTest, append_gives_consecutive_offsets_and_the_epoch) {
  auto first = append(make_batch(BatchSpec{{"a", "b", "c"}})).value();
  EXPECT_EQ(first.base_offset, Offset(0));
  EXPECT_EQ(first.last_offset, Offset(2));
  EXPECT_EQ(append(foreign(make_batch("d")))->base_offset, Offset(3));
  auto records = perform(*partition_->plan_read(Offset(0), 1'000, ReadUpTo::end, AtLeastOne::yes)).value();
  auto header = BatchHeader::parse(records.parts[0].view()).value();
  EXPECT_EQ(header.leader_epoch, directory_->leader_epoch());
  EXPECT_EQ(*read_all(*partition_), (std::vector<ReadRecord>{{0, "a"}, {1, "b"}, {2, "c"}, {3, "d"}}));
}

TEST_F(PartitionLogTest, what_was_sealed_here_is_read_from_memory_and_trusted) {
  append_values(10);
  auto tail = perform(*partition_->plan_read(Offset(5), 10'000, ReadUpTo::end, AtLeastOne::yes)).value();
  EXPECT_EQ(tail.trust, Trust::sealed_here);
  EXPECT_EQ(tail.parts.size(), 5u);
  ASSERT_TRUE(append(foreign(make_batch("x"))));
  auto stored = perform(*partition_->plan_read(Offset(5), 10'000, ReadUpTo::end, AtLeastOne::yes)).value();
  EXPECT_EQ(stored.trust, Trust::foreign);
  EXPECT_EQ(records_in(stored, Offset(5))->size(), 6u);
}

TEST_F(PartitionLogTest, every_offset_is_read_with_every_size_over_segments) {
  segment_bytes_ = 500;
  ASSERT_TRUE(open(files_));
  std::mt19937_64 dice(5);
  std::vector<ReadRecord> all;
  for (int i = 0; i < 60; ++i) {
    BatchSpec spec;
    for (std::size_t count = dice() % 4 + 1; count > 0; --count) {
      spec.values.push_back(std::string(dice() % 120, static_cast<char>('a' + dice() % 26)));
      all.push_back({static_cast<std::int64_t>(all.size()), spec.values.back()});
    }
    ASSERT_TRUE(append(foreign(make_batch(spec))));
  }
  EXPECT_GT(partition_->segment_count(), 5u);
  for (std::size_t max_bytes : {1u, 100u, 300u, 5'000u}) {
    for (std::size_t from = 0; from < all.size(); ++from) {
      auto read = read_all(*partition_, Offset(static_cast<std::int64_t>(from)), ReadUpTo::end, max_bytes);
      ASSERT_TRUE(read) << read.error().to_string();
      ASSERT_EQ(*read, std::vector<ReadRecord>(all.begin() + static_cast<std::ptrdiff_t>(from), all.end()));
    }
  }
}

TEST_F(PartitionLogTest, a_batch_that_is_too_large_comes_only_if_one_must) {
  ASSERT_TRUE(append(foreign(make_batch(std::string(70'000, 'x')))));
  ASSERT_TRUE(append(foreign(make_batch(std::string(70'000, 'y')))));
  auto none = perform(*partition_->plan_read(Offset(0), 100, ReadUpTo::end, AtLeastOne::no)).value();
  EXPECT_TRUE(none.parts.empty());
  auto one = perform(*partition_->plan_read(Offset(1), 100, ReadUpTo::end, AtLeastOne::yes)).value();
  EXPECT_EQ((*records_in(one, Offset(1)))[0].value[0], 'y');
}

TEST_F(PartitionLogTest, nothing_is_read_at_or_beyond_the_bound) {
  append_values(3);
  ASSERT_TRUE(append(make_batch("unseen")));
  EXPECT_EQ(read_all(*partition_, Offset(0), ReadUpTo::high_watermark)->size(), 3u);
  auto at_bound = partition_->plan_read(Offset(3), 100, ReadUpTo::high_watermark, AtLeastOne::yes);
  EXPECT_TRUE(perform(*at_bound)->parts.empty());
  EXPECT_EQ(partition_->plan_read(Offset(4), 100, ReadUpTo::high_watermark, AtLeastOne::yes).error().code,
            ErrorCode::offset_out_of_range);
}

TEST_F(PartitionLogTest, a_batch_sent_twice_is_answered_with_its_first_offset) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(append(make_batch(from_producer(9, 0, i * 2, {"a", "b"}))));
  auto again = append(make_batch(from_producer(9, 0, 4, {"a", "b"}))).value();
  EXPECT_TRUE(again.is_duplicate);
  EXPECT_EQ(again.base_offset, Offset(4));
  EXPECT_EQ(partition_->end_offset(), Offset(12));
  // The first batch is not among the last five any more.
  EXPECT_EQ(append(make_batch(from_producer(9, 0, 0, {"a", "b"}))).error().code,
            ErrorCode::out_of_order_sequence_number);
}

TEST_F(PartitionLogTest, sequences_and_epochs_are_kept_in_order) {
  ASSERT_TRUE(append(make_batch(from_producer(9, 3, 7, {"first known"}))));
  EXPECT_EQ(append(make_batch(from_producer(9, 3, 9, {"gap"}))).error().code, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(append(make_batch(from_producer(9, 2, 8, {"old"}))).error().code, ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(append(make_batch(from_producer(9, 4, 8, {"new epoch"}))).error().code,
            ErrorCode::out_of_order_sequence_number);
  EXPECT_TRUE(append(make_batch(from_producer(9, 4, 0, {"new epoch"}))));
  EXPECT_TRUE(append(make_batch(from_producer(8, 0, 0x7fffffff, {"last"}))));
  EXPECT_TRUE(append(make_batch(from_producer(8, 0, 0, {"wrapped"}))));
}

TEST_F(PartitionLogTest, foreign_batches_are_checked_whole) {
  OwnedBytes bytes(make_batch("value").bytes.view());
  bytes.back() ^= 1;
  auto damaged = *RecordBatch::parse(SharedBytes::copy_of(bytes), Trust::foreign);
  EXPECT_EQ(append(damaged).error().code, ErrorCode::corrupt_message);
  EXPECT_EQ(append(marker(EndMarkerType::commit, 1, 0)).error().code, ErrorCode::invalid_record);
  EXPECT_EQ(partition_->end_offset(), Offset(0));
}

TEST_F(PartitionLogTest, an_open_transaction_holds_the_last_stable_offset) {
  append_values(2);
  ASSERT_TRUE(append(make_batch(from_producer(1, 0, 0, {"t1"}, true))));
  ASSERT_TRUE(append(make_batch(from_producer(2, 0, 0, {"t2"}, true))));
  partition_->set_high_watermark(partition_->end_offset());
  EXPECT_EQ(partition_->last_stable_offset(), Offset(2));
  ASSERT_TRUE(append_marker(marker(EndMarkerType::abort, 1, 0)));
  EXPECT_EQ(partition_->last_stable_offset(), Offset(3));
  ASSERT_TRUE(append_marker(marker(EndMarkerType::commit, 2, 0)));
  EXPECT_EQ(partition_->last_stable_offset(), Offset(6));
  EXPECT_EQ(partition_->aborted_between(Offset(0), Offset(6)),
            (std::vector<AbortedTransaction>{{ProducerId(1), Offset(2), Offset(4)}}));
  EXPECT_TRUE(partition_->aborted_between(Offset(5), Offset(6)).empty());
  EXPECT_TRUE(partition_->aborted_between(Offset(0), Offset(2)).empty());
}

TEST_F(PartitionLogTest, a_marker_releases_the_last_stable_offset_only_below_the_high_watermark) {
  ASSERT_TRUE(append(make_batch(from_producer(1, 0, 0, {"t1"}, true))));
  ASSERT_TRUE(partition_->append(marker(EndMarkerType::commit, 1, 0), LeaderEpoch(0), Origin::coordinator));
  partition_->set_high_watermark(Offset(1));
  EXPECT_EQ(partition_->last_stable_offset(), Offset(0));
  partition_->set_high_watermark(Offset(2));
  EXPECT_EQ(partition_->last_stable_offset(), Offset(2));
}

TEST_F(PartitionLogTest, transactions_fence_what_is_not_theirs) {
  ASSERT_TRUE(append(make_batch(from_producer(1, 5, 0, {"t"}, true))));
  EXPECT_EQ(append(make_batch(from_producer(1, 5, 1, {"plain"}))).error().code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(append_marker(marker(EndMarkerType::abort, 1, 4)).error().code, ErrorCode::invalid_producer_epoch);
  ASSERT_TRUE(append_marker(marker(EndMarkerType::abort, 1, 6, 3)));
  EXPECT_EQ(append(make_batch(from_producer(1, 5, 1, {"zombie"}, true))).error().code,
            ErrorCode::invalid_producer_epoch);
  EXPECT_EQ(append_marker(marker(EndMarkerType::abort, 1, 6, 2)).error().code,
            ErrorCode::transaction_coordinator_fenced);
  EXPECT_TRUE(append(make_batch(from_producer(1, 6, 0, {"next"}, true))));
}

TEST_F(PartitionLogTest, timestamps_are_found_in_any_order) {
  segment_bytes_ = 400;
  ASSERT_TRUE(open(files_));
  std::mt19937_64 dice(9);
  std::vector<std::int64_t> timestamps;
  for (int i = 0; i < 50; ++i) {
    BatchSpec spec{{"a", "b"}, static_cast<std::int64_t>(dice() % 500)};
    timestamps.push_back(spec.timestamp_ms);
    timestamps.push_back(spec.timestamp_ms + 1);
    ASSERT_TRUE(append(make_batch(spec)));
  }
  for (std::int64_t wanted = 0; wanted < 510; wanted += 7) {
    auto expected = std::find_if(timestamps.begin(), timestamps.end(), [&](auto t) { return t >= wanted; });
    auto found = partition_->find_timestamp(wanted, partition_->end_offset()).value();
    ASSERT_EQ(found.has_value(), expected != timestamps.end()) << wanted;
    if (found) {
      EXPECT_EQ(found->offset.value(), expected - timestamps.begin()) << wanted;
    }
  }
  auto largest = partition_->find_max_timestamp(partition_->end_offset()).value();
  EXPECT_EQ(largest.timestamp_ms, *std::max_element(timestamps.begin(), timestamps.end()));
}

TEST_F(PartitionLogTest, truncate_keeps_batches_below_offset_and_their_state) {
  segment_bytes_ = 300;
  ASSERT_TRUE(open(files_));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(make_batch(from_producer(1, 0, i, {"value"}))));
  ASSERT_TRUE(partition_->truncate(Offset(7)));
  EXPECT_EQ(partition_->end_offset(), Offset(7));
  EXPECT_EQ(read_all(*partition_)->size(), 7u);
  EXPECT_EQ(append(make_batch(from_producer(1, 0, 20, {"value"}))).error().code,
            ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(append(make_batch(from_producer(1, 0, 7, {"value"})))->base_offset, Offset(7));
}

TEST_F(PartitionLogTest, delete_before_removes_whole_segments_and_refuses_what_is_below) {
  segment_bytes_ = 300;
  ASSERT_TRUE(open(files_));
  append_values(20);
  std::size_t before = partition_->segment_count();
  partition_->delete_before(Offset(10));
  ASSERT_TRUE(directory_->write_checkpoint(positions()));
  ASSERT_TRUE(partition_->remove_dead_segments());
  EXPECT_LT(partition_->segment_count(), before);
  EXPECT_EQ(partition_->plan_read(Offset(9), 100, ReadUpTo::end, AtLeastOne::yes).error().code,
            ErrorCode::offset_out_of_range);
  EXPECT_EQ(read_all(*partition_, Offset(10))->size(), 10u);
  ASSERT_TRUE(close());
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(partition_->log_start(), Offset(10));
}

TEST_F(PartitionLogTest, a_crash_while_segments_are_removed_leaves_no_hole) {
  segment_bytes_ = 300;
  ASSERT_TRUE(open(files_));
  append_values(20);
  ASSERT_TRUE(sync());
  std::size_t before = files_.operation_count();
  partition_->delete_before(Offset(12));
  ASSERT_TRUE(directory_->write_checkpoint(positions()));
  ASSERT_TRUE(partition_->remove_dead_segments());
  std::size_t last = files_.operation_count();
  shut();
  for (std::size_t operations = before; operations <= last; ++operations) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      auto after = files_.crashed_after(operations, seed == 0 ? CrashModel::kill() : CrashModel::power_cut(seed));
      ASSERT_TRUE(open(*after, seed == 0 ? "boot-1" : "boot-2"));
      EXPECT_FALSE(partition_->finding());
      EXPECT_EQ(partition_->end_offset(), Offset(20));
      auto read = read_all(*partition_, partition_->log_start());
      ASSERT_TRUE(read) << read.error().to_string();
      EXPECT_EQ(read->size(), static_cast<std::size_t>(Offset(20) - partition_->log_start()));
      shut();
    }
  }
}

TEST_F(PartitionLogTest, retention_takes_whole_segments_that_are_too_old_or_too_much) {
  segment_bytes_ = 300;
  ASSERT_TRUE(open(files_));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(append(make_batch(BatchSpec{{"value"}, 1'000 + i})));
  partition_->set_high_watermark(partition_->end_offset());
  EXPECT_EQ(*partition_->retained_from({}), Offset(0));
  Offset by_age = *partition_->retained_from({.oldest_ms = 1'010, .most_bytes = {}});
  EXPECT_GT(by_age, Offset(0));
  EXPECT_LE(by_age, Offset(10));
  std::uint64_t half = partition_->size_bytes() / 2;
  partition_->delete_before(*partition_->retained_from({.oldest_ms = {}, .most_bytes = half}));
  ASSERT_TRUE(partition_->remove_dead_segments());
  EXPECT_LE(partition_->size_bytes(), half);
  EXPECT_GT(partition_->size_bytes(), half - 400);
}

TEST_F(PartitionLogTest, a_clean_stop_is_followed_by_an_open_that_scans_nothing) {
  segment_bytes_ = 400;
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(append(make_batch(from_producer(1, 0, 0, {"t"}, true))));
  append_values(30);
  LeaderEpoch epoch = directory_->leader_epoch();
  ASSERT_TRUE(close());
  ASSERT_TRUE(open(files_));
  EXPECT_EQ(partition_->scanned_bytes(), 0u);
  EXPECT_EQ(partition_->end_offset(), Offset(31));
  EXPECT_EQ(partition_->last_stable_offset(), Offset(0));
  EXPECT_EQ(directory_->leader_epoch(), epoch);
  EXPECT_EQ(append(make_batch(from_producer(1, 0, 2, {"t"}, true))).error().code,
            ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(read_all(*partition_)->size(), 31u);
}

TEST_F(PartitionLogTest, an_unclean_stop_begins_a_new_leader_epoch) {
  append_values(3);
  LeaderEpoch epoch = directory_->leader_epoch();
  ASSERT_TRUE(open(files_));
  EXPECT_GT(directory_->leader_epoch(), epoch);
  append_values(2);
  EXPECT_EQ(partition_->end_of_epoch(epoch).end_offset, Offset(3));
  EXPECT_EQ(partition_->end_of_epoch(directory_->leader_epoch()).end_offset, Offset(5));
  EXPECT_EQ(partition_->epoch_at(Offset(2)), epoch);
}

TEST_F(PartitionLogTest, descriptors_stay_within_their_bound) {
  FileCache cache(files_, 3);
  ASSERT_TRUE(files_.create_directories("many"));
  TailBudget budget;
  budget.partition_bytes = 0;
  std::vector<std::unique_ptr<PartitionLog>> logs;
  for (int i = 0; i < 20; ++i) {
    std::string directory = "many/" + std::to_string(i);
    ASSERT_TRUE(files_.create_directories(directory));
    logs.push_back(*PartitionLog::open(cache, directory, {1'000'000, &budget}, {}));
    ASSERT_TRUE(logs.back()->append(make_batch("x"), LeaderEpoch(0), Origin::client));
  }
  for (auto& log : logs) {
    EXPECT_EQ(read_all(*log)->size(), 1u);
    EXPECT_LE(cache.open_count(), 3u);
  }
}

TEST(TailCache, is_charged_for_what_its_batches_hold) {
  TailBudget budget;
  budget.partition_bytes = 100'000;
  TailCache tail(budget);
  for (int i = 0; i < 10'000; ++i) {
    BatchBuilder builder(128 * 1024);  // as a producer's
    builder.add(0, "k", "v");
    auto batch = *builder.seal({});
    batch.header.base_offset = Offset(i);
    tail.add(batch);
    ASSERT_LE(budget.used, budget.partition_bytes);
  }
  std::size_t held = 0;
  for (auto entry = tail.find(Offset(9'999)); entry != tail.end(); ++entry) held += entry->bytes.size();
  EXPECT_GT(budget.used, held);
  EXPECT_EQ(tail.find(Offset(9'000)), tail.end());
  EXPECT_NE(tail.find(Offset(9'700)), tail.end());
}

TEST_F(PartitionLogTest, what_is_read_is_not_kept_in_much_larger_buffers) {
  ASSERT_TRUE(open(files_));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(append(foreign(make_batch(std::string(300, 'x')))));
  auto plan = partition_->plan_read(Offset(50), 100, ReadUpTo::end, AtLeastOne::yes).value();
  auto records = perform(plan).value();
  ASSERT_EQ(records.parts.size(), 1u);
  EXPECT_LT(records.parts[0].size(), 500u);
}

// Times that cannot be right.
TEST_F(PartitionLogTest, a_time_in_the_future_keeps_no_segment_longer_than_its_last_append) {
  constexpr std::int64_t kNow = 1'000'000;
  segment_bytes_ = 100;
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(append(make_batch(BatchSpec{{"a"}, INT64_MAX - 10})));
  ASSERT_TRUE(append(make_batch(BatchSpec{{"b"}, 10'000})));
  ASSERT_TRUE(append(make_batch(BatchSpec{{"c"}, 10'000})));
  ASSERT_EQ(partition_->segment_count(), 3u);
  partition_->set_high_watermark(partition_->end_offset());
  const PartitionLog::Retention retention{.oldest_ms = 500'000, .most_bytes = {}, .now_ms = kNow};
  // Nobody knows when it was appended: it stays.
  EXPECT_EQ(*partition_->retained_from(retention), Offset(0));
  const std::string first = partition_->directory() + "/00000000000000000000.log";
  files_.set_modified_ms(first, 600'000);
  EXPECT_EQ(*partition_->retained_from(retention), Offset(0));
  files_.set_modified_ms(first, 400'000);
  EXPECT_EQ(*partition_->retained_from(retention), Offset(2));
}

TEST_F(PartitionLogTest, a_segment_that_begins_in_the_future_is_ended_when_it_was_written_for_long_enough) {
  ASSERT_TRUE(open(files_));
  ASSERT_TRUE(append(make_batch(BatchSpec{{"a"}, INT64_MAX - 10})));
  ASSERT_TRUE(partition_->roll_if_older(1'000, 2'000));  // it is seen first at 2,000
  EXPECT_EQ(partition_->segment_count(), 1u);
  ASSERT_TRUE(partition_->roll_if_older(2'001, 3'001));
  EXPECT_EQ(partition_->segment_count(), 2u);
}

}  // namespace
}  // namespace weir::log::storage
