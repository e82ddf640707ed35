// What is to be whose: every partition one reader's, even, and no more moved than must be.
#include "log/broker/groups/consumer/assignors.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace weir::log::broker::assignors_test {
namespace {

TopicId topic_of(int number) {
  TopicId id;
  id.bytes[0] = static_cast<std::uint8_t>(number + 1);
  return id;
}

std::string member_of(int number) {
  return "m" + std::to_string(number);
}

void expect_each_partition_once(const AssignInput& input, const GroupAssignment& assignment) {
  std::map<std::pair<TopicId, PartitionIndex>, int> given;
  ASSERT_EQ(assignment.size(), input.members.size());
  for (const auto& [id, own] : assignment) {
    for_each_partition(own, [&, &id = id](const TopicId& topic, PartitionIndex p) {
      EXPECT_TRUE(input.members.at(id).topics.contains(topic)) << id;
      ++given[{topic, p}];
    });
  }
  std::size_t all = 0;
  for (const auto& [topic, count] : input.partitions) {
    for (std::int32_t p = 0; p < count; ++p) EXPECT_EQ((given[{topic, PartitionIndex(p)}]), 1);
    all += static_cast<std::size_t>(count);
  }
  EXPECT_EQ(given.size(), all);
}

void expect_even(const AssignInput& input, const GroupAssignment& assignment) {
  for (const auto& [id, own] : assignment) {
    for (const auto& [topic, partitions] : own) {
      for (const auto& [other, others] : assignment) {
        if (!input.members.at(other).topics.contains(topic)) continue;
        EXPECT_GE(count_of(others) + 1, count_of(own)) << other << " could have one of " << id;
      }
    }
  }
}

// Topics are read by somebody: those that are not are left out, as whoever asks does.
AssignInput random_input(std::mt19937& random, bool is_same_for_all) {
  AssignInput input;
  const int topics = 1 + static_cast<int>(random() % 5), members = 1 + static_cast<int>(random() % 8);
  for (int m = 0; m < members; ++m) {
    auto& member = input.members[member_of(m)];
    member.order = member_of(m);
    for (int t = 0; t < topics; ++t) {
      if (is_same_for_all || random() % 2 == 0) member.topics.insert(topic_of(t));
    }
    for (const auto& topic : member.topics) input.partitions.try_emplace(topic, 1 + static_cast<int>(random() % 9));
  }
  return input;
}

std::size_t moved(const GroupAssignment& before, const GroupAssignment& after) {
  std::size_t count = 0;
  for (const auto& [id, own] : before) {
    const auto now = after.find(id);
    if (now == after.end()) continue;
    for_each_partition(own, [&](const TopicId& topic, PartitionIndex p) { count += !contains(now->second, topic, p); });
  }
  return count;
}

TEST(ConsumerAssignors, every_partition_is_one_readers_and_uniform_is_even) {
  std::mt19937 random(11);
  for (int round = 0; round < 2'000; ++round) {
    AssignInput input = random_input(random, round % 2 == 0);
    expect_each_partition_once(input, assign_range(input));
    // What was before is anything: also what is not there, is not read any more, or was two members'.
    for (auto& [id, member] : input.members) {
      for (int i = static_cast<int>(random() % 12); i > 0; --i) {
        member.before[topic_of(static_cast<int>(random() % 6))].insert(PartitionIndex(static_cast<int>(random() % 10)));
      }
    }
    const auto uniform = assign_uniform(input);
    expect_each_partition_once(input, uniform);
    expect_even(input, uniform);
    if (testing::Test::HasFailure()) FAIL() << "round " << round;
  }
}

TEST(ConsumerAssignors, uniform_moves_no_more_than_must_be) {
  std::mt19937 random(12);
  for (int round = 0; round < 500; ++round) {
    AssignInput input = random_input(random, true);
    std::size_t all = 0;
    for (const auto& [topic, count] : input.partitions) all += static_cast<std::size_t>(count);
    auto before = assign_uniform(input);
    const auto remember = [&] {
      for (auto& [id, member] : input.members) member.before = before.count(id) > 0 ? before[id] : PartitionsByTopic{};
    };
    remember();
    EXPECT_EQ(assign_uniform(input), before);  // nothing has changed
    // One comes: it gets its part, and nobody else anything.
    input.members["z"] = input.members.begin()->second;
    input.members["z"].before.clear();
    auto after = assign_uniform(input);
    EXPECT_LE(moved(before, after), (all + input.members.size() - 1) / input.members.size());
    EXPECT_EQ(moved(before, after), count_of(after["z"]));
    // And goes: the others keep what they have.
    before = after;
    remember();
    input.members.erase("z");
    before.erase("z");
    EXPECT_EQ(moved(before, assign_uniform(input)), 0u);
  }
}

TEST(ConsumerAssignors, range_gives_neighbours_in_the_order_of_instances) {
  AssignInput input;
  input.partitions = {{topic_of(0), 7}, {topic_of(1), 7}};
  for (const char* order : {"c", "a", "b"}) {
    input.members[std::string("member-") + order] = {{topic_of(0), topic_of(1)}, order, {}};
  }
  const auto assignment = assign_range(input);
  for (const auto& topic : {topic_of(0), topic_of(1)}) {
    EXPECT_EQ(assignment.at("member-a").at(topic), (std::set{PartitionIndex(0), PartitionIndex(1), PartitionIndex(2)}));
    EXPECT_EQ(assignment.at("member-b").at(topic), (std::set{PartitionIndex(3), PartitionIndex(4)}));
    EXPECT_EQ(assignment.at("member-c").at(topic), (std::set{PartitionIndex(5), PartitionIndex(6)}));
  }
}

}  // namespace
}  // namespace weir::log::broker::assignors_test
