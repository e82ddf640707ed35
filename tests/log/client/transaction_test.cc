#include "log/client/transaction_state.h"
#include "tests/log/client/scripted_transport.h"

namespace weir::log {
namespace {

using wire::ApiKey;

class TransactionCalls : public ScriptedTest {
 protected:
  TransactionCalls() : writer(client.producer({.transactional_id = "a", .batch_bytes = 200}).value()) {
    EXPECT_TRUE(writer->init_transactions());
  }
  void begin(const std::string& value = "v", std::int32_t partition = 0) {
    ASSERT_TRUE(writer->begin_transaction());
    ASSERT_TRUE(put(*writer, partition, value));
  }

  std::unique_ptr<Producer> writer;
};

TEST_P(TransactionCalls, new_partitions_are_added_together_and_once) {
  ASSERT_TRUE(writer->begin_transaction());
  for (int p = 0; p < 3; ++p) ASSERT_TRUE(put(*writer, p, "v"));
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(brokers->add_requests.size(), 1u);
  EXPECT_EQ(brokers->add_requests[0].v3_and_below_topics[0].partitions.size(), 3u);
  ASSERT_TRUE(put(*writer, 0, "w"));
  ASSERT_TRUE(put(*writer, 3, "w"));
  ASSERT_TRUE(writer->commit_transaction());
  ASSERT_EQ(brokers->add_requests.size(), 2u);
  EXPECT_EQ(brokers->add_requests[1].v3_and_below_topics[0].partitions, std::vector{PartitionIndex(3)});
  begin();  // and again in the next transaction
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(brokers->add_requests.size(), 3u);
}

TEST_P(TransactionCalls, an_empty_transaction_asks_nobody) {
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(writer->commit_transaction());
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(writer->abort_transaction());
  EXPECT_EQ(brokers->end_requests.size(), 0u);
}

TEST_P(TransactionCalls, markers_that_are_still_being_written_are_waited_for) {
  begin();
  for (int i = 0; i < 3; ++i) {
    brokers->once<wire::AddPartitionsToTxnRequest>([](wire::AddPartitionsToTxnRequest& request) {
      return ScriptedTransport::added(request, ErrorCode::concurrent_transactions);
    });
  }
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(brokers->add_requests.size(), 4u);
}

TEST_P(TransactionCalls, a_coordinator_that_moved_is_followed) {
  begin();
  brokers->once<wire::EndTxnRequest>([this](wire::EndTxnRequest&) {
    brokers->coordinator = NodeId(3);
    return wire::EndTxnResponse{0, ErrorCode::not_coordinator, {}};
  });
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(brokers->calls.back().node, NodeId(3));
  EXPECT_EQ(brokers->calls.back().api, ApiKey::end_txn);
}

TEST_P(TransactionCalls, a_lost_answer_to_the_commit_is_asked_for_again_with_the_same_intent) {
  begin();
  brokers->fail_once<wire::EndTxnRequest>(ErrorCode::timed_out);
  ASSERT_TRUE(writer->commit_transaction());
  ASSERT_EQ(brokers->end_requests.size(), 2u);
  EXPECT_TRUE(brokers->end_requests[0].committed);
  EXPECT_TRUE(brokers->end_requests[1].committed);
}

TEST_P(TransactionCalls, after_an_unknown_outcome_only_the_same_intent_goes_on) {
  begin();
  brokers->usually<wire::EndTxnRequest>([](wire::EndTxnRequest&) { return fail(ErrorCode::timed_out, "scripted"); });
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::timed_out);
  EXPECT_EQ(writer->abort_transaction().error().code, ErrorCode::wrong_state);
  EXPECT_EQ(writer->begin_transaction().error().code, ErrorCode::wrong_state);
  EXPECT_EQ(put(*writer, 0, "v").error().code, ErrorCode::wrong_state);
  brokers->usually<wire::EndTxnRequest>([](wire::EndTxnRequest&) { return wire::EndTxnResponse{}; });
  ASSERT_TRUE(writer->commit_transaction());
  for (const auto& request : brokers->end_requests) EXPECT_TRUE(request.committed);
  EXPECT_EQ(brokers->produce_requests.size(), 1u);  // the data was not sent again
  begin();
  EXPECT_TRUE(writer->commit_transaction());
}

TEST_P(TransactionCalls, after_an_unknown_outcome_a_new_epoch_goes_on_too) {
  begin();
  brokers->usually<wire::EndTxnRequest>([](wire::EndTxnRequest&) { return fail(ErrorCode::timed_out, "scripted"); });
  EXPECT_FALSE(writer->commit_transaction());
  // It had been committed: an abort is refused, and the outcome is known.
  brokers->usually<wire::EndTxnRequest>([](wire::EndTxnRequest& request) {
    return wire::EndTxnResponse{0, request.committed ? ErrorCode::none : ErrorCode::invalid_txn_state, {}};
  });
  ASSERT_TRUE(writer->init_transactions());
  EXPECT_EQ(brokers->init_requests.back().producer_epoch, ProducerEpoch(0));  // that we had: a successor is not fenced
  begin();
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(header_in(brokers->produce_requests.back()).producer_epoch, ProducerEpoch(1));
  EXPECT_EQ(header_in(brokers->produce_requests.back()).base_sequence, Sequence(0));
}

TEST_P(TransactionCalls, a_batch_that_fails_leaves_only_the_abort_and_then_a_new_epoch) {
  begin();
  brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::out_of_order_sequence_number));
  EXPECT_EQ(writer->flush().error().code, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::out_of_order_sequence_number);
  EXPECT_EQ(put(*writer, 1, "v").error().code, ErrorCode::out_of_order_sequence_number);
  EXPECT_TRUE(brokers->end_requests.empty());
  ASSERT_TRUE(writer->abort_transaction());
  ASSERT_EQ(brokers->end_requests.size(), 1u);
  EXPECT_FALSE(brokers->end_requests[0].committed);
  EXPECT_EQ(brokers->init_requests.size(), 2u);
  begin();
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(header_in(brokers->produce_requests.back()).producer_epoch, ProducerEpoch(1));
  EXPECT_EQ(header_in(brokers->produce_requests.back()).base_sequence, Sequence(0));
}

