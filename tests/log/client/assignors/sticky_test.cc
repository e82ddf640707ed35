// The promises of the sticky assignors: even, and what need not move stays.
#include "log/client/assignors/sticky.h"

#include <gtest/gtest.h>

#include "log/client/assignors/cooperative_sticky.h"
#include "tests/log/client/assignors/random_group.h"

namespace weir::log::sticky_test {
namespace {

constexpr std::uint32_t kGroups = 400;
using Subscriptions = RandomGroup::Subscriptions;
using Racks = RandomGroup::Racks;

const StickyAssignor kSticky;
const CooperativeStickyAssignor kCooperative;

// That some partition could go from its member to a subscriber with at least two fewer.
bool could_be_more_even(const RandomGroup& group, const Assigned& assigned) {
  for (const auto& [member, partitions] : assigned) {
    for (const auto& each : partitions) {
      for (const auto& [other, others] : assigned) {
        if (others.size() + 1 < partitions.size() && group.subscribes(other, each.topic)) return true;
      }
    }
  }
  return false;
}

TEST(StickyAssignor, is_even_where_all_subscribe_the_same) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    RandomGroup group(seed, Subscriptions::same, seed % 2 != 0 ? Racks::some : Racks::none);
    EXPECT_LE(spread(group.assign(kSticky)), 1u) << "seed " << seed;
  }
}

TEST(StickyAssignor, leaves_no_move_that_would_make_it_more_even) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group(seed, Subscriptions::different, seed % 2 != 0 ? Racks::some : Racks::none);
    Assigned assigned = group.assign(kSticky);
    EXPECT_FALSE(could_be_more_even(group, assigned));
    group.tell(kSticky, assigned, 1);
    group.add_member("late", Subscriptions::same, Racks::none);
    group.members.erase(group.members.begin());
    EXPECT_FALSE(could_be_more_even(group, group.assign(kSticky)));
  }
}

TEST(StickyAssignor, moves_nothing_when_nothing_has_changed) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group(seed, seed % 2 != 0 ? Subscriptions::same : Subscriptions::different, Racks::none);
    const Assigned first = group.assign(kSticky);
    group.tell(kSticky, first, 1);
    EXPECT_EQ(shown(group.assign(kSticky)), shown(first));
  }
}

TEST(StickyAssignor, a_member_that_comes_gets_its_share_and_nothing_else_moves) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group(seed, Subscriptions::same, Racks::none);
    const Assigned before = group.assign(kSticky);
    group.add_member("late", Subscriptions::same, Racks::none);
    group.tell(kSticky, before, 1);
    const Assigned after = group.assign(kSticky);
    EXPECT_LE(spread(after), 1u);
    EXPECT_EQ(count_kept(before, after), group.subscribed().size() - after.at("late").size());
  }
}

TEST(StickyAssignor, when_a_member_goes_the_others_keep_all_that_they_have) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group(seed, Subscriptions::same, Racks::none);
    const Assigned before = group.assign(kSticky);
    if (group.members.size() < 2) continue;
    group.members.pop_back();
    group.tell(kSticky, before, 1);
    for (const auto& [member, partitions] : group.assign(kSticky)) {
      EXPECT_TRUE(std::ranges::includes(partitions, before.at(member))) << member;
    }
  }
}

SubscribedMember member_with(std::string id, const OwnedPartitions& owned) {
  SubscribedMember member{std::move(id), std::nullopt, {}};
  member.subscription.topics = {"t"};
  member.subscription.user_data = kSticky.subscription_user_data(owned);
  return member;
}

TEST(StickyAssignor, of_two_claims_the_later_generation_is_believed) {
  const TopicPartition zero{"t", PartitionIndex(0)};
  const TopicPartition one{"t", PartitionIndex(1)};
  for (bool later_first : {true, false}) {
    auto a = member_with("a", {{zero}, later_first ? 8 : 7});
    auto b = member_with("b", {{zero}, later_first ? 7 : 8});
    auto assigned = kSticky.assign({a, b}, {{"t", {2, {}}}}).value();
    EXPECT_EQ(assigned[later_first ? 0 : 1].partitions, std::vector<TopicPartition>{zero});
    EXPECT_EQ(assigned[later_first ? 1 : 0].partitions, std::vector<TopicPartition>{one});
  }
}

TEST(StickyAssignor, user_data_that_cannot_be_read_is_a_member_that_held_nothing) {
  auto broken = member_with("a", {});
  broken.subscription.user_data = "\x7f\xff";
  auto assigned = kSticky.assign({broken}, {{"t", {2, {}}}}).value();
  EXPECT_EQ(assigned[0].partitions.size(), 2u);
}

TEST(StickyAssignor, a_member_that_was_never_assigned_anything_has_no_user_data) {
  EXPECT_FALSE(kSticky.subscription_user_data({}));
  EXPECT_TRUE(kSticky.subscription_user_data({{}, 3}));
}

