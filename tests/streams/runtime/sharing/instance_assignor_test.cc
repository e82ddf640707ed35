// The leader's decision: a task that moves is nobody's until it is given up; who has no part is told why.
#include "streams/runtime/sharing/instance_assignor.h"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "streams/runtime/sharing/digests.h"
#include "streams/streams.h"

namespace weir::streams::instance_assignor_test {
namespace {

using Text = std::string;

Topology counting(const Text& store = "counts") {
  Builder builder;
  builder.stream<NoKey, Text>("in")
      .group_by([](const Text& value) { return value; }, {.name = "by-value"})
      .count({.store = store})
      .to_stream()
      .to("out");
  return builder.build();
}

Plan plan_of(const Topology& topology, std::int32_t partitions) {
  auto plan = make_plan(topology, "app", {[=](const Text&) -> Result<std::int32_t> {
                          return partitions;
                        }});
  EXPECT_TRUE(plan) << plan.error().to_string();
  return *plan;
}

class InstanceAssignorTest : public ::testing::Test {
 protected:
  InstanceMember member(const Text& id, int threads = 1) const {
    InstanceMember one;
    one.member_id = "m-" + id;
    one.said.name = {id, threads};
    one.said.shape = shape_of(topology_);
    one.said.plan = digest_of(plan_);
    return one;
  }

