// The one way in which what a coordinator knows changes, on a state that is a list of words.
#include "log/broker/coordination/state_log.h"

#include "sim/faulty_file.h"
#include "sim/gated_file.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace state_log {
namespace {

using Words = std::vector<std::string>;
using Log = StateLog<Words>;

Result<> read_words(Words& words, const RecordBatch& batch) {
  WEIR_TRY_VAR(records, storage::records_in({{batch.bytes}, batch.trust}, Offset(0)));
  for (auto& record : records) words.push_back(std::move(record.value));
  return {};
}

class StateLogTest : public testing::Test {
 protected:
  void open(FileSystem& files, Flush flush, WorkPool* pool = nullptr) {
    BrokerOptions options;
    options.flush = flush;
    options.boot_id = "boot-1";
    options.pool = pool;
    ASSERT_TRUE(broker_.open(files, std::move(options)));
    ASSERT_EQ(broker_.create_topic("words", 2), ErrorCode::none);
    log_ =
        std::make_unique<Log>(partition(0), Words(), broker_.broker->topics().syncer(), [this](Log&) { ++changes_; });
  }
  std::shared_ptr<Partition> partition(int index) {
    return *broker_.broker->topics().find("words", PartitionIndex(index));
  }

  Log::Entry entry(const std::string& word, std::vector<Wish> safe) {
    auto settle = [this, word](Words& words, const Result<Offset>& at) {
      if (at) words.push_back(word);
      settled_.push_back(at ? word : word + ": " + name_of(at.error().code));
    };
    return {storage::make_batch(word), std::move(settle), std::move(safe)};
  }
  Written say(const std::string& word, std::optional<Log::Tenure> tenure = {}) {
    return log_->change([&](Words&) -> Log::Decided { return entry(word, {{partition(0), SyncIf::wanted}}); }, tenure);
  }
  Words known() {
    MutexLock lock(log_->mutex);
    return log_->state;
  }
  ErrorCode served() {
    MutexLock lock(log_->mutex);
    auto served = log_->check_served();
    return served ? ErrorCode::none : served.error().code;
  }
  Log::Tenure tenure() {
    MutexLock lock(log_->mutex);
    return log_->tenure();
  }
  Result<Offset> fate(Written written) { return broker_.loop.run(settled(std::move(written), broker_.loop)); }
  Result<> adopt(int epoch) {
    return broker_.loop.run(log_->adopt(
        LeaderEpoch(epoch), read_words,
        [this](const Words&) {
          return std::vector<Wish>{{partition(0), SyncIf::wanted}};
        },
        broker_.loop));
  }
  void TearDown() override {
    log_.reset();
    broker_.broker.reset();
  }

  MemoryFileSystem files_;
  TestBroker broker_;
  std::unique_ptr<Log> log_;
  Words settled_;
  std::atomic<int> changes_ = 0;
};

TEST_F(StateLogTest, what_need_not_wait_is_known_when_it_is_appended) {
  open(files_, Flush::at_intervals);
  const auto written = say("a");
  ASSERT_TRUE(written.known);
  EXPECT_EQ(**written.known, Offset(0));
  EXPECT_EQ(known(), Words{"a"});
  EXPECT_GT(changes_, 0);
}

TEST_F(StateLogTest, a_decision_that_gives_nothing_or_an_error_writes_nothing) {
  open(files_, Flush::at_intervals);
  EXPECT_EQ(**log_->change([](Words&) -> Log::Decided { return std::nullopt; }).known, kNoOffset);
  const auto refused = log_->change([](Words&) -> Log::Decided { return fail(ErrorCode::illegal_generation); });
  EXPECT_EQ(refused.known->error().code, ErrorCode::illegal_generation);
  EXPECT_EQ(partition(0)->positions().end, Offset(0));
}

TEST_F(StateLogTest, nobody_knows_of_a_record_before_it_is_durable_and_all_are_settled_in_the_logs_order) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, Flush::before_answer, pool.get());
  gated.close_gate();
  auto first = say("a");
  gated.wait_for(1);
  auto second = say("b");
  auto third = say("c");
  EXPECT_FALSE(first.known || second.known || third.known);
  EXPECT_TRUE(known().empty());
  gated.open_gate();
  EXPECT_EQ(*fate(std::move(third)), Offset(2));
  EXPECT_EQ(known(), (Words{"a", "b", "c"}));
  EXPECT_EQ(*fate(std::move(second)), Offset(1));
  EXPECT_EQ(*fate(std::move(first)), Offset(0));
  EXPECT_EQ(settled_, known());
  pool.reset();
  TearDown();
}

