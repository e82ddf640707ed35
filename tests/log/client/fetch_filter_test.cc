#include "log/client/fetch_filter.h"

#include <gtest/gtest.h>

namespace weir::log {
namespace {

// A partition as it would be fetched, written batch by batch.
class Partition {
 public:
  Partition& plain(int records) { return data(records, kNoProducerId, false); }
  Partition& transactional(std::int64_t producer, int records) { return data(records, ProducerId(producer), true); }
  Partition& ends(std::int64_t producer, EndMarkerType type) {
    return put(end_marker_batch({type, CoordinatorEpoch(0)}, ProducerId(producer), ProducerEpoch(0), 0));
  }
  Partition& aborts(std::int64_t producer) { return ends(producer, EndMarkerType::abort); }
  Partition& commits(std::int64_t producer) { return ends(producer, EndMarkerType::commit); }
  Partition& knows_aborted(std::int64_t producer, std::int64_t first_offset) {
    answer.aborted_transactions->push_back({ProducerId(producer), Offset(first_offset)});
    return *this;
  }
  Partition& cut(std::size_t bytes) {
    auto& last = answer.records->parts.back();
    last = last.slice(0, last.size() - bytes);
    return *this;
  }

  wire::FetchResponse::PartitionData answer;

 private:
  Partition& data(int records, ProducerId producer, bool is_transactional) {
    BatchBuilder builder;
    for (int i = 0; i < records; ++i) builder.add(0, "k", std::to_string(next_.value() + i));
    BatchOptions options;
    options.producer_id = producer;
    options.producer_epoch = producer == kNoProducerId ? kNoProducerEpoch : ProducerEpoch(0);
    options.base_sequence = producer == kNoProducerId ? kNoSequence : Sequence(0);
    options.is_transactional = is_transactional;
    return put(builder.seal(options).value());
  }
  Partition& put(const RecordBatch& batch) {
    OwnedBytes bytes(batch.bytes.view());
    assign_offset(bytes.data(), next_, LeaderEpoch(0));
    next_ += batch.header.last_offset_delta + 1;
    if (!answer.records) answer.records.emplace();
    answer.records->parts.push_back(SharedBytes::take(std::move(bytes)));
    return *this;
  }

  Offset next_{0};
};

struct Seen {
  std::vector<std::int64_t> offsets;  // of the batches handed out
  Offset position;
};

Seen see(const Partition& partition, Isolation isolation = Isolation::read_committed, std::int64_t from = 0) {
  std::vector<FetchedBatch> batches;
  TopicPartition name{"t", PartitionIndex(0)};
  auto position = take_batches(partition.answer, {name, 0, Offset(from), isolation}, batches);
  EXPECT_TRUE(position) << position.error().to_string();
  Seen seen{{}, position.value_or(OffsetAndEpoch{}).offset};
  for (const auto& fetched : batches) {
    seen.offsets.push_back(fetched.batch.header.base_offset.value());
    EXPECT_EQ(fetched.first_wanted, Offset(from));
  }
  return seen;
}

using Offsets = std::vector<std::int64_t>;

TEST(FetchFilter, markers_are_passed_over) {
  Partition partition;
  partition.transactional(1, 2).commits(1).plain(1);
  Seen seen = see(partition);
  EXPECT_EQ(seen.offsets, (Offsets{0, 3}));
  EXPECT_EQ(seen.position, Offset(4));
}

TEST(FetchFilter, an_aborted_transaction_is_left_out_up_to_its_marker) {
  Partition partition;
  partition.transactional(1, 1).aborts(1).transactional(1, 1).commits(1).knows_aborted(1, 0);
  EXPECT_EQ(see(partition).offsets, Offsets{2});
  EXPECT_EQ(see(partition).position, Offset(4));
}

TEST(FetchFilter, transactions_of_several_producers_interleave) {
  Partition partition;
  partition.transactional(1, 1).transactional(2, 1).plain(1).transactional(1, 1).aborts(1).transactional(2, 1).commits(
      2);
  partition.knows_aborted(1, 0);
  EXPECT_EQ(see(partition).offsets, (Offsets{1, 2, 5}));
}

TEST(FetchFilter, the_same_producer_aborts_twice) {
  Partition partition;
  partition.transactional(1, 1).aborts(1).transactional(1, 1).commits(1).transactional(1, 1).aborts(1).plain(1);
  partition.knows_aborted(1, 4).knows_aborted(1, 0);  // in any order
  EXPECT_EQ(see(partition).offsets, (Offsets{2, 6}));
}

TEST(FetchFilter, a_transaction_that_began_before_the_position_is_known_by_its_first_offset) {
  Partition partition;
  partition.transactional(1, 1).transactional(1, 1).transactional(1, 1).aborts(1).knows_aborted(1, 0);
  EXPECT_EQ(see(partition, Isolation::read_committed, 2).offsets, Offsets{});
}

TEST(FetchFilter, records_outside_transactions_of_an_aborting_producer_stay) {
  Partition partition;
  partition.transactional(1, 1).plain(1).aborts(1).knows_aborted(1, 0);
  EXPECT_EQ(see(partition).offsets, Offsets{1});
}

TEST(FetchFilter, read_uncommitted_sees_everything_but_markers) {
  Partition partition;
  partition.transactional(1, 1).aborts(1).plain(1).knows_aborted(1, 0);
  EXPECT_EQ(see(partition, Isolation::read_uncommitted).offsets, (Offsets{0, 2}));
}

TEST(FetchFilter, batches_wholly_below_the_position_are_left_out) {
  Partition partition;
  partition.plain(3).plain(3);
  EXPECT_EQ(see(partition, Isolation::read_committed, 3).offsets, Offsets{3});
  EXPECT_EQ(see(partition, Isolation::read_committed, 2).offsets, (Offsets{0, 3}));
}

TEST(FetchFilter, an_incomplete_batch_is_left_for_the_next_fetch) {
  Partition partition;
  partition.plain(2).plain(2).cut(5);
  Seen seen = see(partition);
  EXPECT_EQ(seen.offsets, Offsets{0});
  EXPECT_EQ(seen.position, Offset(2));
}

TEST(FetchFilter, several_batches_in_one_part_are_told_apart) {
  Partition partition;
  partition.plain(2).plain(1);
  OwnedBytes all;
  for (const auto& part : partition.answer.records->parts) all += part.view();
  partition.answer.records->parts = {SharedBytes::take(std::move(all))};
  EXPECT_EQ(see(partition).offsets, (Offsets{0, 2}));
}

TEST(FetchFilter, nothing_moves_without_records) {
  EXPECT_EQ(see(Partition{}, Isolation::read_committed, 9).position, Offset(9));
}

TEST(FetchFilter, broken_bytes_are_told_with_their_place) {
  Partition partition;
  partition.plain(2);
  OwnedBytes bytes(partition.answer.records->parts[0].view());
  bytes[16] = 1;  // an older format
  partition.answer.records->parts[0] = SharedBytes::take(std::move(bytes));
  std::vector<FetchedBatch> batches;
  TopicPartition name{"t", PartitionIndex(3)};
  auto position = take_batches(partition.answer, {name, 0, Offset(0), Isolation::read_committed}, batches);
  ASSERT_FALSE(position);
  EXPECT_EQ(position.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(position.error().detail.find("t-3, offset 0"), std::string::npos) << position.error().detail;
}

}  // namespace
}  // namespace weir::log
