#include "log/broker/groups.h"

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

std::int64_t fetched(const Groups& groups, const TopicPartition& partition) {
  auto found = *groups.fetch("g", partition, RequireStable::no);
  return found ? found->offset.value() : -1;
}

TEST(Groups, those_who_assign_by_hand_commit_without_being_members) {
  Groups groups;
  EXPECT_TRUE(groups.decide_commit({"g"}, {{kA, at(1)}}));
  EXPECT_EQ(groups.decide_commit({"g", 3}, {{kA, at(1)}}).error().code, ErrorCode::illegal_generation);
  EXPECT_EQ(groups.decide_commit({"g", -1, "m"}, {{kA, at(1)}}).error().code, ErrorCode::unknown_member_id);
  EXPECT_EQ(groups.decide_commit({"g", -1, "", "i"}, {{kA, at(1)}}).error().code, ErrorCode::unknown_member_id);
  groups.apply(change(kA, 1), Offset(0), kNoTransaction);
  EXPECT_EQ(groups.decide_commit({"g", 3}, {{kA, at(1)}}).error().code, ErrorCode::unknown_member_id);
}

TEST(Groups, metadata_of_more_than_4096_bytes_is_refused_for_its_partition_alone) {
  Groups groups;
  OffsetToCommit longest{kA, at(1)};
  longest.value.metadata.assign(4096, 'x');
  OffsetToCommit too_long{kB, at(1)};
  too_long.value.metadata.assign(4097, 'x');
  auto commit = groups.decide_commit({"g"}, {too_long, longest});
  ASSERT_EQ(commit->changes.size(), 1u);
  EXPECT_EQ(commit->changes[0].partition, kA);
  EXPECT_EQ(commit->outcomes[0].error().code, ErrorCode::offset_metadata_too_large);
  EXPECT_TRUE(commit->outcomes[1]);
}

TEST(Groups, a_decision_is_not_readable_before_it_is_applied) {
  Groups groups;
  auto commit = groups.decide_commit({"g"}, {{kA, at(5)}});
  EXPECT_EQ(fetched(groups, kA), -1);
  groups.apply(commit->changes[0], Offset(0), kNoTransaction);
  EXPECT_EQ(fetched(groups, kA), 5);
}

TEST(Groups, offsets_of_a_transaction_wait_for_their_producers_marker) {
  Groups groups;
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

TEST(Groups, a_later_record_wins_whenever_it_is_applied) {
  Groups groups;
  groups.apply(change(kA, 5), Offset(10), ProducerId(1));
  groups.apply(change(kA, 7), Offset(12), kNoTransaction);
  groups.apply(change(kA, 6), Offset(11), kNoTransaction);
  groups.end_transaction(ProducerId(1), kCommit);
  EXPECT_EQ(fetched(groups, kA), 7);
}

TEST(Groups, offsets_of_a_deleted_topic_are_forgotten) {
  Groups groups;
  groups.apply(change(kA, 5), Offset(0), kNoTransaction);
  groups.apply(change(kB, 6), Offset(1), kNoTransaction);
  auto changes = groups.decide_forget("a");
  ASSERT_EQ(changes.size(), 1u);
  groups.apply(changes[0], Offset(2), kNoTransaction);
  EXPECT_EQ(fetched(groups, kA), -1);
  EXPECT_EQ(fetched(groups, kB), 6);
  EXPECT_TRUE(groups.decide_forget("a").empty());
}

// The model applies transactions when they commit, as a list of all records in the order of the log.
TEST(Groups, random_histories_end_as_the_log_says) {
  for (std::uint64_t seed = 1; seed <= 1'000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    auto pick = [&](int count) {
      return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    Groups groups;
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
