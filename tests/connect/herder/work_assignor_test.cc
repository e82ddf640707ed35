#include "connect/herder/work_assignor.h"

#include <random>

#include <gmock/gmock.h>

namespace weir::connect::work_assignor_test {
namespace {

using Member = WorkAssignor::Member;
using Members = std::map<std::string, Member>;

Share connectors_and_tasks(int connectors, int tasks) {
  Share share;
  for (int i = 0; i < connectors; ++i) {
    const std::string name = "c" + std::to_string(i);
    share.connectors.insert(name);
    for (int task = 0; task < tasks; ++task) share.tasks.insert({name, task});
  }
  return share;
}

// A group as it goes on: members carry out what they are told and join again, until nothing is given up any more.
struct Group {
  explicit Group(Millis delay) : assignor(delay) {}

  WorkAssignor::Decision round() {
    auto decision = assignor.assign(configured, members, now_ms);
    for (auto& [id, change] : decision.changes) {
      EXPECT_TRUE(change.gives_up.within(members[id].has) == change.gives_up) << id;
      EXPECT_TRUE(change.gets.within(members[id].has).empty()) << id;
      members[id].has.remove(change.gives_up);
      members[id].has.add(change.gets);
    }
    Share all;
    std::size_t count = 0;
    for (const auto& [id, member] : members) {
      all.add(member.has);
      count += member.has.connectors.size() + member.has.tasks.size();
    }
    EXPECT_EQ(count, all.connectors.size() + all.tasks.size()) << "something has two owners";
    return decision;
  }
  // How often they joined.
  int settle() {
    for (int rounds = 1;; ++rounds) {
      const auto decision = round();
      bool is_over = true;
      for (const auto& [id, change] : decision.changes) is_over = is_over && change.gives_up.empty();
      if (is_over || rounds > 10) return rounds;
    }
  }
  std::vector<std::size_t> tasks() const {
    std::vector<std::size_t> counts;
    for (const auto& [id, member] : members) counts.push_back(member.has.tasks.size());
    return counts;
  }
  Share owned() const {
    Share all;
    for (const auto& [id, member] : members) all.add(member.has);
    return all;
  }
  void join(const std::string& id, const std::string& url = "") { members[id] = {url.empty() ? id : url, {}}; }

  WorkAssignor assignor;
  Share configured;
  Members members;
  std::int64_t now_ms = 0;
};

using testing::ElementsAre;

TEST(WorkAssignor, shares_out_what_nobody_has_and_balances_connectors_and_tasks_by_themselves) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(2, 4);
  group.join("a");
  group.join("b");
  EXPECT_EQ(group.settle(), 1);
  EXPECT_THAT(group.tasks(), ElementsAre(4, 4));
  EXPECT_EQ(group.members["a"].has.connectors.size(), 1u);
  EXPECT_EQ(group.owned(), group.configured);
}

TEST(WorkAssignor, a_worker_that_comes_gets_its_part_and_no_more_moves_than_that) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(1, 9);
  group.join("a");
  group.join("b");
  group.settle();
  const auto before = group.members;
  group.join("c");
  const auto first = group.round();
  EXPECT_EQ(first.changes.at("c").gets.tasks.size(), 0u);  // what others have is given up first
  EXPECT_EQ(group.settle(), 1);
  EXPECT_THAT(group.tasks(), ElementsAre(3, 3, 3));
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(group.members[id].has.tasks, group.members[id].has.within(before.at(id).has).tasks) << id;
  }
}

TEST(WorkAssignor, of_several_connectors_one_that_comes_gets_tasks_of_each) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(3, 4);
  group.join("a");
  group.join("b");
  group.settle();
  for (const char* comes : {"c", "d"}) {
    group.join(comes);
    group.settle();
    std::map<std::string, int> of_connectors;
    for (const auto& task : group.members[comes].has.tasks) ++of_connectors[task.connector];
    EXPECT_EQ(of_connectors.size(), 3u) << comes;
  }
  EXPECT_THAT(group.tasks(), ElementsAre(3, 3, 3, 3));
}

TEST(WorkAssignor, what_a_worker_had_that_is_gone_waits_and_is_given_away_then) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(1, 6);
  for (const char* id : {"a", "b", "c"}) group.join(id);
  group.settle();
  const Share lost = group.members["b"].has;
  group.members.erase("b");
  group.now_ms = 10'000;
  auto waiting = group.round();
  EXPECT_EQ(waiting.delay_ms, 1'000);
  EXPECT_EQ(waiting.waiting, lost);
  EXPECT_THAT(group.tasks(), ElementsAre(2, 2));
  group.now_ms = 10'400;
  EXPECT_EQ(group.round().delay_ms, 600);
  group.now_ms = 11'000;
  EXPECT_EQ(group.round().delay_ms, 0);
  EXPECT_THAT(group.tasks(), ElementsAre(3, 3));
  EXPECT_EQ(group.owned(), group.configured);
}