// A batch that may have been written must not lend its sequence numbers to another one.
TEST_P(TransactionCalls, giving_up_a_batch_that_was_tried_takes_a_new_epoch) {
  begin(std::string(100, 'x'));
  brokers->fail_once<wire::ProduceRequest>(ErrorCode::timed_out);
  ASSERT_TRUE(put(*writer, 0, std::string(100, 'y')));  // the first batch is full and leaves
  ASSERT_EQ(brokers->produce_requests.size(), 1u);
  ASSERT_TRUE(writer->abort_transaction());
  EXPECT_EQ(brokers->init_requests.size(), 2u);
}

TEST_P(TransactionCalls, a_clean_abort_keeps_the_epoch_and_the_sequence) {
  begin();
  ASSERT_TRUE(writer->flush());
  ASSERT_TRUE(put(*writer, 0, "never sent"));
  ASSERT_TRUE(writer->abort_transaction());
  EXPECT_EQ(brokers->init_requests.size(), 1u);
  begin();
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(header_in(brokers->produce_requests.back()).base_sequence, Sequence(1));
}

TEST_P(TransactionCalls, an_old_epoch_is_told_as_fenced_wherever_it_shows) {
  begin();
  brokers->once<wire::EndTxnRequest>([](wire::EndTxnRequest&) {
    return wire::EndTxnResponse{0, ErrorCode::invalid_producer_epoch, {}};
  });
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(writer->init_transactions().error().code, ErrorCode::producer_fenced);

  auto other = client.producer({.transactional_id = "b"}).value();
  ASSERT_TRUE(other->init_transactions());
  ASSERT_TRUE(other->begin_transaction());
  ASSERT_TRUE(put(*other, 0, "v"));
  brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::invalid_producer_epoch));
  EXPECT_EQ(other->flush().error().code, ErrorCode::producer_fenced);
  EXPECT_EQ(other->abort_transaction().error().code, ErrorCode::producer_fenced);
}

TEST_P(TransactionCalls, offsets_go_to_both_coordinators) {
  ASSERT_TRUE(writer->begin_transaction());
  PartitionOffset offsets[] = {{partition_of("t", 1), {Offset(9)}}};
  brokers->once<wire::TxnOffsetCommitRequest>([](wire::TxnOffsetCommitRequest& request) {
    EXPECT_EQ(request.group_id, "g");
    EXPECT_EQ(request.generation_id, 4);
    EXPECT_EQ(request.member_id, "m");
    EXPECT_EQ(request.topics.at(0).partitions.at(0).committed_offset, Offset(9));
    return wire::TxnOffsetCommitResponse{};
  });
  ASSERT_TRUE(writer->send_offsets({"g", 4, "m"}, offsets));
  EXPECT_EQ(brokers->count(ApiKey::add_offsets_to_txn), 1u);
  EXPECT_EQ(brokers->count(ApiKey::find_coordinator), 2u);  // the transaction's is known, the group's was not
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(brokers->end_requests.size(), 1u);
}

TEST_P(TransactionCalls, a_member_that_was_thrown_out_cannot_commit_its_offsets) {
  ASSERT_TRUE(writer->begin_transaction());
  PartitionOffset offsets[] = {{partition_of("t", 1), {Offset(9)}}};
  brokers->once<wire::TxnOffsetCommitRequest>([](wire::TxnOffsetCommitRequest& request) {
    wire::TxnOffsetCommitResponse response;
    response.topics.push_back({request.topics[0].name, {{PartitionIndex(1), ErrorCode::illegal_generation, {}}}});
    return response;
  });
  auto sent = writer->send_offsets({"g", 4, "m"}, offsets);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::illegal_generation);
  EXPECT_NE(sent.error().detail.find("t-1"), std::string::npos) << sent.error().detail;
  EXPECT_FALSE(writer->commit_transaction());
  EXPECT_TRUE(writer->abort_transaction());
}

TEST(TransactionState, a_fenced_producer_stays_fenced) {
  TransactionState state;
  state.initialized();
  state.begun();
  state.failed({ErrorCode::request_timed_out, ""});
  EXPECT_TRUE(state.may_abort());
  EXPECT_FALSE(state.may_commit());
  state.failed({ErrorCode::producer_fenced, ""});
  for (const auto& outcome :
       {state.may_init(), state.may_begin(), state.may_write(), state.may_commit(), state.may_abort()}) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, ErrorCode::producer_fenced);
  }
}

INSTANTIATE_TEST_SUITE_P(Answers, TransactionCalls, both_ways(), name_of_way);

}  // namespace
}  // namespace weir::log