  const Topology topology_ = counting();
  const Plan plan_ = plan_of(topology_, 3);
};

TEST_F(InstanceAssignorTest, one_alone_has_every_task_and_every_partition_of_it) {
  const auto shares = share_among(plan_, {member("a")});
  EXPECT_EQ(shares[0].told.tasks, plan_.tasks());
  EXPECT_EQ(shares[0].told.plan, digest_of(plan_));
  EXPECT_EQ(shares[0].told.instances, (std::vector<InstanceName>{{"a", 1}}));
  EXPECT_EQ(shares[0].partitions.size(), 6u);
}

TEST_F(InstanceAssignorTest, a_task_that_moves_is_handed_out_when_it_was_given_up) {
  auto a = member("a");
  a.owns = {share_among(plan_, {a})[0].partitions, 1};
  auto first = share_among(plan_, {a, member("b")});
  EXPECT_EQ(first[0].told.tasks.size(), 3u);
  EXPECT_TRUE(first[1].told.tasks.empty());
  a.owns = {first[0].partitions, 2};
  auto second = share_among(plan_, {a, member("b")});
  EXPECT_EQ(second[0].told.tasks, first[0].told.tasks);
  EXPECT_EQ(second[1].told.tasks.size(), 3u);
}

// Histories in which instances come, go, and join at any moment with what they run by then: no task is in two hands,
// and when nobody comes or goes any more, everything runs, evenly.
TEST_F(InstanceAssignorTest, in_any_history_no_task_is_in_two_hands_and_in_the_end_all_run) {
  const Plan plan = plan_of(topology_, 5);
  std::mt19937 random(5);
  for (int history = 0; history < 200; ++history) {
    SCOPED_TRACE("history " + std::to_string(history));
    std::vector<InstanceMember> members{member("a")};
    std::set<Text> slow;  // has not given up yet what it is to
    std::int32_t generation = 0;
    std::size_t calm = 0;
    for (int round = 0; calm < 6; ++round) {
      if (round < 10 && random() % 2 == 0) {
        const Text id(1, static_cast<char>('a' + random() % 5));
        auto found = std::ranges::find(members, "m-" + id, &InstanceMember::member_id);
        if (found == members.end()) {
          members.push_back(member(id));
        } else if (members.size() > 1) {
          members.erase(found);
        }
      }
      std::shuffle(members.begin(), members.end(), random);
      const auto shares = share_among(plan, members);
      ++generation;
      std::set<log::TopicPartition> in_hands;
      for (std::size_t i = 0; i < members.size(); ++i) {
        // What it still runs counts until it is given up; what it is told to run it may begin at once.
        std::set<log::TopicPartition> hands(shares[i].partitions.begin(), shares[i].partitions.end());
        hands.insert(members[i].owns.partitions.begin(), members[i].owns.partitions.end());
        for (const auto& one : hands) EXPECT_TRUE(in_hands.insert(one).second) << one.to_string();
      }
      for (std::size_t i = 0; i < members.size(); ++i) {
        auto owns = shares[i].partitions;
        const bool is_slow = round < 10 && random() % 3 == 0;
        if (is_slow) owns.insert(owns.end(), members[i].owns.partitions.begin(), members[i].owns.partitions.end());
        std::ranges::sort(owns);
        owns.erase(std::ranges::unique(owns).begin(), owns.end());
        members[i].owns = {owns, generation};
      }
      if (round >= 10) ++calm;
    }
    std::size_t all = 0;
    for (const InstanceMember& one : members) {
      all += one.owns.partitions.size();
      EXPECT_GE(one.owns.partitions.size(), 10 / members.size());
    }
    EXPECT_EQ(all, 10u);
  }
}

TEST_F(InstanceAssignorTest, what_was_lost_is_the_later_generations) {
  auto a = member("a"), b = member("b");
  const auto all = share_among(plan_, {a})[0].partitions;
  a.owns = {all, 3};
  b.owns = {{all.front()}, 4};
  const auto shares = share_among(plan_, {a, b});
  EXPECT_NE(std::ranges::find(shares[1].partitions, all.front()), shares[1].partitions.end());
  EXPECT_EQ(std::ranges::find(shares[0].partitions, all.front()), shares[0].partitions.end());
}

TEST_F(InstanceAssignorTest, another_topology_is_told_and_who_runs_goes_on) {
  const Topology other = counting("others");
  auto a = member("a"), b = member("b"), c = member("c");
  a.owns = {share_among(plan_, {a})[0].partitions, 1};
  for (auto* one : {&b, &c}) one->said.shape = shape_of(other);
  ASSERT_NE(shape_of(other), shape_of(topology_));
  const auto shares = share_among(plan_, {b, a, c});
  EXPECT_EQ(shares[1].told.tasks, plan_.tasks());
  EXPECT_TRUE(shares[1].told.refused.empty());
  for (std::size_t i : {0u, 2u}) {
    EXPECT_NE(shares[i].told.refused.find("another topology"), Text::npos) << shares[i].told.refused;
    EXPECT_TRUE(shares[i].told.tasks.empty());
  }
}

TEST_F(InstanceAssignorTest, operators_may_differ) {
  Builder builder;
  builder.stream<NoKey, Text>("in")
      .filter([](const Text& value) { return !value.empty(); })
      .group_by([](const Text& value) { return value; }, {.name = "by-value"})
      .count({.store = "counts"})
      .to_stream()
      .to("elsewhere");
  EXPECT_EQ(shape_of(builder.build()), shape_of(topology_));
}

TEST_F(InstanceAssignorTest, a_run_that_closes_windows_is_not_shared) {
  auto a = member("a"), b = member("b");
  b.said.closes_windows = true;
  auto shares = share_among(plan_, {a, b});
  EXPECT_TRUE(shares[0].told.refused.empty());
  EXPECT_NE(shares[1].told.refused.find("close_windows_at_end"), Text::npos);
  b.owns = {shares[0].partitions, 1};
  shares = share_among(plan_, {a, b});
  EXPECT_TRUE(shares[1].told.refused.empty());
  EXPECT_FALSE(shares[0].told.refused.empty());
  EXPECT_TRUE(share_among(plan_, {b})[0].told.refused.empty());
}

TEST_F(InstanceAssignorTest, two_of_one_name_are_told) {
  auto a = member("a"), copy = member("a");
  copy.member_id = "m-copy";
  a.owns = {share_among(plan_, {a})[0].partitions, 1};
  const auto shares = share_among(plan_, {copy, a});
  EXPECT_TRUE(shares[1].told.refused.empty());
  EXPECT_NE(shares[0].told.refused.find(".instance"), Text::npos);
}

TEST_F(InstanceAssignorTest, partitions_that_came_make_another_plan) {
  const Plan later = plan_of(topology_, 4);
  EXPECT_NE(digest_of(later), digest_of(plan_));
  EXPECT_EQ(digest_of(plan_of(topology_, 3)), digest_of(plan_));
}

// By the messages of the group: what the leader's assignor asks and answers.
class InstanceAssignorAskedTest : public InstanceAssignorTest {
 protected:
  std::vector<log::SubscribedMember> subscribed(std::vector<InstanceMember> members) const {
    std::vector<log::SubscribedMember> all;
    for (InstanceMember& one : members) {
      log::SubscribedMember member{one.member_id};
      member.subscription.topics = {"in"};
      member.subscription.user_data = to_bytes(one.said);
      member.subscription.owned_partitions = one.owns.partitions;
      member.subscription.generation = one.owns.generation;
      all.push_back(std::move(member));
    }
    return all;
  }
  InstanceAssignor assignor() {
    return InstanceAssignor({[this] { return member("a").said; },
                             [this](bool anew) -> Result<std::shared_ptr<const Plan>> {
                               planned_anew_ = planned_anew_ || anew;
                               if (anew && !is_there_) {
                                 return fail(ErrorCode::unknown_topic_or_partition, "there is no topic in");
                               }
                               return std::make_shared<const Plan>(anew ? later_ : plan_);
                             },
                             [this](const std::vector<InstanceName>& names) {
                               present_ = names;
                             }});
  }
  InstanceTold told(const log::wire::ConsumerAssignment& assignment) const {
    return *parse_told(*assignment.user_data);
  }