TEST(WorkAssignor, a_worker_that_comes_back_gets_what_it_had) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(2, 3);
  for (const char* id : {"a", "b", "c"}) group.join(id);
  group.settle();
  const Share lost = group.members["b"].has;
  group.members.erase("b");
  group.round();
  group.now_ms = 500;
  group.join("b-again", "b");
  EXPECT_EQ(group.round().delay_ms, 0);
  EXPECT_EQ(group.members["b-again"].has, lost);
}

TEST(WorkAssignor, without_a_delay_it_is_given_away_at_once) {
  Group group(Millis(0));
  group.configured = connectors_and_tasks(1, 4);
  group.join("a");
  group.join("b");
  group.settle();
  group.members.erase("a");
  EXPECT_EQ(group.settle(), 1);
  EXPECT_THAT(group.tasks(), ElementsAre(4));
}

TEST(WorkAssignor, what_is_no_more_configured_is_given_up) {
  Group group(Millis(1'000));
  group.configured = connectors_and_tasks(2, 2);
  group.join("a");
  group.settle();
  group.configured = connectors_and_tasks(1, 1);
  group.settle();
  EXPECT_EQ(group.owned(), group.configured);
}

TEST(WorkAssignor, what_two_say_they_have_both_give_up) {
  WorkAssignor assignor(Millis(1'000));
  const Share all = connectors_and_tasks(1, 2);
  Members members{{"a", {"a", all}}, {"b", {"b", {.tasks = {{"c0", 1}}}}}};
  auto decision = assignor.assign(all, members, 0);
  EXPECT_EQ(decision.changes.at("a").gives_up.tasks, (std::set<ConnectorTaskId>{{"c0", 1}}));
  EXPECT_EQ(decision.changes.at("b").gives_up.tasks, (std::set<ConnectorTaskId>{{"c0", 1}}));
  EXPECT_TRUE(decision.changes.at("b").gets.tasks.empty());
}

TEST(WorkAssignor, a_worker_that_says_it_does_not_have_what_it_was_given_is_given_it_again) {
  Group group(Millis(60'000));
  group.configured = connectors_and_tasks(1, 2);
  group.join("a");
  group.settle();
  group.members["a"].has = {};
  EXPECT_EQ(group.round().delay_ms, 0);
  EXPECT_EQ(group.owned(), group.configured);
}

// Whatever comes and goes: nothing has two owners (Group::round), and once it is quiet all is shared out evenly.
TEST(WorkAssignor, random_histories_end_balanced) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](int n) {
      return static_cast<int>(random() % static_cast<std::uint32_t>(n));
    };
    Group group(Millis(below(3) * 500));
    group.configured = connectors_and_tasks(1 + below(4), below(6));
    int next = 0;
    group.join("w0");
    for (int step = 0; step < 30; ++step) {
      group.now_ms += below(700);
      switch (below(5)) {
        case 0:
          group.join("w" + std::to_string(++next));
          break;
        case 1:
          if (group.members.size() > 1)
            group.members.erase(std::next(group.members.begin(), below(static_cast<int>(group.members.size()))));
          break;
        case 2:
          group.configured = connectors_and_tasks(1 + below(4), below(6));
          break;
        case 3:
          group.assignor = WorkAssignor(Millis(500));  // another one leads
          break;
        default:
          break;
      }
      group.round();
    }
    group.round();
    group.now_ms += 10'000;
    EXPECT_LE(group.settle(), 4) << seed;
    EXPECT_EQ(group.owned(), group.configured) << seed;
    auto counts = group.tasks();
    std::ranges::sort(counts);
    EXPECT_LE(counts.back() - counts.front(), 1u) << seed;
  }
}

TEST(WorkAssignor, eager_ones_take_turns) {
  const auto shares = assign_in_turn(connectors_and_tasks(2, 2), {{"a", {}}, {"b", {}}, {"c", {}}});
  Share all;
  for (const auto& [id, share] : shares) {
    EXPECT_EQ(share.connectors.size() + share.tasks.size(), 2u) << id;
    all.add(share);
  }
  EXPECT_EQ(all, connectors_and_tasks(2, 2));
}

}  // namespace
}  // namespace weir::connect::work_assignor_test
