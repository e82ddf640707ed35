// What threads are to run and have, who commits and when, and who an instance is.
#include "streams/runtime/sharing/shares.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "streams/runtime/sharing/commit_gate.h"
#include "streams/runtime/sharing/identity.h"

namespace weir::streams::shares_test {
namespace {

using Tasks = std::vector<TaskId>;

TaskId task(int partition) {
  return {0, log::PartitionIndex(partition)};
}

class SharesTest : public ::testing::Test {
 protected:
  // Threads do what they are to.
  void settle(std::size_t threads) {
    for (std::size_t round = 0; round < 3; ++round) {
      for (std::size_t thread = 0; thread < threads; ++thread) {
        auto change = shares_.change_of(thread);
        if (!change.to_give_up.empty()) shares_.given_up(change.to_give_up);
        if (!change.to_take.empty()) shares_.taken(thread, change.to_take);
      }
    }
  }
  ManualClock clock_;
  Shares shares_{clock_};
  int wakes_ = 0;
};

TEST_F(SharesTest, tasks_are_shared_out_to_threads_and_these_are_woken) {
  shares_.begin(2, [this] { ++wakes_; });
  const auto before = shares_.version();
  shares_.want({task(0), task(1), task(2), task(3)});
  EXPECT_EQ(wakes_, 1);
  EXPECT_NE(shares_.version(), before);
  EXPECT_EQ(shares_.change_of(0).to_take.size(), 2u);
  EXPECT_EQ(shares_.change_of(1).to_take.size(), 2u);
  EXPECT_EQ(shares_.wanted(), 4u);
  settle(2);
  EXPECT_TRUE(shares_.change_of(0).to_take.empty());
}

TEST_F(SharesTest, a_task_that_goes_to_another_thread_is_taken_when_it_was_given_up) {
  shares_.begin(2, {});
  shares_.want({task(0)});
  settle(2);
  shares_.want({task(0), task(1), task(2)});
  settle(2);
  shares_.want({task(1), task(2)});  // both may be one thread's
  for (std::size_t thread : {0u, 1u}) {
    for (const TaskId& one : shares_.change_of(thread).to_take) {
      for (std::size_t other : {0u, 1u}) EXPECT_EQ(std::ranges::count(shares_.change_of(other).to_give_up, one), 0);
    }
  }
  settle(2);
  EXPECT_TRUE(shares_.wait_until_given_up(clock_.monotonic_ns()));
}

TEST_F(SharesTest, who_waits_sees_what_was_given_up) {
  shares_.begin(1, {});
  shares_.want({task(0), task(1)});
  settle(1);
  EXPECT_TRUE(shares_.wait_until_given_up(clock_.monotonic_ns()));
  shares_.want({task(1)});
  EXPECT_FALSE(shares_.is_wanted(task(0)));
  EXPECT_FALSE(shares_.wait_until_given_up(clock_.monotonic_ns()));
  EXPECT_EQ(shares_.change_of(0).to_give_up, Tasks{task(0)});
  settle(1);
  EXPECT_TRUE(shares_.wait_until_given_up(clock_.monotonic_ns()));
  EXPECT_FALSE(shares_.wait_until_ended(clock_.monotonic_ns()));
  shares_.end();
  EXPECT_TRUE(shares_.wait_until_ended(clock_.monotonic_ns()));
}

TEST(CommitGate, who_commits_waits_while_it_is_closed_and_who_closes_for_those_inside) {
  CommitGate gate(SystemClock::instance());
  EXPECT_FALSE(gate.is_open());
  EXPECT_EQ(gate.enter(Millis(1)).error().code, ErrorCode::timed_out);
  gate.open({"app", 3, "m"});
  EXPECT_EQ(gate.enter(Millis(1))->generation, 3);
  std::atomic<bool> is_closed{false};
  std::thread closing([&] {
    gate.close();
    is_closed = true;
  });
  while (gate.is_open()) std::this_thread::yield();
  EXPECT_FALSE(is_closed);
  gate.leave();
  closing.join();
  std::thread opening([&] { gate.open({"app", 4, "m"}); });
  EXPECT_EQ(gate.enter(Millis(60'000))->generation, 4);
  opening.join();
  gate.leave();
  gate.lose();
  EXPECT_EQ(gate.enter(Millis(60'000)).error().code, ErrorCode::unknown_member_id);
  gate.open({"app", 5, "m"});
  EXPECT_EQ(gate.enter(Millis(1))->generation, 5);
  gate.leave();
}

class IdentityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("weir-identity-" + std::to_string(::getpid()));
    std::filesystem::remove_all(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::filesystem::path directory_;
};

TEST_F(IdentityTest, is_made_once_and_kept) {
  const auto made = identity_of("app", directory_, "", 0x0123456789abcdef);
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(made->name, "0123456789abcdef");
  EXPECT_TRUE(made->is_lasting);
  EXPECT_EQ(identity_of("app", directory_, "", 1)->name, made->name);
  EXPECT_NE(identity_of("other", directory_, "", 1)->name, made->name);
}

TEST_F(IdentityTest, follows_from_the_directory_over_an_embedded_log) {
  EXPECT_EQ(identity_of("app", "data/streams/app", "data/streams/app", 1)->name, "");
  const auto one = identity_of("app", "one", "data/streams/app", 1);
  EXPECT_EQ(one->name.size(), 16u);
  EXPECT_FALSE(one->is_lasting);
  EXPECT_EQ(identity_of("app", "one", "data/streams/app", 2)->name, one->name);
  EXPECT_NE(identity_of("app", "two", "data/streams/app", 1)->name, one->name);
  EXPECT_FALSE(std::filesystem::exists("one"));
}

TEST_F(IdentityTest, a_file_that_says_no_name_is_told) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ / "app.instance") << "me";
  const auto told = identity_of("app", directory_, "", 1);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::corrupt_data);
  EXPECT_NE(told.error().detail.find("app.instance"), std::string::npos);
}

TEST(TransactionalId, names_application_instance_and_thread) {
  EXPECT_EQ(transactional_id("app", "", 2), "app-2");
  EXPECT_EQ(transactional_id("app", "0a", 2), "app-0a-2");
}

}  // namespace
}  // namespace weir::streams::shares_test
