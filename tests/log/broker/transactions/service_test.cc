// A transaction's coordinator is given up, and taken back, in the middle of each phase of a transaction. What was
// answered stays; what was not is decided once; readers see all of it or nothing; nothing hangs.
#include "log/broker/transactions/service.h"

#include "sim/gated_file.h"
#include "tests/log/broker/waiting_call.h"

namespace weir::log::broker {
namespace txn_service {
namespace {

constexpr PartitionIndex kShard{0};

// What leaders are told goes to this broker's markers; a test sees it come and go.
class Leaders final : public Transport {
 public:
  explicit Leaders(Markers& markers) : here_(markers) {}
  std::function<void()> before = [] {
  };
  std::function<void()> behind = [] {
  };
  std::optional<Error> unreachable;
  int asked = 0;

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                             Executor& executor) override {
    EXPECT_EQ(api, wire::ApiKey::write_txn_markers);
    EXPECT_EQ(node, NodeId(0));
    ++asked;
    before();
    if (unreachable) co_return fail(*unreachable);
    auto answered = co_await here_.write(*static_cast<wire::WriteTxnMarkersRequest*>(request), executor);
    *static_cast<wire::WriteTxnMarkersResponse*>(response) = std::move(answered);
    behind();
    co_return Result<>{};
  }

 private:
  Markers& here_;
};

class TxnServiceTest : public testing::Test {
 protected:
  void open(FileSystem& files, Flush flush = Flush::at_intervals, WorkPool* pool = nullptr) {
    BrokerOptions options;
    options.flush = flush;
    options.boot_id = "boot-1";
    options.coordinator_partitions = 1;
    options.pool = pool;
    ASSERT_TRUE(broker_.open(files, std::move(options)));
    ASSERT_EQ(broker_.create_topic("t", 2), ErrorCode::none);
  }
  MemoryFileSystem& fresh() {
    files_ = std::make_unique<MemoryFileSystem>();
    return *files_;
  }
  TxnService& service() { return broker_.broker->coordinators().transactions(); }
  // Another service over this broker's partitions.
  TxnService& serve_over(Leaders& leaders) { return own_.emplace(broker_.broker->topics(), leaders, broker_.clock, 1); }
  void close() {
    own_.reset();
    broker_.broker.reset();
  }
  void resign() { service().resign(kShard, LeaderEpoch(++epoch_)); }
  Result<> adopt(TxnService& of) { return broker_.loop.run(of.adopt(kShard, LeaderEpoch(++epoch_), broker_.loop)); }

  // All or nothing, and nothing is held back.
  void expect_seen(bool committed) {
    for (const auto& name : {t0_, t1_}) {
      EXPECT_EQ(broker_.committed(name), committed ? std::vector<std::string>{"v"} : std::vector<std::string>())
          << name.to_string();
      const auto at = broker_.partition(name).positions();
      EXPECT_EQ(at.last_stable_offset, at.end) << name.to_string();
    }
  }
  void TearDown() override { close(); }
  void begin() {
    ASSERT_TRUE(producer_.init());
    ASSERT_EQ(producer_.send(t0_, {"v"}), ErrorCode::none);
    ASSERT_EQ(producer_.send(t1_, {"v"}), ErrorCode::none);
  }

