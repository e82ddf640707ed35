#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/offset_for_leader_epoch.h"
#include "tests/log/client/scripted_transport.h"

namespace weir::log {
namespace {

using wire::ApiKey;

class Reading : public ScriptedTest {
 protected:
  Reading() {
    brokers->usually<wire::ListOffsetsRequest>([](wire::ListOffsetsRequest& request) {
      wire::ListOffsetsResponse response;
      for (const auto& topic : request.topics) {
        auto& answers = response.topics.emplace_back();
        answers.name = topic.name;
        for (const auto& partition : topic.partitions) {
          answers.partitions.push_back(
              {partition.partition_index, ErrorCode::none, {}, -1, Offset(0), LeaderEpoch(5), {}});
        }
      }
      return response;
    });
    brokers->usually<wire::FetchRequest>([this](wire::FetchRequest& request) { return fetched(request); });
  }

  // One record at offset 0 of every partition asked for, nothing behind it.
  static wire::FetchResponse fetched(const wire::FetchRequest& request) {
    wire::FetchResponse response;
    for (const auto& topic : request.topics) {
      auto& answers = response.responses.emplace_back();
      answers.topic = topic.topic;
      answers.topic_id = topic.topic_id;
      for (const auto& partition : topic.partitions) {
        auto& answer = answers.partitions.emplace_back();
        answer.partition_index = partition.partition;
        if (partition.fetch_offset != Offset(0)) continue;
        BatchBuilder builder;
        builder.add(0, "k", "v");
        answer.records.emplace().parts.push_back(builder.seal({}).value().bytes);
      }
    }
    return response;
  }
  static ScriptedTransport::Answer<wire::FetchRequest> fetch_error(ErrorCode code, std::int32_t partition = 0) {
    return [code, partition](wire::FetchRequest& request) {
      auto response = fetched(request);
      for (auto& answer : response.responses.at(0).partitions) {
        if (answer.partition_index != PartitionIndex(partition)) continue;
        answer.error_code = code;
        answer.records.reset();
      }
      return response;
    };
  }
  std::unique_ptr<Consumer> consumer(std::int32_t partitions = 1, ConsumerOptions options = {}) const {
    auto made = client.consumer(options).value();
    std::vector<TopicPartition> assigned;
    for (std::int32_t i = 0; i < partitions; ++i) assigned.push_back(partition_of("t", i));
    EXPECT_TRUE(made->assign(assigned));
    return made;
  }
};

TEST_P(Reading, each_leader_gets_one_fetch_for_all_its_partitions) {
  brokers->leaders = {NodeId(1), NodeId(2), NodeId(1), NodeId(2)};
  EXPECT_EQ(consumer(4)->poll(Millis(0)).value().size(), 4u);
  EXPECT_EQ(brokers->count(ApiKey::fetch), 2u);
}

// Records up to offset 10 were read in epoch 3; the log lost them from 7 on and was written again from there.
TEST_P(Reading, a_committed_position_whose_epoch_ends_below_it_is_out_of_range) {
  brokers->usually<wire::OffsetFetchRequest>([](wire::OffsetFetchRequest&) {
    wire::OffsetFetchResponse response;
    auto& group = response.groups.emplace_back();
    auto& partition = group.topics.emplace_back();
    partition.name = "t";
    partition.partitions.push_back({PartitionIndex(0), Offset(10), LeaderEpoch(3), "", ErrorCode::none, {}});
    return response;
  });
  brokers->usually<wire::OffsetForLeaderEpochRequest>([](wire::OffsetForLeaderEpochRequest& request) {
    EXPECT_EQ(request.topics.at(0).partitions.at(0).leader_epoch, LeaderEpoch(3));
    wire::OffsetForLeaderEpochResponse response;
    auto& topic = response.topics.emplace_back();
    topic.topic = "t";
    topic.partitions.push_back({ErrorCode::none, PartitionIndex(0), LeaderEpoch(3), Offset(7), {}});
    return response;
  });
  ConsumerOptions options;
  options.group_id = "readers";
  auto strict = consumer(1, options);
  for (int i = 0; i < 2; ++i) {
    auto failed = strict->poll(Millis(0));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, ErrorCode::offset_out_of_range);
    EXPECT_NE(failed.error().detail.find("ends at offset 7"), std::string::npos) << failed.error().detail;
  }
  options.out_of_range = OffsetReset::earliest;
  auto lenient = consumer(1, options);
  ASSERT_TRUE(lenient->poll(Millis(0)));
  EXPECT_EQ(lenient->position(partition_of("t")).value(), Offset(7));
  // The same for positions that somebody kept elsewhere.
  auto other = consumer();
  ASSERT_TRUE(other->seek(partition_of("t"), OffsetAndEpoch{Offset(10), LeaderEpoch(3)}));
  EXPECT_EQ(other->poll(Millis(0)).error().code, ErrorCode::offset_out_of_range);
}

TEST_P(Reading, a_leader_that_moved_is_followed) {
  brokers->once<wire::FetchRequest>([this](wire::FetchRequest& request) {
    brokers->leaders[0] = NodeId(2);
    brokers->leader_epoch = LeaderEpoch(6);
    return fetch_error(ErrorCode::not_leader_or_follower)(request);
  });
  EXPECT_EQ(consumer()->poll(Millis(1'000)).value().size(), 1u);
  EXPECT_EQ(brokers->calls.back().node, NodeId(2));
}

TEST_P(Reading, a_fetch_tells_the_epoch_it_believes_in) {
  brokers->once<wire::FetchRequest>([](wire::FetchRequest& request) {
    EXPECT_EQ(request.topics.at(0).partitions.at(0).current_leader_epoch, LeaderEpoch(5));
    EXPECT_EQ(request.isolation_level, Isolation::read_committed);
    EXPECT_EQ(request.min_bytes, 1);
    return fetched(request);
  });
  EXPECT_TRUE(consumer()->poll(Millis(0)));
}

TEST_P(Reading, data_comes_before_the_error_of_another_partition) {
  brokers->usually<wire::FetchRequest>(fetch_error(ErrorCode::corrupt_message, 1));
  auto reader = consumer(2);
  auto batches = reader->poll(Millis(0));
  ASSERT_TRUE(batches);
  EXPECT_EQ(batches->size(), 1u);
  auto failed = reader->poll(Millis(0));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::corrupt_message);
  EXPECT_NE(failed.error().detail.find("t-1, offset 0"), std::string::npos) << failed.error().detail;
}

TEST_P(Reading, gives_up_on_a_broker_that_never_answers) {
  brokers->usually<wire::FetchRequest>([](wire::FetchRequest&) { return fail(ErrorCode::io_error, "no route"); });
  auto failed = consumer()->poll(Millis(100'000));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::io_error);
  EXPECT_GE(clock.monotonic_ms(), 30'000);
}

TEST_P(Reading, a_lost_connection_is_one_failure_however_many_partitions_it_carries) {
  for (int i = 0; i < 3; ++i) brokers->fail_once<wire::FetchRequest>(ErrorCode::io_error);
  EXPECT_EQ(consumer(4)->poll(Millis(60'000)).value().size(), 4u);
  EXPECT_EQ(brokers->count(ApiKey::fetch), 4u);
  EXPECT_LE(clock.monotonic_ms(), 10);
}

TEST_P(Reading, topics_are_told_apart_by_id_where_names_are_left_out) {
  brokers->once<wire::FetchRequest>([](wire::FetchRequest& request) {
    auto response = fetched(request);
    response.responses[0].topic.clear();
    auto stranger = response.responses[0];
    stranger.topic_id.bytes[15] = 9;
    stranger.partitions[0].error_code = ErrorCode::corrupt_message;
    response.responses.insert(response.responses.begin(), stranger);
    return response;
  });
  EXPECT_EQ(consumer()->poll(Millis(0)).value().size(), 1u);
}

// What comes back for a position that was left meanwhile must not move the new one.
TEST_P(Reading, an_answer_for_a_position_that_was_left_is_dropped) {
  auto reader = consumer();
  brokers->hold(ApiKey::fetch);
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  ASSERT_TRUE(reader->seek(partition_of("t"), Offset(50)));
  brokers->let_all_go();
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  EXPECT_EQ(reader->position(partition_of("t")).value(), Offset(50));
}

TEST_P(Reading, an_answer_for_an_earlier_assignment_is_dropped) {
  auto reader = consumer(2);
  brokers->hold(ApiKey::fetch);
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  ASSERT_TRUE(reader->assign({partition_of("t", 1)}));
  brokers->let_all_go();
  auto batches = reader->poll(Millis(0)).value();
  ASSERT_EQ(batches.size(), 1u);  // of the new fetch, not of both
  EXPECT_EQ(batches[0].partition, partition_of("t", 1));
}

TEST_P(Reading, an_answer_for_a_paused_partition_is_kept_until_it_is_resumed) {
  auto reader = consumer();
  brokers->hold(ApiKey::fetch);
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  reader->pause(0);
  brokers->let_all_go();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  reader->resume(0);
  EXPECT_EQ(reader->poll(Millis(0)).value().size(), 1u);
  EXPECT_EQ(brokers->count(ApiKey::fetch), 1u);
}

TEST_P(Reading, what_is_kept_for_a_position_that_was_left_is_dropped) {
  auto reader = consumer();
  brokers->hold(ApiKey::fetch);
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  reader->pause(0);
  brokers->let_all_go();
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  ASSERT_TRUE(reader->seek(partition_of("t"), Offset(50)));
  reader->resume(0);
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  EXPECT_EQ(brokers->count(ApiKey::fetch), 2u);
  // And in an assignment after it.
  ASSERT_TRUE(reader->seek(partition_of("t"), Offset(0)));
  brokers->hold(ApiKey::fetch);
  reader->poll(Millis(0)).value();
  reader->pause(0);
  brokers->let_all_go();
  EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  ASSERT_TRUE(reader->assign({partition_of("t", 1)}));
  auto batches = reader->poll(Millis(0)).value();
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].partition, partition_of("t", 1));
}

TEST_P(Reading, what_is_far_is_asked_for_while_the_user_is_at_what_came) {
  brokers->is_far = true;
  auto reader = consumer();
  EXPECT_EQ(reader->poll(Millis(0)).value().size(), 1u);
  EXPECT_EQ(brokers->count(ApiKey::fetch), 2u);
  brokers->is_far = false;
  auto near = consumer();
  EXPECT_EQ(near->poll(Millis(0)).value().size(), 1u);
  EXPECT_EQ(brokers->count(ApiKey::fetch), 3u);
}

TEST_P(Reading, what_is_being_fetched_is_not_fetched_twice) {
  auto reader = consumer();
  brokers->hold(ApiKey::fetch);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(reader->poll(Millis(0)).value().empty());
  EXPECT_EQ(brokers->count(ApiKey::fetch), 1u);
  brokers->let_all_go();
  EXPECT_EQ(reader->poll(Millis(0)).value().size(), 1u);
}

TEST_P(Reading, offsets_are_asked_again_where_a_leader_moved) {
  brokers->once<wire::ListOffsetsRequest>([this](wire::ListOffsetsRequest& request) {
    brokers->leaders[0] = NodeId(2);
    EXPECT_EQ(request.replica_id, NodeId(-1));
    wire::ListOffsetsResponse response;
    response.topics.push_back(
        {"t", {{PartitionIndex(0), ErrorCode::not_leader_or_follower, {}, -1, kNoOffset, {}, {}}}});
    return response;
  });
  TopicPartition wanted[] = {partition_of("t")};
  auto reader = client.consumer().value();
  EXPECT_EQ(reader->beginning_offsets(wanted).value().at(wanted[0]), Offset(0));
  EXPECT_EQ(brokers->calls.back().node, NodeId(2));
}

INSTANTIATE_TEST_SUITE_P(Answers, Reading, both_ways(), name_of_way);

}  // namespace
}  // namespace weir::log
