#include "log/cluster/replica.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log::cluster {
namespace {

constexpr NodeId kMe{0};

Replica replica(SyncFirst sync_first = SyncFirst::no, std::int64_t end = 0) {
  return Replica(kMe, LeaderEpoch(1), Offset(end), Offset(end), sync_first);
}

ErrorCode outcome(const Replica& one, std::int64_t end, Until until) {
  const auto outcome = one.outcome(Offset(end), until);
  if (!outcome) return ErrorCode::would_block;
  return *outcome ? ErrorCode::none : outcome->error().code;
}

TEST(ReplicaTest, one_alone_commits_what_it_has) {
  auto one = replica(SyncFirst::no, 5);
  EXPECT_EQ(one.high_watermark(), Offset(5));
  one.appended(Offset(8));
  EXPECT_EQ(one.high_watermark(), Offset(8));
  EXPECT_EQ(outcome(one, 8, Until::written), ErrorCode::none);
  EXPECT_EQ(outcome(one, 8, Until::committed), ErrorCode::none);
  EXPECT_EQ(outcome(one, 8, Until::synced), ErrorCode::would_block);
  EXPECT_EQ(outcome(one, 9, Until::written), ErrorCode::would_block);
}

TEST(ReplicaTest, where_a_sync_comes_first_nothing_counts_before_it) {
  auto one = replica(SyncFirst::yes);
  one.appended(Offset(3));
  EXPECT_EQ(one.high_watermark(), Offset(0));
  EXPECT_EQ(outcome(one, 3, Until::written), ErrorCode::would_block);
  one.synced(Offset(2));
  EXPECT_EQ(one.high_watermark(), Offset(2));
  EXPECT_EQ(outcome(one, 2, Until::committed), ErrorCode::none);
  EXPECT_EQ(outcome(one, 3, Until::committed), ErrorCode::would_block);
  one.set_sync_first(SyncFirst::no);
  EXPECT_EQ(one.high_watermark(), Offset(3));
  one.set_sync_first(SyncFirst::yes);
  one.appended(Offset(4));
  EXPECT_EQ(one.high_watermark(), Offset(3)) << "what was visible stays";
}

TEST(ReplicaTest, acks_all_waits_for_those_in_sync_and_acks_1_for_none) {
  auto one = replica();
  ASSERT_TRUE(one.become_leader(LeaderEpoch(2), {NodeId(0), NodeId(1), NodeId(2)}, {NodeId(0), NodeId(1)}));
  one.appended(Offset(4));
  EXPECT_EQ(outcome(one, 4, Until::written), ErrorCode::none);
  EXPECT_EQ(outcome(one, 4, Until::committed), ErrorCode::would_block);
  ASSERT_TRUE(one.follower_has(NodeId(2), Offset(4)));
  EXPECT_EQ(one.high_watermark(), Offset(0)) << "one that is not in sync does not count";
  ASSERT_TRUE(one.follower_has(NodeId(1), Offset(3)));
  EXPECT_EQ(one.high_watermark(), Offset(3));
  one.set_in_sync({NodeId(0)});
  EXPECT_EQ(one.high_watermark(), Offset(4)) << "who fell behind holds nobody up";
  EXPECT_EQ(one.follower_has(NodeId(3), Offset(4)).error().code, ErrorCode::not_leader_or_follower);
}

TEST(ReplicaTest, too_few_in_sync_take_no_append_that_all_are_to_have) {
  auto one = replica();
  one.set_min_in_sync(2);
  EXPECT_EQ(one.check_append(Until::committed).error().code, ErrorCode::not_enough_replicas);
  EXPECT_TRUE(one.check_append(Until::written));
  one.appended(Offset(1));
  EXPECT_EQ(one.high_watermark(), Offset(1)) << "of one replica one is all there are";

  ASSERT_TRUE(one.become_leader(LeaderEpoch(2), {NodeId(0), NodeId(1)}, {NodeId(0), NodeId(1)}));
  ASSERT_TRUE(one.follower_has(NodeId(1), Offset(1)));
  ASSERT_TRUE(one.check_append(Until::committed));
  one.appended(Offset(2));
  one.set_in_sync({NodeId(0)});
  EXPECT_EQ(one.high_watermark(), Offset(1)) << "KIP-966: what only one has is not committed";
  one.set_min_in_sync(1);
  EXPECT_EQ(one.high_watermark(), Offset(2));
  one.set_min_in_sync(2);
  EXPECT_EQ(outcome(one, 2, Until::committed), ErrorCode::not_enough_replicas_after_append);
}

TEST(ReplicaTest, a_follower_follows_its_leader_and_answers_nobody) {
  auto one = replica();
  one.appended(Offset(2));
  EXPECT_EQ(one.become_follower(LeaderEpoch(0)).error().code, ErrorCode::fenced_leader_epoch);
  ASSERT_TRUE(one.become_follower(LeaderEpoch(5)));
  EXPECT_EQ(outcome(one, 2, Until::committed), ErrorCode::not_leader_or_follower);
  EXPECT_EQ(one.check_append(Until::written).error().code, ErrorCode::not_leader_or_follower);
  EXPECT_EQ(one.follower_has(NodeId(1), Offset(2)).error().code, ErrorCode::not_leader_or_follower);
  one.appended(Offset(9));
  EXPECT_EQ(one.high_watermark(), Offset(2));
  one.leader_says(Offset(6));
  EXPECT_EQ(one.high_watermark(), Offset(6));
  one.leader_says(Offset(100));
  EXPECT_EQ(one.high_watermark(), Offset(9)) << "not beyond what it has";
  ASSERT_TRUE(one.become_leader(LeaderEpoch(6), {NodeId(0), NodeId(1)}, {NodeId(0), NodeId(1)}));
  one.appended(Offset(12));
  EXPECT_EQ(one.high_watermark(), Offset(9)) << "nobody has spoken in this epoch yet";
  ASSERT_TRUE(one.follower_has(NodeId(1), Offset(11)));
  EXPECT_EQ(one.high_watermark(), Offset(11));
}

// Histories -------------------------------------------------------------------------------------------------------

// What was said and done, kept whole; the high watermark is looked up in it by the definition.
struct Model {
  bool leads = true;
  bool sync_first = false;
  std::int64_t end = 0;
  std::int64_t synced = 0;
  std::int64_t told = 0;
  std::size_t min_in_sync = 1;
  std::set<NodeId> replicas{kMe};
  std::set<NodeId> in_sync{kMe};
  std::map<NodeId, std::int64_t> has;  // in this epoch
  std::int64_t reached = 0;            // the most that was ever committed