// One rebalance: everybody gives up what it is not given any more, and takes what it gets. Where racks matter a
// partition that could not be near anybody may move again and again, as Kafka has it: then only safety is promised.
TEST(CooperativeStickyAssignor, nobody_gets_what_another_still_holds_and_the_second_rebalance_is_the_last) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const bool has_racks = seed % 3 == 0;
    RandomGroup group(seed, seed % 2 != 0 ? Subscriptions::same : Subscriptions::different,
                      has_racks ? Racks::some : Racks::none);
    Assigned held = group.assign(kCooperative);
    group.add_member("late", Subscriptions::same, Racks::none);
    group.add_member("later", Subscriptions::same, Racks::none);
    for (std::int32_t generation = 1; generation <= 2; ++generation) {
      group.tell(kCooperative, held, generation);
      const Assigned next = group.assign(kCooperative);
      for (const auto& [member, partitions] : next) {
        for (const auto& [other, others] : held) {
          const bool shares_one =
              std::ranges::any_of(partitions, [&](const auto& each) { return others.contains(each); });
          EXPECT_FALSE(shares_one && other != member) << member << " gets what " << other << " holds";
        }
      }
      held = next;
    }
    if (has_racks) continue;
    std::size_t assigned = 0;
    for (const auto& [_, partitions] : held) assigned += partitions.size();
    EXPECT_EQ(assigned, group.subscribed().size());
    group.tell(kCooperative, held, 3);
    EXPECT_EQ(shown(group.assign(kCooperative)), shown(held));
  }
}

TEST(CooperativeStickyAssignor, reads_its_generation_from_user_data_where_the_subscription_has_none) {
  const TopicPartition zero{"t", PartitionIndex(0)};
  SubscribedMember older = member_with("a", {});
  older.subscription.owned_partitions = {zero};
  older.subscription.generation = 4;
  SubscribedMember newer = older;
  newer.id = "b";
  newer.subscription.generation = wire::kNoGeneration;
  newer.subscription.user_data = kCooperative.subscription_user_data({{zero}, 5});
  auto assigned = kCooperative.assign({older, newer}, {{"t", {1, {}}}}).value();
  EXPECT_TRUE(assigned[0].partitions.empty());
  EXPECT_EQ(assigned[1].partitions, std::vector<TopicPartition>{zero});
}

// A revocation got lost: either of the two may still be at it.
TEST(CooperativeStickyAssignor, what_two_members_of_one_generation_claim_goes_to_nobody_in_that_round) {
  for (bool same_topics : {true, false}) {
    auto member = [&](std::string id, std::vector<TopicPartition> owned, std::int32_t generation) {
      SubscribedMember made;
      made.id = std::move(id);
      made.subscription.topics = {"t"};
      if (!same_topics && made.id == "c") made.subscription.topics.push_back("u");
      made.subscription.owned_partitions = std::move(owned);
      made.subscription.generation = generation;
      return made;
    };
    const TopicPartition zero{"t", PartitionIndex(0)};
    const TopicPartition one{"t", PartitionIndex(1)};
    const TopicPartition two{"t", PartitionIndex(2)};
    const TopicLayouts topics{{"t", {3, {}}}, {"u", {1, {}}}};
    auto assigned =
        kCooperative.assign({member("a", {zero, one}, 4), member("b", {zero}, 4), member("c", {two}, 4)}, topics)
            .value();
    std::size_t holders = 0;
    for (const auto& each : assigned) {
      holders += static_cast<std::size_t>(std::ranges::count(each.partitions, zero));
    }
    EXPECT_EQ(holders,
              same_topics ? 0u : 1u);  // where subscriptions differ Kafka's assignor leaves it with one of them
    // In the next round, when nobody claims it any more, somebody gets it.
    assigned = kCooperative.assign({member("a", {one}, 5), member("b", {}, 5), member("c", {two}, 5)}, topics).value();
    holders = 0;
    for (const auto& each : assigned) {
      holders += static_cast<std::size_t>(std::ranges::count(each.partitions, zero));
    }
    EXPECT_EQ(holders, 1u) << same_topics;
    // A claim of an earlier generation is stale and disputes nothing.
    assigned = kCooperative.assign({member("a", {zero, one}, 5), member("b", {zero}, 4), member("c", {two}, 5)}, topics)
                   .value();
    if (same_topics) {
      EXPECT_EQ(std::ranges::count(assigned[0].partitions, zero), 1);
    }
  }
}

TEST(CooperativeStickyAssignor, works_under_both_rebalance_protocols_and_prefers_the_cooperative) {
  EXPECT_EQ(kCooperative.protocols().back(), RebalanceProtocol::cooperative);
  EXPECT_EQ(kSticky.protocols(), std::vector{RebalanceProtocol::eager});
}

}  // namespace
}  // namespace weir::log::sticky_test
