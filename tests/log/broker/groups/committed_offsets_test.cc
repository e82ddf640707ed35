#include "log/broker/groups/committed_offsets.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log::broker {
namespace {

const TopicPartition kA{"a", PartitionIndex(0)};
const TopicPartition kB{"b", PartitionIndex(0)};
constexpr EndMarkerType kCommit = EndMarkerType::commit;
constexpr EndMarkerType kAbort = EndMarkerType::abort;
constexpr std::nullopt_t kNoTransaction = std::nullopt;

CommittedOffset at(std::int64_t offset) {
  return {Offset(offset), kNoLeaderEpoch, "", 1'000};
}

OffsetChange change(const TopicPartition& partition, std::int64_t offset) {
  return {"g", partition, at(offset)};
}

std::int64_t fetched(const CommittedOffsets& groups, const TopicPartition& partition) {
  auto found = *groups.fetch("g", partition, RequireStable::no);
  return found ? found->offset.value() : -1;
}

TEST(CommittedOffsets, offsets_of_a_transaction_wait_for_their_producers_marker) {
  CommittedOffsets groups;
  groups.apply(change(kA, 5), Offset(0), ProducerId(1));
  groups.apply(change(kB, 6), Offset(1), ProducerId(2));
  EXPECT_EQ(fetched(groups, kA), -1);
  EXPECT_EQ(groups.fetch("g", kA, RequireStable::yes).error().code, ErrorCode::unstable_offset_commit);
  EXPECT_EQ(groups.partitions_of("g"), (std::vector<TopicPartition>{kA, kB}));
  groups.end_transaction(ProducerId(1), kCommit);
  groups.end_transaction(ProducerId(2), kAbort);
  EXPECT_EQ(fetched(groups, kA), 5);
  EXPECT_EQ(fetched(groups, kB), -1);
  EXPECT_TRUE(groups.fetch("g", kB, RequireStable::yes));
}

TEST(CommittedOffsets, a_later_record_wins_whenever_it_is_applied) {
  CommittedOffsets groups;
  groups.apply(change(kA, 5), Offset(10), ProducerId(1));
  groups.apply(change(kA, 7), Offset(12), kNoTransaction);
  groups.apply(change(kA, 6), Offset(11), kNoTransaction);
  groups.end_transaction(ProducerId(1), kCommit);
  EXPECT_EQ(fetched(groups, kA), 7);
}

TEST(CommittedOffsets, offsets_of_a_deleted_topic_are_forgotten) {
  CommittedOffsets groups;
  groups.apply(change(kA, 5), Offset(0), kNoTransaction);
  groups.apply(change(kB, 6), Offset(1), kNoTransaction);
  auto changes = groups.forget_topic("a");
  ASSERT_EQ(changes.size(), 1u);
  groups.apply(changes[0], Offset(2), kNoTransaction);
  EXPECT_EQ(fetched(groups, kA), -1);
  EXPECT_EQ(fetched(groups, kB), 6);
  EXPECT_TRUE(groups.forget_topic("a").empty());
}

// The model applies transactions when they commit, as a list of all records in the order of the log.
TEST(CommittedOffsets, random_histories_end_as_the_log_says) {
  for (std::uint64_t seed = 1; seed <= 1'000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto pick = [&](int count) {
      return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    CommittedOffsets groups;
    struct Written {
      std::int64_t offset;
      TopicPartition partition;
      int producer;      // 0: none
      int outcome = -1;  // of its transaction: open, aborted, committed
    };
    std::vector<Written> log;
    for (int step = 0; step < 60; ++step) {
      const Offset position(step);
      int producer = pick(4);
      if (producer > 0 && pick(3) == 0) {
        bool commits = pick(2) == 1;
        groups.end_transaction(ProducerId(producer), commits ? kCommit : kAbort);
        for (auto& record : log) {
          if (record.producer == producer && record.outcome == -1) record.outcome = commits;
        }
        continue;
      }
      Written record{pick(100), {"t", PartitionIndex(pick(3))}, producer, producer == 0 ? 1 : -1};
      log.push_back(record);
      groups.apply({"g", record.partition, at(record.offset)}, position,
                   producer == 0 ? std::optional<ProducerId>() : ProducerId(producer));
      for (std::int32_t i = 0; i < 3; ++i) {
        const TopicPartition partition{"t", PartitionIndex(i)};
        std::int64_t expected = -1;
        bool unstable = false;
        for (const auto& one : log) {
          if (one.partition != partition) continue;
          if (one.outcome == 1) expected = one.offset;
          unstable |= one.outcome == -1;
        }
        ASSERT_EQ(fetched(groups, partition), expected);
        ASSERT_EQ(groups.fetch("g", partition, RequireStable::yes).has_value(), !unstable);
      }
    }
  }
}

}  // namespace
}  // namespace weir::log::broker