  // Does every replica that must have it have the record before `end`?
  bool is_committed(std::int64_t upto) const {
    if (upto > (sync_first ? synced : end)) return false;
    if (!leads) return upto <= told;
    if (in_sync.size() < std::min(min_in_sync, replicas.size())) return false;
    for (NodeId node : in_sync) {
      if (node != kMe && (!has.contains(node) || has.at(node) < upto)) return false;
    }
    return true;
  }
  void look() {
    while (is_committed(reached + 1)) ++reached;
  }
};

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {}

  void run() {
    for (int step = 0; step < 120; ++step) {
      act();
      model_.look();
      check(step);
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n)); }
  std::set<NodeId> some_of(const std::set<NodeId>& all) {
    std::set<NodeId> some{kMe};
    for (NodeId node : all) {
      if (below(2) == 0) some.insert(node);
    }
    return some;
  }

  void act() {
    switch (below(9)) {
      case 0:
      case 1:
        model_.end += below(4);
        one_.appended(Offset(model_.end));
        return;
      case 2:
        model_.synced += below(model_.end - model_.synced + 1);
        one_.synced(Offset(model_.synced));
        return;
      case 3:
        model_.sync_first = below(2) == 0;
        one_.set_sync_first(model_.sync_first ? SyncFirst::yes : SyncFirst::no);
        return;
      case 4:
        model_.min_in_sync = static_cast<std::size_t>(1 + below(3));
        one_.set_min_in_sync(static_cast<std::int32_t>(model_.min_in_sync));
        return;
      case 5:
        return follow();
      case 6:
        if (!model_.leads) return;
        model_.in_sync = some_of(model_.replicas);
        return one_.set_in_sync(model_.in_sync);
      case 7:
        return below(4) == 0 ? change_leader() : follow();
      case 8:
        return below(6) == 0 ? cut() : follow();
    }
  }

  // A follower speaks, or the leader.
  void follow() {
    if (!model_.leads) {
      const std::int64_t said = below(model_.end + 3);
      model_.told = std::max(model_.told, said);
      return one_.leader_says(Offset(said));
    }
    const NodeId node(static_cast<std::int32_t>(below(4)));
    const std::int64_t end = below(model_.end + 1);
    const bool is_known = node != kMe && model_.replicas.contains(node);
    EXPECT_EQ(one_.follower_has(node, Offset(end)).has_value(), is_known);
    if (is_known) model_.has[node] = end;
  }

  void change_leader() {
    const auto epoch = LeaderEpoch(epoch_ + static_cast<std::int32_t>(below(3)) - 1);
    const std::set<NodeId> replicas = some_of({NodeId(1), NodeId(2), NodeId(3)});
    const std::set<NodeId> in_sync = some_of(replicas);
    const bool leads = below(2) == 0;
    const auto changed = leads ? one_.become_leader(epoch, replicas, in_sync) : one_.become_follower(epoch);
    EXPECT_EQ(changed.has_value(), epoch.value() >= epoch_);
    if (!changed) return;
    epoch_ = epoch.value();
    model_.leads = leads;
    model_.has.clear();
    model_.told = 0;
    if (!leads) return;
    model_.replicas = replicas;
    model_.in_sync = in_sync;
  }

  void cut() {
    const std::int64_t to = below(model_.end + 1);
    model_.end = to;
    model_.synced = std::min(model_.synced, to);
    model_.reached = std::min(model_.reached, to);
    one_.truncated(Offset(to));
  }

  void check(int step) {
    ASSERT_EQ(one_.high_watermark(), Offset(model_.reached)) << "step " << step;
    for (std::int64_t end = 1; end <= model_.end; ++end) {
      const bool is_written = end <= (model_.sync_first ? model_.synced : model_.end);
      const ErrorCode open = ErrorCode::would_block;
      ASSERT_EQ(outcome(one_, end, Until::synced), end <= model_.synced ? ErrorCode::none : open);
      const ErrorCode nobody = ErrorCode::not_leader_or_follower;
      ASSERT_EQ(outcome(one_, end, Until::written), !model_.leads ? nobody : is_written ? ErrorCode::none : open);
      const bool are_enough = model_.in_sync.size() >= model_.min_in_sync;
      const ErrorCode committed = are_enough ? ErrorCode::none : ErrorCode::not_enough_replicas_after_append;
      ASSERT_EQ(outcome(one_, end, Until::committed), !model_.leads           ? nobody
                                                      : end <= model_.reached ? committed
                                                                              : open);
    }
  }

  std::mt19937_64 random_;
  Replica one_ = replica();
  Model model_;
  std::int32_t epoch_ = 1;
};

TEST(ReplicaTest, random_histories_commit_what_the_definition_says) {
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    SCOPED_TRACE(seed);
    History(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace weir::log::cluster