// The second record's sync ends before that of another partition which the first one waits for, too.
TEST_F(StateLogTest, a_record_waits_for_the_other_partitions_that_it_speaks_of) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, Flush::before_answer, pool.get());
  ASSERT_TRUE(partition(1)->append(storage::make_batch("data"), storage::Origin::client));
  gated.close_gate();
  auto first = log_->change([&](Words&) -> Log::Decided {
    return entry("a", {{partition(0), SyncIf::unsynced}, {partition(1), SyncIf::unsynced}});
  });
  auto second = say("b");
  gated.wait_for(1);
  EXPECT_TRUE(known().empty());
  gated.open_gate();
  EXPECT_TRUE(fate(std::move(second)));
  EXPECT_EQ(settled_, (Words{"a", "b"}));
  EXPECT_EQ(partition(1)->positions().synced, Offset(1));
  EXPECT_TRUE(fate(std::move(first)));
  pool.reset();
  TearDown();
}

TEST_F(StateLogTest, a_record_is_settled_when_other_replicas_have_it_and_nobody_need_come_by) {
  open(files_, Flush::left_to_system);
  const NodeId me{0};
  const NodeId other{1};
  ASSERT_TRUE(partition(0)->become_leader(partition(0)->epoch() + 1, {me, other}, {me, other}));
  const auto first = say("one");
  const auto second = say("two");
  EXPECT_FALSE(first.known || second.known);
  ASSERT_TRUE(partition(0)->follower_has(other, Offset(1)));
  broker_.broker->run_due();
  EXPECT_EQ(settled_, (Words{"one"}));
  ASSERT_TRUE(partition(0)->follower_has(other, Offset(2)));
  broker_.broker->run_due();
  EXPECT_EQ(settled_, (Words{"one", "two"}));
  EXPECT_EQ(known(), (Words{"one", "two"}));
  EXPECT_EQ(second.fate->known()->value(), Offset(1));
}

TEST_F(StateLogTest, a_record_that_waits_for_other_replicas_is_told_when_another_node_leads) {
  open(files_, Flush::left_to_system);
  const NodeId me{0};
  const NodeId other{1};
  ASSERT_TRUE(partition(0)->become_leader(partition(0)->epoch() + 1, {me, other}, {me, other}));
  const auto written = say("one");
  ASSERT_TRUE(partition(0)->become_follower(partition(0)->epoch() + 1));
  broker_.broker->run_due();
  EXPECT_EQ(settled_, (Words{"one: not_leader_or_follower"}));
  EXPECT_EQ(written.fate->known()->error().code, ErrorCode::not_leader_or_follower);
}

TEST_F(StateLogTest, what_cannot_be_appended_is_settled_with_the_error_and_the_next_may_be) {
  FaultyFileSystem faulty(files_);
  open(faulty, Flush::at_intervals);
  faulty.inject({.code = ErrorCode::no_space, .on = Fault::On::writes, .lasts = true});
  EXPECT_EQ(say("a").known->error().code, ErrorCode::no_space);
  EXPECT_EQ(settled_, Words{"a: no_space"});
  EXPECT_EQ(served(), ErrorCode::none);
  faulty.heal();
  EXPECT_TRUE(*say("b").known);
  EXPECT_EQ(known(), Words{"b"});
  TearDown();
}

