#include "tests/log/client/scripted_transport.h"

namespace weir::log {
namespace {

using wire::ApiKey;

class Delivery : public ScriptedTest {
 protected:
  std::unique_ptr<Producer> producer(std::size_t batch_bytes = 128 * 1024) const {
    return client.producer({.batch_bytes = batch_bytes}).value();
  }
  std::vector<wire::ProduceRequest>& sent() { return brokers->produce_requests; }
};

TEST_P(Delivery, follows_a_leader_that_moved_with_the_same_batch) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->once<wire::ProduceRequest>([this](wire::ProduceRequest& request) {
    brokers->leaders[0] = NodeId(2);
    return ScriptedTransport::produced(request, ErrorCode::not_leader_or_follower);
  });
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(sent().size(), 2u);
  EXPECT_EQ(brokers->calls.back().node, NodeId(2));
  EXPECT_EQ(sent()[0].topic_data[0].partition_data[0].records->parts[0].view(),
            sent()[1].topic_data[0].partition_data[0].records->parts[0].view());
}

TEST_P(Delivery, repeats_a_batch_whose_answer_was_lost_under_the_same_sequence) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->fail_once<wire::ProduceRequest>(ErrorCode::timed_out);
  brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::duplicate_sequence_number));
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(sent().size(), 2u);
  EXPECT_EQ(header_in(sent()[0]).base_sequence, Sequence(0));
  EXPECT_EQ(header_in(sent()[1]).base_sequence, Sequence(0));
}

TEST_P(Delivery, others_are_served_while_a_batch_waits_for_its_next_try) {
  brokers->leaders = {NodeId(1), NodeId(2)};
  struct Answered {
    std::int32_t partition;
    bool is_at_once;
    bool operator==(const Answered&) const = default;
  };
  std::vector<Answered> answered;
  const auto begin_ms = clock.monotonic_ms();
  auto note = [&](const wire::ProduceRequest& request) {
    answered.push_back({request.topic_data[0].partition_data[0].index.value(), clock.monotonic_ms() == begin_ms});
  };
  brokers->usually<wire::ProduceRequest>([&](wire::ProduceRequest& request) {
    note(request);
    return ScriptedTransport::produced(request, ErrorCode::none);
  });
  brokers->once<wire::ProduceRequest>([&](wire::ProduceRequest& request) {
    note(request);
    return ScriptedTransport::produced(request, ErrorCode::request_timed_out);
  });
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "fails"));
  ASSERT_TRUE(put(*writer, 1, "goes"));
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(answered, (std::vector<Answered>{{0, true}, {1, true}, {0, false}}));
}

TEST_P(Delivery, numbers_records_per_partition_over_batches) {
  auto writer = producer();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(put(*writer, 0, "v"));
    ASSERT_TRUE(put(*writer, 1, "v"));
    ASSERT_TRUE(writer->flush());
    EXPECT_EQ(header_in(sent().back(), 0).base_sequence, Sequence(5 * round));
    EXPECT_EQ(header_in(sent().back(), 1).base_sequence, Sequence(round));
  }
  EXPECT_EQ(header_in(sent().back()).producer_id, ProducerId(7));
  EXPECT_EQ(brokers->count(ApiKey::init_producer_id), 1u);
}

TEST_P(Delivery, no_more_is_kept_unacknowledged_than_the_buffer_holds) {
  ProducerOptions options;
  options.batch_bytes = 1'000;
  options.buffer_bytes = 2'000;
  options.reports_deliveries = true;
  auto writer = client.producer(options).value();
  const std::string value(400, 'x');
  std::size_t acknowledged = 0;
  std::size_t most_waiting = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(put(*writer, i % 4, value));
    acknowledged += writer->take_deliveries().size();
    std::size_t requested = 0;
    for (const auto& request : sent()) requested += request.topic_data.at(0).partition_data.size();
    most_waiting = std::max(most_waiting, requested - acknowledged);
  }
  EXPECT_LE(most_waiting, 2u);
  ASSERT_TRUE(writer->flush());
  std::int32_t records = 0;
  for (const auto& delivery : writer->take_deliveries()) records += delivery.count;
  EXPECT_GT(records, 0);
}

TEST_P(Delivery, one_request_serves_all_partitions_of_a_leader) {
  brokers->leaders = {NodeId(1), NodeId(2), NodeId(1), NodeId(2)};
  auto writer = producer();
  for (int p = 0; p < 4; ++p) ASSERT_TRUE(put(*writer, p, "v"));
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(sent().size(), 2u);
  for (const auto& request : sent()) {
    ASSERT_EQ(request.topic_data.size(), 1u);
    EXPECT_EQ(request.topic_data[0].partition_data.size(), 2u);
  }
}

TEST_P(Delivery, one_partition_that_fails_for_a_while_does_not_repeat_the_others) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  ASSERT_TRUE(put(*writer, 1, "v"));
  brokers->once<wire::ProduceRequest>([](wire::ProduceRequest& request) {
    auto response = ScriptedTransport::produced(request, ErrorCode::none);
    response.responses[0].partition_responses[1].error_code = ErrorCode::not_enough_replicas;
    return response;
  });
  ASSERT_TRUE(writer->flush());
  ASSERT_EQ(sent().size(), 2u);
  ASSERT_EQ(sent()[1].topic_data[0].partition_data.size(), 1u);
  EXPECT_EQ(sent()[1].topic_data[0].partition_data[0].index, PartitionIndex(1));
}