  const TopicPartition t0_ = partition_of("t", 0);
  const TopicPartition t1_ = partition_of("t", 1);
  std::unique_ptr<MemoryFileSystem> files_;
  TestBroker broker_;
  std::optional<TxnService> own_;
  TestProducer producer_{broker_, "p"};
  std::int32_t epoch_ = 0;
};

TEST_F(TxnServiceTest, between_two_requests_of_a_transaction_nothing_is_lost) {
  for (bool commits : {true, false}) {
    SCOPED_TRACE(commits);
    open(fresh());
    ASSERT_TRUE(producer_.init());
    resign();
    EXPECT_EQ(producer_.send(t0_, {"v"}), ErrorCode::not_coordinator);
    EXPECT_EQ(broker_.init("p").error().code, ErrorCode::not_coordinator);
    ASSERT_TRUE(adopt(service()));
    ASSERT_EQ(producer_.send(t0_, {"v"}), ErrorCode::none);
    resign();
    EXPECT_EQ(producer_.append(t1_, {"v"}), ErrorCode::not_coordinator) << "which its coordinator has to be asked of";
    EXPECT_EQ(producer_.commit(), ErrorCode::not_coordinator);
    ASSERT_TRUE(adopt(service()));
    ASSERT_EQ(producer_.send(t1_, {"v"}), ErrorCode::none);
    ASSERT_EQ(commits ? producer_.commit() : producer_.abort(), ErrorCode::none);
    expect_seen(commits);
    resign();
    ASSERT_TRUE(adopt(service()));
    EXPECT_EQ(commits ? producer_.commit() : producer_.abort(), ErrorCode::none) << "the same again";
    EXPECT_EQ(commits ? producer_.abort() : producer_.commit(), ErrorCode::invalid_txn_state);
    close();
  }
}

// With what its markers go through in the test's hands.
TEST_F(TxnServiceTest, before_and_behind_the_markers_the_outcome_is_certain_and_the_next_tenure_completes_it) {
  for (bool behind : {false, true}) {
    for (bool taken_back_at_once : {false, true}) {
      SCOPED_TRACE(std::string(behind ? "behind" : "before") + (taken_back_at_once ? ", taken back at once" : ""));
      open(fresh());
      Leaders leaders(broker_.broker->coordinators().markers());
      TxnService& own = serve_over(leaders);
      Loop& loop = broker_.loop;
      const auto who = loop.run(own.init("q", 60'000, std::nullopt, loop)).value();
      ASSERT_TRUE(loop.run(own.add_partitions("q", who, {t0_, t1_}, loop)));
      for (const auto& name : {t0_, t1_}) {
        const auto batch =
            storage::make_batch(storage::from_producer(who.id.value(), who.epoch.value(), 0, {"v"}, true));
        ASSERT_TRUE(own.append("q", broker_.partition(name), batch, storage::Origin::client));
      }
      int changes = 0;
      auto change = [&] {
        if (changes++ > 0) return;
        own.resign(kShard, LeaderEpoch(++epoch_));
        if (taken_back_at_once) {
          EXPECT_TRUE(adopt(own));
        }
      };
      (behind ? leaders.behind : leaders.before) = change;
      EXPECT_TRUE(loop.run(own.end("q", who, EndMarkerType::commit, loop))) << "it was decided before";
      if (!taken_back_at_once) {
        EXPECT_EQ(loop.run(own.end("q", who, EndMarkerType::commit, loop)).error().code, ErrorCode::not_coordinator);
        ASSERT_TRUE(adopt(own));
      }
      EXPECT_EQ(own.describe("q")->state, TransactionState::complete_commit);
      EXPECT_TRUE(loop.run(own.end("q", who, EndMarkerType::commit, loop)));
      expect_seen(true);
      close();
    }
  }
}

TEST_F(TxnServiceTest, a_leader_that_cannot_be_reached_gets_its_markers_later) {
  open(fresh());
  Leaders leaders(broker_.broker->coordinators().markers());
  TxnService& own = serve_over(leaders);
  Loop& loop = broker_.loop;
  const auto who = loop.run(own.init("q", 60'000, std::nullopt, loop)).value();
  ASSERT_TRUE(loop.run(own.add_partitions("q", who, {t0_}, loop)));
  leaders.unreachable = Error{ErrorCode::timed_out, "no way"};
  EXPECT_TRUE(loop.run(own.end("q", who, EndMarkerType::abort, loop)));
  EXPECT_EQ(own.describe("q")->state, TransactionState::prepare_abort);
  EXPECT_EQ(loop.run(own.add_partitions("q", who, {t0_}, loop)).error().code, ErrorCode::concurrent_transactions);
  leaders.unreachable.reset();
  EXPECT_TRUE(loop.run(own.run_due(loop)));
  EXPECT_EQ(own.describe("q")->state, TransactionState::complete_abort);
  EXPECT_EQ(leaders.asked, 3);
  close();
}

TEST_F(TxnServiceTest, while_the_decision_is_being_synced_its_fate_is_the_logs) {
  for (bool commits : {true, false}) {
    SCOPED_TRACE(commits);
    GatedFileSystem gated(fresh());
    auto pool = std::make_unique<WorkPool>(2);
    open(gated, Flush::before_answer, pool.get());
    begin();
    gated.close_gate();
    const auto who = producer_.identity();
    Waiting<wire::EndTxnRequest> ending(broker_, {"p", who.id, who.epoch, commits});
    gated.wait_for(1);
    EXPECT_FALSE(ending.is_done());
    resign();
    EXPECT_EQ(ending.response().error_code, ErrorCode::not_coordinator) << "who asked is told at once";
    auto adopting = service().adopt(kShard, LeaderEpoch(++epoch_), broker_.loop);
    EXPECT_FALSE(adopting.start());
    EXPECT_EQ(broker_.init("p").error().code, ErrorCode::not_coordinator) << "nothing is built on what may be lost";
    gated.open_gate();
    while (!adopting.done()) broker_.loop.resume_ready();
    EXPECT_TRUE(adopting.take());
    EXPECT_EQ(service().describe("p")->state,
              commits ? TransactionState::complete_commit : TransactionState::complete_abort);
    EXPECT_EQ(commits ? producer_.commit() : producer_.abort(), ErrorCode::none) << "asked again, as clients do";
    expect_seen(commits);
    pool.reset();
    close();
  }
}

TEST_F(TxnServiceTest, a_request_that_is_dropped_behind_its_decision_leaves_nothing_between_two_states) {
  GatedFileSystem gated(fresh());
  auto pool = std::make_unique<WorkPool>(2);
  open(gated, Flush::before_answer, pool.get());
  Leaders leaders(broker_.broker->coordinators().markers());
  TxnService& own = serve_over(leaders);
  Loop& loop = broker_.loop;
  const auto who = loop.run(own.init("q", 60'000, std::nullopt, loop)).value();
  ASSERT_TRUE(loop.run(own.add_partitions("q", who, {t0_}, loop)));
  leaders.before = [&] {
    gated.close_gate();
  };
  {
    auto ending = own.end("q", who, EndMarkerType::commit, loop);
    EXPECT_FALSE(ending.start());
    while (leaders.asked == 0) loop.resume_ready();
    gated.wait_for(1);
  }
  leaders.before = [] {
  };
  gated.open_gate();
  EXPECT_EQ(own.describe("q")->state, TransactionState::prepare_commit);
  EXPECT_TRUE(loop.run(own.end("q", who, EndMarkerType::commit, loop))) << "who asks next completes it";
  EXPECT_EQ(own.describe("q")->state, TransactionState::complete_commit);
  pool.reset();
  close();
}

}  // namespace
}  // namespace txn_service
}  // namespace weir::log::broker