TEST_F(StateLogTest, after_a_record_that_cannot_become_safe_nobody_is_served_and_the_cause_is_told) {
  FaultyFileSystem faulty(files_);
  open(faulty, Flush::before_answer);
  ASSERT_TRUE(fate(say("a")));
  faulty.inject({.on = Fault::On::syncs});
  EXPECT_EQ(fate(say("b")).error().code, ErrorCode::storage_error);
  EXPECT_EQ(settled_, (Words{"a", "b: storage_error"}));
  EXPECT_EQ(known(), Words{"a"});
  const auto next = say("c");
  EXPECT_EQ(next.known->error().code, ErrorCode::storage_error);
  EXPECT_NE(next.known->error().detail.find("sync"), std::string::npos) << next.known->error().detail;
  TearDown();
}

TEST_F(StateLogTest, what_is_under_way_when_it_is_given_up_is_told_so_and_found_when_it_is_taken_back) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, Flush::before_answer, pool.get());
  ASSERT_TRUE(fate(say("a")));
  const auto before = tenure();
  gated.close_gate();
  auto written = say("b");
  gated.wait_for(1);
  Words last;
  log_->resign(LeaderEpoch(1), [&](Words& words) { last = words; });
  EXPECT_EQ(last, Words{"a"});
  EXPECT_EQ(fate(std::move(written)).error().code, ErrorCode::not_coordinator);
  EXPECT_EQ(say("c").known->error().code, ErrorCode::not_coordinator);
  auto adopting = log_->adopt(
      LeaderEpoch(2), read_words,
      [this](const Words&) {
        return std::vector<Wish>{{partition(0), SyncIf::wanted}};
      },
      broker_.loop);
  EXPECT_FALSE(adopting.start());
  EXPECT_EQ(served(), ErrorCode::not_coordinator) << "what it read is not safe yet";
  gated.open_gate();
  while (!adopting.done()) broker_.loop.resume_ready();
  EXPECT_TRUE(adopting.take());
  EXPECT_EQ(known(), (Words{"a", "b"}));
  EXPECT_EQ(settled_, Words{"a"}) << "b was nobody's any more";
  EXPECT_EQ(fate(say("late", before)).error().code, ErrorCode::not_coordinator) << "begun in another tenure";
  EXPECT_TRUE(fate(say("d", tenure())));
  EXPECT_EQ(known(), (Words{"a", "b", "d"}));
  pool.reset();
  TearDown();
}

TEST_F(StateLogTest, a_word_of_an_epoch_that_is_over_is_none) {
  open(files_, Flush::at_intervals);
  ASSERT_TRUE(*say("a").known);
  log_->resign(LeaderEpoch(5), [](Words&) {});
  EXPECT_EQ(adopt(4).error().code, ErrorCode::not_coordinator);
  ASSERT_TRUE(adopt(6));
  log_->resign(LeaderEpoch(5), [](Words&) {});
  EXPECT_EQ(served(), ErrorCode::none);
  EXPECT_EQ(known(), Words{"a"});
}

TEST_F(StateLogTest, an_adoption_that_another_resignation_overtakes_serves_nobody) {
  GatedFileSystem gated(files_);
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, Flush::before_answer, pool.get());
  gated.close_gate();
  (void)say("a");
  gated.wait_for(1);
  log_->resign(LeaderEpoch(1), [](Words&) {});
  auto adopting = log_->adopt(
      LeaderEpoch(2), read_words,
      [this](const Words&) {
        return std::vector<Wish>{{partition(0), SyncIf::wanted}};
      },
      broker_.loop);
  EXPECT_FALSE(adopting.start());
  log_->resign(LeaderEpoch(3), [](Words&) {});
  gated.open_gate();
  while (!adopting.done()) broker_.loop.resume_ready();
  EXPECT_EQ(adopting.take().error().code, ErrorCode::not_coordinator);
  EXPECT_EQ(served(), ErrorCode::not_coordinator);
  EXPECT_TRUE(known().empty());
  pool.reset();
  TearDown();
}

}  // namespace
}  // namespace state_log
}  // namespace weir::log::broker
