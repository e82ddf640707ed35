// What a broker forgets with time: transactional ids (transactional.id.expiration.ms, seven days) and producer ids
// (producer.id.expiration.ms, a day).
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

constexpr Millis kDay{24 * 3600 * 1'000};

class ExpirationTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(broker_.open(files_, {}));
    ASSERT_EQ(broker_.create_topic("t"), ErrorCode::none);
  }
  void pass(Millis time) {
    broker_.clock.advance(time);
    broker_.broker->run_due();
  }

  const TopicPartition partition_ = partition_of("t");
  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(ExpirationTest, a_transactional_id_that_did_nothing_for_seven_days_is_forgotten_in_the_log_too) {
  TestProducer producer(broker_, "p");
  ASSERT_TRUE(producer.init());
  ASSERT_EQ(producer.send(partition_, {"a"}), ErrorCode::none);
  ASSERT_EQ(producer.commit(), ErrorCode::none);
  pass(6 * kDay);
  EXPECT_TRUE(broker_.broker->coordinators().transactions().describe("p"));
  pass(kDay + Millis(1'000));
  EXPECT_FALSE(broker_.broker->coordinators().transactions().describe("p"));
  EXPECT_EQ(broker_.add("p", producer.identity(), partition_), ErrorCode::invalid_producer_id_mapping);

  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_, {}));
  EXPECT_FALSE(broker_.broker->coordinators().transactions().describe("p")) << "its tombstone is in the log";
  TestProducer next(broker_, "p");
  ASSERT_TRUE(next.init());
  EXPECT_NE(next.identity().id, producer.identity().id);
}

TEST_F(ExpirationTest, a_producer_that_wrote_nothing_for_a_day_begins_anew) {
  const auto batch = [](std::int32_t sequence) {
    return storage::make_batch(storage::from_producer(7, 0, sequence, {"v"}));
  };
  ASSERT_EQ(broker_.produce(partition_, batch(0)).error_code, ErrorCode::none);
  ASSERT_EQ(broker_.produce(partition_, batch(1)).error_code, ErrorCode::none);
  EXPECT_EQ(broker_.produce(partition_, batch(5)).error_code, ErrorCode::out_of_order_sequence_number);
  pass(kDay + Millis(600'000));
  const auto again = broker_.produce(partition_, batch(1));
  EXPECT_EQ(again.error_code, ErrorCode::none);
  EXPECT_EQ(again.base_offset, Offset(2)) << "nobody remembers that it was there";
}

// Times of records are users' words: of a producer they say nothing.
class ProducerExpirationTest : public ExpirationTest, public testing::WithParamInterface<std::int64_t> {
 protected:
  ErrorCode produce(std::int32_t sequence) {
    auto spec = storage::from_producer(7, 0, sequence, {"v"});
    spec.timestamp_ms = GetParam();
    return broker_.produce(partition_, storage::make_batch(spec)).error_code;
  }
  void reopen() {
    broker_.broker.reset();
    ASSERT_TRUE(broker_.open(files_, {}));
  }
  bool is_known() { return produce(1'000) == ErrorCode::out_of_order_sequence_number; }
};

TEST_P(ProducerExpirationTest, one_that_wrote_within_the_day_is_known) {
  ASSERT_EQ(produce(0), ErrorCode::none);
  pass(kDay - Millis(3'600'000));
  EXPECT_TRUE(is_known());
  ASSERT_EQ(produce(1), ErrorCode::none);
  pass(kDay - Millis(3'600'000));
  EXPECT_TRUE(is_known());
}

TEST_P(ProducerExpirationTest, one_that_did_not_is_forgotten) {
  ASSERT_EQ(produce(0), ErrorCode::none);
  pass(kDay + Millis(600'000));
  EXPECT_FALSE(is_known());
}

TEST_P(ProducerExpirationTest, a_restart_neither_makes_it_younger_nor_older) {
  ASSERT_EQ(produce(0), ErrorCode::none);
  for (int i = 0; i < 3; ++i) {
    pass(kDay / 4);
    reopen();
  }
  EXPECT_TRUE(is_known());
  pass(kDay / 4 + Millis(600'000));
  EXPECT_FALSE(is_known());
}

TEST_P(ProducerExpirationTest, a_clock_that_is_set_back_does_not_keep_it_for_ever) {
  ASSERT_EQ(produce(0), ErrorCode::none);
  broker_.clock.step_wall(-30 * kDay);
  pass(Millis(600'000));
  EXPECT_TRUE(is_known());
  pass(kDay + Millis(600'000));
  EXPECT_FALSE(is_known());
}

INSTANTIATE_TEST_SUITE_P(records_of, ProducerExpirationTest,
                         testing::Values(0, 1, 253'402'300'800'000, std::numeric_limits<std::int64_t>::max() - 1));

}  // namespace
}  // namespace weir::log::broker
