// What every assignor promises, and each of its own, over random groups. Kafka's own results: tests/vectors.
#include "log/client/assignors/assignor.h"

#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "tests/log/client/assignors/random_group.h"

namespace weir::log {
namespace {

constexpr std::uint32_t kGroups = 400;
using Subscriptions = RandomGroup::Subscriptions;
using Racks = RandomGroup::Racks;

RandomGroup random_group(std::uint32_t seed) {
  return {seed, seed % 2 != 0 ? Subscriptions::same : Subscriptions::different,
          seed % 3 == 0 ? Racks::some : Racks::none};
}

std::unique_ptr<Assignor> assignor_called(std::string_view name) {
  return find_assignor(name).value();
}

class EveryAssignor : public testing::TestWithParam<const char*> {
 protected:
  const std::unique_ptr<Assignor> assignor_ = assignor_called(GetParam());
};
INSTANTIATE_TEST_SUITE_P(, EveryAssignor, testing::Values("range", "roundrobin", "sticky", "cooperative-sticky"),
                         [](const auto& each) { return each.index == 3 ? "cooperative_sticky" : each.param; });

TEST_P(EveryAssignor, is_found_by_its_name) {
  EXPECT_EQ(assignor_->name(), GetParam());
}

TEST_P(EveryAssignor, gives_every_partition_to_one_member_that_subscribes_it) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group = random_group(seed);
    std::set<TopicPartition> given;
    for (const auto& [member, partitions] : group.assign(*assignor_)) {
      for (const auto& each : partitions) {
        EXPECT_TRUE(group.subscribes(member, each.topic)) << member << " " << each.to_string();
        EXPECT_TRUE(given.insert(each).second) << each.to_string();
      }
    }
    EXPECT_EQ(given, group.subscribed());
  }
}

TEST_P(EveryAssignor, gives_the_same_whatever_the_order_of_members_and_topics) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group = random_group(seed);
    group.tell(*assignor_, group.assign(*assignor_), 1);
    group.add_member("late", Subscriptions::same, Racks::none);
    const Assigned first = group.assign(*assignor_);
    std::ranges::shuffle(group.members, group.random);
    for (auto& member : group.members) std::ranges::shuffle(member.subscription.topics, group.random);
    EXPECT_EQ(shown(group.assign(*assignor_)), shown(first));
  }
}

TEST_P(EveryAssignor, assigns_nothing_where_there_is_nothing) {
  EXPECT_TRUE(assignor_->assign({}, {{"t", {3, {}}}}).value().empty());
  SubscribedMember member{"m", std::nullopt, {}};
  EXPECT_TRUE(assignor_->assign({member}, {}).value().at(0).partitions.empty());
  member.subscription.topics = {"unknown"};
  EXPECT_TRUE(assignor_->assign({member}, {{"t", {3, {}}}}).value().at(0).partitions.empty());
}

// 1,000 members and 1,000 partitions: of one topic, of many, of different ones, first held by nobody, then with
// 300 members gone. Nobody reads meanwhile. It takes some tens of
// milliseconds; the bound leaves room for builds without optimisation and sanitizers, and none for anything cubic.
TEST_P(EveryAssignor, is_fast_for_a_thousand_members_and_partitions) {
  for (int topic_count : {1, 10, 1000}) {
    for (int every : {1, 3}) {  // a member subscribes every topic, or every third
      RandomGroup group(1, Subscriptions::same, Racks::none);
      group.topics.clear();
      group.members.clear();
      for (int i = 0; i < topic_count; ++i) group.topics["t" + std::to_string(i)].partitions = 1000 / topic_count;
      for (int i = 0; i < 1000; ++i) {
        SubscribedMember member{"m" + std::to_string(i), std::nullopt, {}};
        for (int t = i % every; t < topic_count; t += every) {
          member.subscription.topics.push_back("t" + std::to_string(t));
        }
        group.members.push_back(std::move(member));
      }
      std::chrono::duration<double> took{0};
      for (std::int32_t generation = 1; generation <= 2; ++generation) {
        const auto start = std::chrono::steady_clock::now();
        const auto assigned = assignor_->assign(group.members, group.topics).value();
        took += std::chrono::steady_clock::now() - start;
        Assigned held;
        for (std::size_t i = 0; i < assigned.size(); ++i) {
          held[group.members[i].id] = {assigned[i].partitions.begin(), assigned[i].partitions.end()};
        }
        group.tell(*assignor_, held, generation);
        group.members.erase(group.members.begin(), group.members.begin() + 300);
      }
      EXPECT_LT(took.count(), 10.0) << topic_count << " topics, every " << every;
      RecordProperty("seconds_" + std::to_string(topic_count) + "_" + std::to_string(every),
                     std::to_string(took.count()));
    }
  }
}

TEST(Assignor, an_unknown_name_is_refused) {
  auto wrong = find_assignor("roundRobin");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::not_found);
  EXPECT_NE(wrong.error().detail.find("roundRobin"), std::string::npos);
}

TEST(RangeAssignor, keeps_the_same_numbers_of_several_topics_together) {
  RandomGroup group(1, Subscriptions::same, Racks::none);
  group.topics = {{"orders", {5, {}}}, {"payments", {5, {}}}};
  for (auto& member : group.members) member.subscription.topics = {"orders", "payments"};
  for (const auto& [member, partitions] : group.assign(*assignor_called("range"))) {
    for (const auto& each : partitions) {
      EXPECT_TRUE(partitions.contains({"orders", each.partition})) << member << " " << each.to_string();
      EXPECT_TRUE(partitions.contains({"payments", each.partition})) << member << " " << each.to_string();
    }
  }
}

TEST(RangeAssignor, shares_each_topic_evenly_among_its_subscribers) {
  auto range = assignor_called("range");
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGroup group = random_group(seed);
    const Assigned assigned = group.assign(*range);
    for (const auto& [topic, _] : group.topics) {
      Assigned of_topic;
      for (const auto& [member, partitions] : assigned) {
        if (!group.subscribes(member, topic)) continue;
        auto& some = of_topic[member];
        std::ranges::copy_if(partitions, std::inserter(some, some.end()),
                             [&](const auto& each) { return each.topic == topic; });
      }
      if (of_topic.empty()) continue;
      EXPECT_LE(spread(of_topic), 1u) << topic;
    }
  }
}

TEST(RangeAssignor, prefers_replicas_in_the_rack_of_the_member) {
  SubscribedMember a{"a", std::nullopt, {}};
  a.subscription.topics = {"t"};
  SubscribedMember b = a;
  b.id = "b";
  a.subscription.rack = "west";
  b.subscription.rack = "east";
  TopicLayout topic{4, {{"east"}, {"west"}, {"east"}, {"west"}}};
  auto assigned = assignor_called("range")->assign({a, b}, {{"t", topic}}).value();
  EXPECT_EQ(assigned[0].partitions, (std::vector<TopicPartition>{{"t", PartitionIndex(1)}, {"t", PartitionIndex(3)}}));
  EXPECT_EQ(assigned[1].partitions, (std::vector<TopicPartition>{{"t", PartitionIndex(0)}, {"t", PartitionIndex(2)}}));
}

TEST(RoundRobinAssignor, is_even_where_all_subscribe_the_same) {
  for (std::uint32_t seed = 0; seed < kGroups; ++seed) {
    EXPECT_LE(spread(RandomGroup(seed, Subscriptions::same, Racks::none).assign(*assignor_called("roundrobin"))), 1u)
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::log
