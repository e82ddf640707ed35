#include "log/broker/transactions/coordinator.h"

#include <random>

#include <gtest/gtest.h>

namespace weir::log::broker {
namespace {

using State = TransactionState;

const TopicPartition kA{"a", PartitionIndex(0)};
const TopicPartition kB{"b", PartitionIndex(1)};

class TxnCoordinatorTest : public testing::Test {
 protected:
  Result<ProducerIdentity> init(std::optional<ProducerIdentity> expected = {}) {
    TxnCoordinator::InitOptions options{60'000, expected};
    if (coordinator_.needs_fresh_id("x")) options.fresh_id = ProducerId(++last_id_);
    WEIR_TRY_VAR(decided, coordinator_.decide_init("x", options, now_ms_));
    if (decided.change) coordinator_.committed(*decided.change);
    if (decided.is_fencing) return fail(ErrorCode::concurrent_transactions);
    return decided.producer;
  }
  Result<> add(ProducerIdentity producer, std::vector<TopicPartition> partitions = {kA}) {
    WEIR_TRY_VAR(change, coordinator_.decide_add("x", producer, partitions, {now_ms_, now_ms_}));
    if (change) coordinator_.committed(*change);
    return {};
  }
  Result<bool> end(ProducerIdentity producer, EndMarkerType outcome) {
    WEIR_TRY_VAR(change, coordinator_.decide_end("x", producer, outcome, now_ms_));
    if (change) coordinator_.committed(*change);
    return change.has_value();
  }
  void complete() {
    auto owed = coordinator_.decide_complete("x", now_ms_);
    ASSERT_TRUE(owed);
    coordinator_.committed(owed->change);
  }
  // A producer that has used up all but the last epochs.
  ProducerIdentity exhausted() {
    Transaction transaction;
    transaction.producer_id = ProducerId(500);
    transaction.epoch = ProducerEpoch(32766);
    transaction.timeout_ms = 60'000;
    coordinator_.load("x", transaction);
    return {ProducerId(500), ProducerEpoch(32766)};
  }
  State state() const { return coordinator_.find("x")->state; }

  static constexpr EndMarkerType kCommit = EndMarkerType::commit;
  static constexpr EndMarkerType kAbort = EndMarkerType::abort;
  TxnCoordinator coordinator_;
  std::int64_t last_id_ = 100;
  std::int64_t now_ms_ = 1'000;
};

TEST_F(TxnCoordinatorTest, a_prepared_commit_whose_records_were_lost_becomes_an_abort) {
  const auto producer = *init();
  ASSERT_TRUE(add(producer, {kA, kB}));
  EXPECT_FALSE(coordinator_.decide_revoke("x", now_ms_)) << "nothing is prepared";
  auto change = *coordinator_.decide_end("x", producer, kCommit, now_ms_);
  coordinator_.set_ends(*change, {Offset(3), Offset(7)});
  EXPECT_FALSE(coordinator_.decide_revoke("x", now_ms_)) << "nor yet";
  coordinator_.committed(*change);
  EXPECT_EQ(coordinator_.find("x")->ends, (std::vector<Offset>{Offset(3), Offset(7)}));
  auto revoked = coordinator_.decide_revoke("x", now_ms_);
  ASSERT_TRUE(revoked);
  coordinator_.committed(*revoked);
  EXPECT_EQ(state(), State::prepare_abort);
  auto owed = coordinator_.decide_complete("x", now_ms_);
  EXPECT_EQ(owed->outcome, kAbort);
  EXPECT_EQ(owed->partitions, (std::set<TopicPartition>{kA, kB}));
  EXPECT_TRUE(owed->ends.empty());
}

TEST_F(TxnCoordinatorTest, a_new_id_begins_with_a_fresh_producer_at_epoch_0) {
  EXPECT_EQ(*init(), (ProducerIdentity{ProducerId(101), ProducerEpoch(0)}));
  EXPECT_EQ(state(), State::empty);
}

TEST_F(TxnCoordinatorTest, each_new_producer_of_an_id_gets_the_next_epoch) {
  ASSERT_TRUE(init());
  EXPECT_EQ(*init(), (ProducerIdentity{ProducerId(101), ProducerEpoch(1)}));
}

TEST_F(TxnCoordinatorTest, a_time_out_of_nothing_or_beyond_the_limit_is_refused) {
  TxnCoordinator::InitOptions options{0, {}, ProducerId(1)};
  EXPECT_EQ(coordinator_.decide_init("x", options, 0).error().code, ErrorCode::invalid_transaction_timeout);
  options.timeout_ms = kMaxTransactionTimeoutMs + 1;
  EXPECT_EQ(coordinator_.decide_init("x", options, 0).error().code, ErrorCode::invalid_transaction_timeout);
}

TEST_F(TxnCoordinatorTest, an_open_transaction_is_aborted_before_another_producer_begins_and_the_epoch_rises_twice) {
  auto old = *init();
  ASSERT_TRUE(add(old));
  EXPECT_EQ(init().error().code, ErrorCode::concurrent_transactions);
  EXPECT_EQ(state(), State::prepare_abort);
  EXPECT_EQ(init().error().code, ErrorCode::concurrent_transactions);  // until the markers are written
  auto owed = coordinator_.decide_complete("x", now_ms_);
  EXPECT_EQ(owed->producer.epoch, old.epoch + 1);
  EXPECT_EQ(owed->outcome, kAbort);
  coordinator_.committed(owed->change);
  EXPECT_EQ(init()->epoch, old.epoch + 2);
}

TEST_F(TxnCoordinatorTest, a_producer_that_says_who_it_was_goes_on_and_its_repetition_changes_nothing) {
  auto first = *init();
  auto second = *init(first);
  EXPECT_EQ(second, (ProducerIdentity{first.id, first.epoch + 1}));
  EXPECT_EQ(*init(first), second);  // the answer got lost
  EXPECT_EQ(*init(second), (ProducerIdentity{first.id, first.epoch + 2}));
  EXPECT_EQ(init(first).error().code, ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, a_producer_that_says_who_it_was_is_fenced_once_another_one_began) {
  auto old = *init();
  ASSERT_TRUE(init());
  EXPECT_EQ(init(old).error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(init(ProducerIdentity{ProducerId(7), ProducerEpoch(0)}).error().code, ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, used_up_epochs_give_a_new_producer_id) {
  auto old = exhausted();
  EXPECT_EQ(*init(), (ProducerIdentity{ProducerId(101), ProducerEpoch(0)}));
  EXPECT_EQ(add(old).error().code, ErrorCode::invalid_producer_id_mapping);
}

TEST_F(TxnCoordinatorTest, the_change_to_a_new_producer_id_may_be_repeated_by_who_was_there_before) {
  auto old = exhausted();
  auto next = *init(old);
  EXPECT_EQ(next, (ProducerIdentity{ProducerId(101), ProducerEpoch(0)}));
  EXPECT_EQ(*init(old), next);
}

TEST_F(TxnCoordinatorTest, fencing_at_the_last_epoch_leads_to_a_new_producer_id) {
  auto old = exhausted();
  ASSERT_TRUE(add(old));
  EXPECT_EQ(init().error().code, ErrorCode::concurrent_transactions);
  EXPECT_EQ(coordinator_.find("x")->epoch, ProducerEpoch(32767));
  complete();
  EXPECT_EQ(*init(), (ProducerIdentity{ProducerId(101), ProducerEpoch(0)}));
}

TEST_F(TxnCoordinatorTest, a_retired_producer_is_fenced_and_its_id_begins_with_another_one) {
  auto old = *init();
  coordinator_.committed(*coordinator_.decide_retire("x", now_ms_));
  EXPECT_EQ(add(old).error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(*init(), (ProducerIdentity{ProducerId(102), ProducerEpoch(0)}));
}

TEST_F(TxnCoordinatorTest, adding_what_is_there_needs_no_record) {
  auto producer = *init();
  ASSERT_TRUE(add(producer, {kA, kB}));
  EXPECT_FALSE(*coordinator_.decide_add("x", producer, {kB}, {now_ms_, now_ms_}));
}

TEST_F(TxnCoordinatorTest, an_unknown_id_or_producer_has_no_transaction) {
  EXPECT_EQ(add({ProducerId(1), ProducerEpoch(0)}).error().code, ErrorCode::invalid_producer_id_mapping);
  auto producer = *init();
  EXPECT_EQ(add({producer.id + 1, producer.epoch}).error().code, ErrorCode::invalid_producer_id_mapping);
  EXPECT_EQ(add({producer.id, producer.epoch + 1}).error().code, ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, a_repeated_end_is_answered_by_how_it_ended) {
  for (auto outcome : {kCommit, kAbort}) {
    auto other = outcome == kCommit ? kAbort : kCommit;
    auto producer = *init();
    EXPECT_EQ(end(producer, outcome).error().code, ErrorCode::invalid_txn_state);  // nothing is open
    ASSERT_TRUE(add(producer));
    EXPECT_TRUE(*end(producer, outcome));
    EXPECT_EQ(end(producer, outcome).error().code, ErrorCode::concurrent_transactions);
    EXPECT_EQ(end(producer, other).error().code, ErrorCode::invalid_txn_state);
    complete();
    EXPECT_FALSE(*end(producer, outcome));
    EXPECT_EQ(end(producer, other).error().code, ErrorCode::invalid_txn_state);
  }
}

TEST_F(TxnCoordinatorTest, the_next_transaction_waits_for_the_markers_of_the_last) {
  auto producer = *init();
  ASSERT_TRUE(add(producer));
  ASSERT_TRUE(end(producer, kCommit));
  EXPECT_EQ(add(producer, {kB}).error().code, ErrorCode::concurrent_transactions);
  complete();
  ASSERT_TRUE(add(producer, {kB}));
  EXPECT_EQ(coordinator_.find("x")->partitions, (std::set<TopicPartition>{kB}));
}

TEST_F(TxnCoordinatorTest, only_partitions_that_were_added_take_records_and_only_while_it_is_open) {
  auto producer = *init();
  EXPECT_EQ(coordinator_.check_append("x", producer, kA).error().code, ErrorCode::invalid_txn_state);
  ASSERT_TRUE(add(producer));
  EXPECT_TRUE(coordinator_.check_append("x", producer, kA));
  EXPECT_EQ(coordinator_.check_append("x", producer, kB).error().code, ErrorCode::invalid_txn_state);
  EXPECT_EQ(coordinator_.check_append("x", {producer.id, producer.epoch + 1}, kA).error().code,
            ErrorCode::invalid_producer_epoch);
  auto more = *coordinator_.decide_add("x", producer, {kB}, {now_ms_, now_ms_});
  EXPECT_TRUE(coordinator_.check_append("x", producer, kA));  // while others are being added
  EXPECT_FALSE(coordinator_.check_append("x", producer, kB));
  coordinator_.committed(*more);
  auto ending = *coordinator_.decide_end("x", producer, kCommit, now_ms_);
  EXPECT_FALSE(coordinator_.check_append("x", producer, kA));  // while it is being ended
  coordinator_.failed(*ending);
  EXPECT_TRUE(coordinator_.check_append("x", producer, kA));
}

TEST_F(TxnCoordinatorTest, a_transaction_times_out_by_its_own_limit_counted_from_its_begin) {
  auto producer = *init();
  EXPECT_TRUE(coordinator_.timed_out(now_ms_ + 1'000'000).empty());  // nothing is open
  ASSERT_TRUE(add(producer));
  now_ms_ += 30'000;
  ASSERT_TRUE(add(producer, {kB}));
  EXPECT_TRUE(coordinator_.timed_out(61'000).empty());
  EXPECT_EQ(coordinator_.timed_out(61'001), (std::vector<std::string>{"x"}));
  coordinator_.committed(*coordinator_.decide_fence("x", 61'001));
  EXPECT_EQ(coordinator_.find("x")->epoch, producer.epoch + 1);
  EXPECT_EQ(end(producer, kCommit).error().code, ErrorCode::producer_fenced);
}

TEST_F(TxnCoordinatorTest, an_idle_id_is_forgotten_but_never_an_open_transaction) {
  auto producer = *init();
  EXPECT_FALSE(coordinator_.decide_expire("x", 500, now_ms_ + 499));
  ASSERT_TRUE(add(producer));
  EXPECT_FALSE(coordinator_.decide_expire("x", 500, now_ms_ + 10'000));
  ASSERT_TRUE(end(producer, kCommit));
  EXPECT_FALSE(coordinator_.decide_expire("x", 500, now_ms_ + 10'000));
  complete();
  auto change = coordinator_.decide_expire("x", 500, now_ms_ + 500);
  ASSERT_TRUE(change && !change->next);
  coordinator_.committed(*change);
  EXPECT_EQ(coordinator_.find("x"), nullptr);
  EXPECT_EQ(add(producer).error().code, ErrorCode::invalid_producer_id_mapping);
}

TEST_F(TxnCoordinatorTest, what_could_not_be_written_never_was) {
  TxnCoordinator::InitOptions options{60'000, {}, ProducerId(1)};
  auto first = coordinator_.decide_init("x", options, now_ms_);
  EXPECT_EQ(coordinator_.find("x"), nullptr);  // not readable before it is committed
  coordinator_.failed(*first->change);
  auto producer = *init();
  auto added = *coordinator_.decide_add("x", producer, {kA}, {now_ms_, now_ms_});
  EXPECT_EQ(state(), State::empty);
  coordinator_.failed(*added);
  EXPECT_EQ(state(), State::empty);
  EXPECT_EQ(end(producer, kCommit).error().code, ErrorCode::invalid_txn_state);
}

TEST_F(TxnCoordinatorTest, markers_are_owed_to_one_at_a_time_until_they_are_written) {
  auto producer = *init();
  ASSERT_TRUE(add(producer, {kA, kB}));
  EXPECT_FALSE(coordinator_.decide_complete("x", now_ms_));
  ASSERT_TRUE(end(producer, kCommit));
  EXPECT_EQ(coordinator_.prepared(), (std::vector<std::string>{"x"}));
  auto owed = coordinator_.decide_complete("x", now_ms_);
  EXPECT_EQ(owed->partitions, (std::set<TopicPartition>{kA, kB}));
  EXPECT_EQ(owed->outcome, kCommit);
  EXPECT_FALSE(coordinator_.decide_complete("x", now_ms_));
  coordinator_.failed(owed->change);  // a disk was full
  EXPECT_TRUE(coordinator_.decide_complete("x", now_ms_));
}

// Random histories of one id against what a page of the protocol says -------------------------------------------------

class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      now_ms_ += pick(100);
      step();
      check_state();
    }
  }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  TopicPartition some_partition() { return {"t", PartitionIndex(pick(4))}; }
  // Mostly the current producer, now and then an older one.
  ProducerIdentity some_producer() {
    if (given_.empty() || pick(10) == 0) return {ProducerId(pick(3)), ProducerEpoch(0)};
    return pick(4) == 0 ? given_[static_cast<std::size_t>(pick(static_cast<int>(given_.size())))] : given_.back();
  }
  bool is_current(ProducerIdentity producer) const { return !given_.empty() && producer == given_.back() && !fenced_; }

  void step() {
    switch (pick(6)) {
      case 0:
        return init();
      case 1:
      case 2:
        return add();
      case 3:
        return end();
      case 4:
        return complete();
      default:
        if (pick(8) == 0) fence();
    }
  }

  // Commits a change, or fails it; sometimes another request comes before that, and must be told to wait.
  bool settle(const TxnCoordinator::Change& change) {
    if (pick(5) == 0 && !given_.empty()) {
      auto meanwhile = coordinator_.decide_add("x", given_.back(), {some_partition()}, {now_ms_, now_ms_});
      EXPECT_TRUE(!meanwhile && (meanwhile.error().code == ErrorCode::concurrent_transactions || fenced_));
    }
    if (pick(8) == 0) {
      coordinator_.failed(change);
      return false;
    }
    coordinator_.committed(change);
    replayed_.load(change.transactional_id, change.next);
    return true;
  }

  void init() {
    TxnCoordinator::InitOptions options{60'000, {}};
    if (coordinator_.needs_fresh_id("x")) options.fresh_id = ProducerId(++last_id_);
    auto decided = coordinator_.decide_init("x", options, now_ms_);
    if (prepared_) {
      EXPECT_EQ(decided.error().code, ErrorCode::concurrent_transactions);
      return;
    }
    ASSERT_TRUE(decided);
    EXPECT_EQ(decided->is_fencing, is_open_);
    if (!settle(*decided->change)) return;
    if (decided->is_fencing) {
      prepare(EndMarkerType::abort);
      fenced_ = true;
      return;
    }
    bool is_new =
        given_.empty() || decided->producer.id != given_.back().id || decided->producer.epoch > given_.back().epoch;
    EXPECT_TRUE(is_new);
    given_.push_back(decided->producer);
    fenced_ = false;
    last_.reset();
  }

  void add() {
    auto producer = some_producer();
    auto partition = some_partition();
    auto decided = coordinator_.decide_add("x", producer, {partition}, {now_ms_, now_ms_});
    ASSERT_EQ(decided.has_value(), is_current(producer) && !prepared_);
    if (!decided) return;
    EXPECT_EQ(decided->has_value(), !(is_open_ && partitions_.contains(partition)));
    if (*decided && !settle(**decided)) return;
    if (!is_open_) partitions_.clear();
    is_open_ = true;
    last_.reset();
    partitions_.insert(partition);
  }

  void end() {
    auto producer = some_producer();
    auto outcome = pick(3) == 0 ? EndMarkerType::abort : EndMarkerType::commit;
    auto decided = coordinator_.decide_end("x", producer, outcome, now_ms_);
    bool is_repeated = !is_open_ && !prepared_ && last_ == outcome;
    ASSERT_EQ(decided.has_value(), is_current(producer) && (is_open_ || is_repeated));
    if (!decided) return;
    EXPECT_EQ(decided->has_value(), is_open_);
    if (*decided && settle(**decided)) prepare(outcome);
  }

  void fence() {
    auto change = coordinator_.decide_fence("x", now_ms_);
    ASSERT_EQ(change.has_value(), is_open_);
    if (!change || !settle(*change)) return;
    prepare(EndMarkerType::abort);
    fenced_ = true;
  }

  void prepare(EndMarkerType outcome) {
    is_open_ = false;
    prepared_ = outcome;
  }

  void complete() {
    auto owed = coordinator_.decide_complete("x", now_ms_);
    ASSERT_EQ(owed.has_value(), prepared_.has_value());
    if (!owed) return;
    EXPECT_EQ(owed->outcome, *prepared_);
    EXPECT_EQ(owed->partitions, partitions_);
    EXPECT_GE(owed->producer.epoch, given_.back().epoch);
    if (!settle(owed->change)) return;
    last_ = *prepared_;
    prepared_.reset();
  }

  void check_state() {
    if (given_.empty()) return;
    for (int i = 0; i < 4; ++i) {
      const TopicPartition partition{"t", PartitionIndex(i)};
      bool may = is_open_ && partitions_.contains(partition);
      EXPECT_EQ(coordinator_.check_append("x", given_.back(), partition).has_value(), may);
      EXPECT_EQ(coordinator_.holds(given_.back(), partition),
                (is_open_ || prepared_) && partitions_.contains(partition));
    }
    // What the log tells is the same but for what it does not hold.
    Transaction here = *coordinator_.find("x");
    Transaction there = *replayed_.find("x");
    there.last_producer_id = here.last_producer_id;
    there.last_epoch = here.last_epoch;
    EXPECT_EQ(here, there);
  }

  std::mt19937_64 random_;
  std::int64_t now_ms_ = 1'000;
  std::int64_t last_id_ = 100;
  TxnCoordinator coordinator_;
  TxnCoordinator replayed_;

  // The model.
  std::vector<ProducerIdentity> given_;
  bool fenced_ = false;  // the last one
  bool is_open_ = false;
  std::set<TopicPartition> partitions_;
  std::optional<EndMarkerType> prepared_;
  std::optional<EndMarkerType> last_;
};

TEST(TxnCoordinatorHistories, random_requests_are_decided_as_the_model_says) {
  for (std::uint64_t seed = 1; seed <= 1'500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    History(seed).run(60);
  }
}

}  // namespace
}  // namespace weir::log::broker