TEST_P(Delivery, gives_up_when_its_time_is_over_and_says_so_ever_after) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 2, "v"));
  brokers->usually<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::not_enough_replicas));
  auto flushed = writer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::not_enough_replicas);
  EXPECT_NE(flushed.error().detail.find("t-2"), std::string::npos) << flushed.error().detail;
  EXPECT_GE(clock.monotonic_ms(), 30'000);
  EXPECT_LT(clock.monotonic_ms(), 31'000);
  std::size_t before = sent().size();
  EXPECT_EQ(put(*writer, 0, "w").error().code, ErrorCode::not_enough_replicas);
  EXPECT_EQ(writer->flush().error().code, ErrorCode::not_enough_replicas);
  EXPECT_EQ(sent().size(), before);
}

TEST_P(Delivery, an_error_without_a_cure_is_not_repeated) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::message_too_large));
  EXPECT_EQ(writer->flush().error().code, ErrorCode::message_too_large);
  EXPECT_EQ(sent().size(), 1u);
}

TEST_P(Delivery, an_answer_that_leaves_a_partition_out_proves_nothing) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->once<wire::ProduceRequest>([](wire::ProduceRequest&) { return wire::ProduceResponse{}; });
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sent().size(), 2u);
}

TEST_P(Delivery, without_acks_no_answer_is_expected) {
  auto writer = client.producer({.idempotent = false, .acks = 0}).value();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->once<wire::ProduceRequest>([](wire::ProduceRequest&) { return wire::ProduceResponse{}; });
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_FALSE(header_in(sent()[0]).has_producer());
  EXPECT_EQ(brokers->count(ApiKey::init_producer_id), 0u);
}

TEST_P(Delivery, a_partition_has_one_batch_on_its_way_and_the_next_ones_follow_in_order) {
  auto writer = producer(200);
  brokers->hold(ApiKey::produce);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put(*writer, 0, std::string(100, static_cast<char>('a' + i))));
  EXPECT_EQ(sent().size(), 1u);
  EXPECT_EQ(brokers->waiting(), 1u);
  // Another partition is not held up by it.
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(put(*writer, 1, std::string(100, 'x')));
  EXPECT_EQ(sent().size(), 2u);
  brokers->let_all_go();
  ASSERT_TRUE(writer->flush());
  std::vector<Sequence> of_first;
  for (const auto& request : sent()) {
    const auto& partitions = request.topic_data[0].partition_data;
    for (std::size_t i = 0; i < partitions.size(); ++i) {
      if (partitions[i].index == PartitionIndex(0)) of_first.push_back(header_in(request, i).base_sequence);
    }
  }
  EXPECT_EQ(of_first, (std::vector<Sequence>{Sequence(0), Sequence(1), Sequence(2), Sequence(3)}));
}

// A batch that lingers leaves by a thread that its owner shares; so does what follows of it.
TEST_P(Delivery, a_batch_that_lingered_is_tried_again_though_nothing_else_is_called) {
  ProducerOptions options;
  options.linger = Millis(5);
  auto writer = client.producer(options).value();
  ASSERT_TRUE(put(*writer, 0, "v"));
  for (int i = 0; i < 2; ++i) {
    brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(ErrorCode::not_leader_or_follower));
  }
  clock.advance(Millis(5));
  clock.advance(Millis(1'000));
  clock.advance(Millis(1'000));
  EXPECT_EQ(sent().size(), 3u);
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sent().size(), 3u);
}

TEST_P(Delivery, a_producer_that_goes_away_waits_for_what_is_on_its_way) {
  brokers->hold(ApiKey::produce);
  {
    auto writer = producer(200);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(put(*writer, 0, std::string(100, 'x')));
    EXPECT_EQ(brokers->waiting(), 1u);
    brokers->let_all_go();
  }
  EXPECT_EQ(sent().size(), 1u);
}

// The answer arrives while the producer waits for something else; nobody will be told of it again.
TEST_P(Delivery, an_answer_that_came_during_another_call_is_not_waited_for) {
  brokers->hold(ApiKey::produce);
  auto writer = producer(200);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(put(*writer, 0, std::string(100, 'x')));
  ASSERT_EQ(brokers->waiting(), 1u);
  brokers->let_all_go();
  brokers->answers = Answers::by_the_loop;
  EXPECT_FALSE(writer->partition_count("other"));  // turns the loop
  writer.reset();
  EXPECT_EQ(sent().size(), 1u);
}

TEST_P(Delivery, a_lost_connection_to_find_the_leader_is_tried_again) {
  brokers->fail_once<wire::MetadataRequest>(ErrorCode::io_error);
  brokers->once<wire::MetadataRequest>([](wire::MetadataRequest&) {
    wire::MetadataResponse response;
    response.topics.emplace_back().name = "t";
    response.topics[0].error_code = ErrorCode::leader_not_available;
    return response;
  });
  EXPECT_TRUE(producer()->lane(partition_of("t")));
  EXPECT_EQ(brokers->count(ApiKey::metadata), 3u);
}

TEST_P(Delivery, a_leader_of_an_older_epoch_is_not_believed) {
  brokers->leaders[0] = NodeId(2);
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, "v"));
  brokers->once<wire::ProduceRequest>([this](wire::ProduceRequest& request) {
    brokers->leaders[0] = NodeId(1);  // a broker that is behind
    brokers->leader_epoch = LeaderEpoch(4);
    return ScriptedTransport::produced(request, ErrorCode::not_leader_or_follower);
  });
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(brokers->calls.back().node, NodeId(2));
}

INSTANTIATE_TEST_SUITE_P(Answers, Delivery, both_ways(), name_of_way);

}  // namespace
}  // namespace weir::log
