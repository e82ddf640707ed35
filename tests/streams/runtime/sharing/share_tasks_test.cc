// Who runs which task: balanced, sticky, all tasks once, and the same whatever the order.
#include "streams/runtime/sharing/share_tasks.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace weir::streams::share_tasks_test {
namespace {

using Shares = std::map<std::string, std::vector<TaskId>>;

std::vector<TaskId> tasks_of(std::initializer_list<int> stages) {
  std::vector<TaskId> tasks;
  std::size_t stage = 0;
  for (int count : stages) {
    for (int p = 0; p < count; ++p) tasks.push_back({stage, log::PartitionIndex(p)});
    ++stage;
  }
  return tasks;
}

Shares share(const std::vector<TaskId>& tasks, const std::vector<Sharer>& sharers) {
  const auto shares = share_tasks(tasks, sharers);
  Shares by_name;
  for (std::size_t i = 0; i < sharers.size(); ++i) by_name[sharers[i].id] = shares[i];
  return by_name;
}

std::vector<Sharer> running(const Shares& shares, const std::map<std::string, std::size_t>& threads) {
  std::vector<Sharer> sharers;
  for (const auto& [id, count] : threads) {
    Sharer sharer{id, count, {}, {}};
    if (auto found = shares.find(id); found != shares.end()) sharer.runs = {found->second.begin(), found->second.end()};
    sharers.push_back(sharer);
  }
  return sharers;
}

// How many tasks are run by somebody who did not run them.
std::size_t moves(const Shares& before, const Shares& after) {
  std::map<TaskId, std::string> ran;
  for (const auto& [id, tasks] : before) {
    for (const TaskId& task : tasks) ran[task] = id;
  }
  std::size_t count = 0;
  for (const auto& [id, tasks] : after) {
    for (const TaskId& task : tasks) count += ran.contains(task) && ran[task] != id ? 1 : 0;
  }
  return count;
}

void expect_balanced(const std::vector<TaskId>& tasks, const Shares& shares,
                     const std::map<std::string, std::size_t>& threads) {
  std::size_t all = 0;
  for (const auto& [id, count] : threads) all += count;
  std::set<TaskId> seen;
  for (const auto& [id, own] : shares) {
    const std::size_t part = tasks.size() * threads.at(id);
    EXPECT_GE(own.size(), part / all) << id;
    EXPECT_LE(own.size(), (part + all - 1) / all) << id;
    for (const TaskId& task : own) EXPECT_TRUE(seen.insert(task).second) << task.to_string() << " twice";
  }
  EXPECT_EQ(seen.size(), tasks.size());
}

TEST(ShareTasks, one_instance_has_all) {
  const auto tasks = tasks_of({3, 2});
  EXPECT_EQ(share(tasks, {{"a"}})["a"], tasks);
}

TEST(ShareTasks, nobody_is_there) {
  EXPECT_TRUE(share_tasks(tasks_of({3}), {}).empty());
}

TEST(ShareTasks, each_stage_is_spread) {
  auto shares = share(tasks_of({4, 4}), {{"a"}, {"b"}});
  for (const char* id : {"a", "b"}) {
    EXPECT_EQ(std::ranges::count_if(shares[id], [](const TaskId& task) { return task.stage == 0; }), 2) << id;
  }
}

TEST(ShareTasks, who_joins_gets_some_of_each_stage) {
  const auto tasks = tasks_of({4, 4});
  const auto alone = share(tasks, {{"a"}});
  auto shares = share(tasks, running(alone, {{"a", 1}, {"b", 1}}));
  EXPECT_EQ(std::ranges::count_if(shares["b"], [](const TaskId& task) { return task.stage == 0; }), 2);
}

TEST(ShareTasks, threads_count) {
  auto shares = share(tasks_of({8}), {{"a", 3}, {"b", 1}});
  EXPECT_EQ(shares["a"].size(), 6u);
  EXPECT_EQ(shares["b"].size(), 2u);
}

TEST(ShareTasks, who_knows_a_task_gets_it_back) {
  const auto tasks = tasks_of({6});
  const std::set<TaskId> known{tasks[1], tasks[4], tasks[5]};
  auto shares = share(tasks, {{"a"}, {"b", 1, {}, known}});
  EXPECT_EQ(shares["b"], std::vector<TaskId>(known.begin(), known.end()));
}

TEST(ShareTasks, what_somebody_runs_comes_before_what_another_knows) {
  const auto tasks = tasks_of({2});
  auto shares = share(tasks, {{"a", 1, {tasks[0]}, {}}, {"b", 1, {}, {tasks[0]}}});
  EXPECT_EQ(shares["a"], std::vector<TaskId>{tasks[0]});
}

TEST(ShareTasks, tasks_that_are_gone_count_for_nothing) {
  const auto tasks = tasks_of({2});
  const TaskId gone{7, log::PartitionIndex(1)};
  auto shares = share(tasks, {{"a", 1, {gone, tasks[1]}, {}}, {"b", 1, {}, {gone}}});
  EXPECT_EQ(shares["a"], std::vector<TaskId>{tasks[1]});
  EXPECT_EQ(shares["b"], std::vector<TaskId>{tasks[0]});
}

// Instances with as many threads each: who joins gets its part, and between the others nothing moves; of who leaves
// only its own tasks move.
TEST(ShareTasks, joins_and_leaves_move_no_more_than_they_must) {
  std::mt19937 random(11);
  for (int history = 0; history < 300; ++history) {
    SCOPED_TRACE("history " + std::to_string(history));
    const auto tasks = tasks_of({static_cast<int>(random() % 12), static_cast<int>(random() % 12), 1});
    std::map<std::string, std::size_t> threads{{"m", 2}};
    Shares shares = share(tasks, running({}, threads));
    for (int step = 0; step < 12; ++step) {
      const std::string id(1, static_cast<char>('a' + random() % 26));
      const bool leaves = threads.contains(id);
      if (leaves && threads.size() == 1) continue;
      const std::size_t freed = leaves ? shares[id].size() : 0;
      if (leaves) {
        threads.erase(id);
      } else {
        threads[id] = 2;
      }
      auto next = share(tasks, running(shares, threads));
      expect_balanced(tasks, next, threads);
      EXPECT_EQ(moves(shares, next), leaves ? freed : next[id].size());
      shares = std::move(next);
    }
  }
}

TEST(ShareTasks, any_threads_any_history_all_balanced_each_once_and_still_when_nothing_changes) {
  std::mt19937 random(12);
  for (int history = 0; history < 300; ++history) {
    SCOPED_TRACE("history " + std::to_string(history));
    const auto tasks = tasks_of({static_cast<int>(random() % 30), static_cast<int>(random() % 5)});
    Shares shares;
    for (int step = 0; step < 8; ++step) {
      std::map<std::string, std::size_t> threads;
      for (unsigned i = 0; i <= random() % 6; ++i) threads["i" + std::to_string(random() % 9)] = 1 + random() % 4;
      auto sharers = running(shares, threads);
      auto next = share(tasks, sharers);
      expect_balanced(tasks, next, threads);
      std::shuffle(sharers.begin(), sharers.end(), random);
      EXPECT_EQ(share(tasks, sharers), next);
      EXPECT_EQ(share(tasks, running(next, threads)), next);
      shares = std::move(next);
    }
  }
}

}  // namespace
}  // namespace weir::streams::share_tasks_test