  const Plan later_ = plan_of(topology_, 4);
  bool planned_anew_ = false;
  bool is_there_ = true;
  std::vector<InstanceName> present_;
};

TEST_F(InstanceAssignorAskedTest, all_of_one_plan_are_divided_by_it) {
  const auto assignments = *assignor().assign(subscribed({member("a"), member("b")}), {{"in", {3}}});
  EXPECT_FALSE(planned_anew_);
  EXPECT_EQ(told(assignments[0]).tasks.size() + told(assignments[1]).tasks.size(), 6u);
  EXPECT_EQ(present_, (std::vector<InstanceName>{{"a", 1}, {"b", 1}}));
}

TEST_F(InstanceAssignorAskedTest, a_topic_that_has_grown_is_planned_anew) {
  const auto assignments = *assignor().assign(subscribed({member("a")}), {{"in", {4}}});
  EXPECT_TRUE(planned_anew_);
  EXPECT_EQ(told(assignments[0]).plan, digest_of(later_));
  EXPECT_EQ(told(assignments[0]).tasks.size(), 8u);
}

TEST_F(InstanceAssignorAskedTest, a_member_with_another_plan_has_all_planned_anew) {
  auto b = member("b");
  b.said.plan = digest_of(later_);
  const auto assignments = *assignor().assign(subscribed({member("a"), b}), {{"in", {3}}});
  EXPECT_EQ(told(assignments[1]).plan, digest_of(later_));
}

TEST_F(InstanceAssignorAskedTest, what_is_missing_is_told_to_all) {
  is_there_ = false;
  const auto assignments = *assignor().assign(subscribed({member("a"), member("b")}), {{"in", {0}}});
  for (const auto& assignment : assignments) {
    EXPECT_NE(told(assignment).refused.find("there is no topic in"), Text::npos);
    EXPECT_TRUE(assignment.partitions.empty());
  }
}

TEST_F(InstanceAssignorAskedTest, a_member_that_says_something_else_is_named) {
  auto members = subscribed({member("a")});
  members[0].subscription.user_data = OwnedBytes("?");
  auto assigned = assignor().assign(members, {});
  ASSERT_FALSE(assigned);
  EXPECT_NE(assigned.error().to_string().find("m-a"), Text::npos);
}

}  // namespace
}  // namespace weir::streams::instance_assignor_test
