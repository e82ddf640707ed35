// Several batches of a partition on their way at once: in sequence, once, in order, whatever fails.
#include <random>

#include "log/base/assert.h"
#include "tests/log/client/scripted_transport.h"

namespace weir::log {
namespace pipeline {
namespace {

using wire::ApiKey;
using Answered = wire::ProduceResponse::PartitionProduceResponse;

class Pipeline : public ScriptedTest {
 protected:
  std::unique_ptr<Producer> producer(int max_in_flight = 5, bool reports = false) {
    ProducerOptions options;
    options.batch_bytes = 100;  // a record each
    options.max_in_flight = max_in_flight;
    options.reports_deliveries = reports;
    return client.producer(options).value();
  }
  static std::string value(int i) { return std::to_string(i) + std::string(60, '.'); }
  std::vector<std::int32_t> sequences() const {
    std::vector<std::int32_t> all;
    for (const auto& request : brokers->produce_requests) all.push_back(header_in(request).base_sequence.value());
    return all;
  }
};

TEST_P(Pipeline, five_leave_without_an_answer_in_sequence_and_no_more) {
  auto writer = producer();
  ASSERT_TRUE(put(*writer, 0, value(0)));
  ASSERT_TRUE(writer->flush());
  brokers->hold(ApiKey::produce);
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(put(*writer, 0, value(i)));
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
  brokers->let_all_go();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_P(Pipeline, max_in_flight_of_one_lets_one_leave) {
  auto writer = producer(1);
  ASSERT_TRUE(put(*writer, 0, value(0)));
  ASSERT_TRUE(writer->flush());
  brokers->hold(ApiKey::produce);
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(put(*writer, 0, value(i)));
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1}));
  brokers->let_all_go();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
}

TEST_P(Pipeline, without_idempotence_order_allows_one) {
  ProducerOptions options;
  options.batch_bytes = 100;
  options.idempotent = false;
  auto writer = client.producer(options).value();
  brokers->hold(ApiKey::produce);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(put(*writer, 0, value(i)));
  EXPECT_EQ(brokers->produce_requests.size(), 1u);
  brokers->let_all_go();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(brokers->produce_requests.size(), 5u);
}

TEST_P(Pipeline, other_numbers_than_one_to_five_are_refused) {
  for (int wrong : {0, -1, 6}) {
    ProducerOptions options;
    options.max_in_flight = wrong;
    EXPECT_EQ(client.producer(options).error().code, ErrorCode::invalid_argument) << wrong;
  }
}

TEST_P(Pipeline, until_one_is_acknowledged_one_leaves_because_a_broker_takes_any_first_sequence) {
  auto writer = producer();
  brokers->hold(ApiKey::produce);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(put(*writer, 0, value(i)));
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0}));
  brokers->let_all_go();
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3}));
}

class FiveOnTheWay : public Pipeline {
 protected:
  // A producer of which 0 is written, and 1 to 5 are on their way.
  std::unique_ptr<Producer> under_way(ProducerOptions options = {}) {
    options.batch_bytes = 100;
    auto writer = client.producer(options).value();
    if (options.transactional_id) {
      EXPECT_TRUE(writer->init_transactions());
      EXPECT_TRUE(writer->begin_transaction());
    }
    EXPECT_TRUE(put(*writer, 0, value(0)));
    EXPECT_TRUE(writer->flush());
    brokers->hold(ApiKey::produce);
    for (int i = 1; i <= 6; ++i) EXPECT_TRUE(put(*writer, 0, value(i)));
    EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
    return writer;
  }
  // How those that wait are answered, one after the other.
  void answer(std::vector<ErrorCode> codes) {
    for (const ErrorCode code : codes) {
      brokers->once<wire::ProduceRequest>(ScriptedTransport::produce_error(code));
    }
    brokers->let_all_go();
  }
  static constexpr auto kWritten = ErrorCode::none;
  static constexpr auto kRefused = ErrorCode::out_of_order_sequence_number;
};

TEST_P(FiveOnTheWay, what_failed_and_what_was_refused_behind_it_is_sent_again_in_sequence) {
  auto writer = under_way();
  answer({kWritten, ErrorCode::not_enough_replicas, kRefused, kRefused, kRefused});
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 6}));
}

TEST_P(FiveOnTheWay, what_was_written_behind_a_lost_answer_is_not_sent_again) {
  auto writer = under_way();
  answer({ErrorCode::request_timed_out, kWritten, kWritten, kWritten, kWritten});
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 1, 6}));
}

TEST_P(FiveOnTheWay, while_a_lost_answer_is_asked_for_again_no_more_leave_than_the_broker_remembers) {
  auto writer = under_way();
  constexpr auto kLost = ErrorCode::request_timed_out;
  answer({kLost, kWritten, kWritten, kWritten, kWritten, kLost, kLost});
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 1, 1, 1, 6}));
}

TEST_P(FiveOnTheWay, the_first_refused_for_its_sequence_is_an_error_because_nothing_before_it_is_missing) {
  auto writer = under_way();
  answer({kRefused, kRefused, kRefused, kRefused, kRefused});
  EXPECT_EQ(writer->flush().error().code, kRefused);
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
}

TEST_P(FiveOnTheWay, one_that_overtook_the_one_before_it_is_sent_again) {
  auto writer = under_way();
  answer({kWritten, kRefused, kWritten, kWritten, kWritten});
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 2, 6}));
}

TEST_P(FiveOnTheWay, one_in_the_middle_that_is_too_large_and_what_is_behind_it_get_new_sequences) {
  auto writer = under_way({.reports_refusals = true});
  answer({kWritten, ErrorCode::message_too_large, kRefused, kRefused, kRefused});
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 2, 3, 4, 5}));
  const auto refused = writer->take_refusals();
  ASSERT_EQ(refused.size(), 1u);
  EXPECT_EQ(refused[0].record.header.base_sequence, Sequence(2));
}

TEST_P(FiveOnTheWay, after_an_error_without_a_cure_nothing_behind_it_is_sent) {
  auto writer = under_way();
  answer({kWritten, ErrorCode::storage_error, kRefused, kRefused, kRefused});
  EXPECT_EQ(writer->flush().error().code, ErrorCode::storage_error);
  EXPECT_EQ(put(*writer, 0, value(7)).error().code, ErrorCode::storage_error);
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5}));
}

TEST_P(FiveOnTheWay, an_abort_after_an_error_begins_again_under_a_new_epoch) {
  auto writer = under_way({.transactional_id = "id"});
  answer({kWritten, ErrorCode::unknown_producer_id, kRefused, kWritten, kRefused});
  EXPECT_EQ(writer->commit_transaction().error().code, ErrorCode::unknown_producer_id);
  const ProducerEpoch before = brokers->epoch;
  ASSERT_TRUE(writer->abort_transaction());
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, 0, value(7)));
  ASSERT_TRUE(writer->commit_transaction());
  const auto header = header_in(brokers->produce_requests.back());
  EXPECT_EQ(header.base_sequence, Sequence(0));
  EXPECT_GT(header.producer_epoch, before);
}

TEST_P(FiveOnTheWay, an_abort_waits_for_their_answers_and_goes_on_behind_them) {
  auto writer = under_way({.transactional_id = "id"});
  answer({kWritten, kWritten, kWritten, kWritten, kWritten});
  ASSERT_TRUE(writer->abort_transaction());
  ASSERT_TRUE(writer->begin_transaction());
  ASSERT_TRUE(put(*writer, 0, value(7)));
  ASSERT_TRUE(writer->commit_transaction());
  EXPECT_EQ(sequences(), (std::vector<std::int32_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(brokers->init_requests.size(), 1u) << "nothing is unknown";
}

// A broker's partition: what it takes, what it knows already, and what it refuses; and a network that loses requests
// and answers.
class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed) {}

  Result<wire::ProduceResponse> produce(wire::ProduceRequest& request) {
    if (is_quiet_ || pick(10) > 3) return answer(request);
    switch (pick(4)) {
      case 0:
        return fail(ErrorCode::timed_out, "the request is lost");
      case 1: {
        (void)answer(request);
        return fail(ErrorCode::timed_out, "the answer is lost");
      }
      case 2:
        return ScriptedTransport::produced(request, ErrorCode::not_leader_or_follower);
      default:
        return ScriptedTransport::produced(request, ErrorCode::not_enough_replicas);
    }
  }
  void calm() { is_quiet_ = true; }

  std::map<std::int32_t, std::vector<std::string>> logs;
  std::size_t refused = 0;  // for their sequence
  std::size_t repeated = 0;

 private:
  static constexpr std::size_t kLargest = 400;  // bytes of a batch

  struct Known {
    std::optional<std::int32_t> next{};                        // a broker that knows nothing of a producer takes any
    std::deque<std::pair<std::int32_t, std::int64_t>> last{};  // five: first sequences, and where they stand
  };

  wire::ProduceResponse answer(wire::ProduceRequest& request) {
    auto response = ScriptedTransport::produced(request, ErrorCode::none);
    for (std::size_t t = 0; t < request.topic_data.size(); ++t) {
      auto& partitions = request.topic_data[t].partition_data;
      for (std::size_t i = 0; i < partitions.size(); ++i) {
        take(partitions[i], response.responses[t].partition_responses[i]);
      }
    }
    return response;
  }
  void take(const wire::ProduceRequest::PartitionProduceData& data, Answered& answer) {
    const auto batch = RecordBatch::parse(data.records->parts.at(0), data.records->trust).value();
    const std::int32_t first = batch.header.base_sequence.value();
    auto& known = known_[data.index.value()];
    auto& log = logs[data.index.value()];
    const auto again = std::ranges::find(known.last, first, &std::pair<std::int32_t, std::int64_t>::first);
    if (again != known.last.end()) {
      ++repeated;
      answer.base_offset = Offset(again->second);
      return;
    }
    if (known.next && first != *known.next) {
      ++refused;
      answer.error_code = ErrorCode::out_of_order_sequence_number;
      return;
    }
    if (batch.bytes.size() > kLargest) {
      answer.error_code = ErrorCode::message_too_large;
      return;
    }
    answer.base_offset = Offset(static_cast<std::int64_t>(log.size()));
    known.last.emplace_back(first, log.size());
    if (known.last.size() > 5) known.last.pop_front();
    known.next = first + batch.header.count;
    BatchReader reader;
    ASSERT_TRUE(reader.open(batch));
    std::vector<RecordView> views(64);
    for (;;) {
      const auto count = reader.fill(views).value();
      if (count == 0) return;
      for (std::size_t i = 0; i < count; ++i) log.emplace_back(*views[i].value);
    }
  }
  std::size_t pick(std::size_t count) { return random_() % count; }

  std::mt19937_64 random_;
  bool is_quiet_ = false;
  std::map<std::int32_t, Known> known_;
};

// Answers take their time, so that many are on their way, and overtake each other; some, and some requests, get lost.
TEST(PipelineHistory, whatever_gets_lost_every_record_is_there_once_and_in_order) {
  std::size_t refused = 0;
  std::size_t repeated = 0;
  for (std::uint64_t seed = 0; seed < 1'000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    World world(seed);
    auto scripted = std::make_shared<ScriptedTransport>(2);
    scripted->answers = Answers::by_the_loop;
    scripted->turns = [&random] {
      return 1 + static_cast<int>(random() % 8);
    };
    scripted->usually<wire::ProduceRequest>([&](wire::ProduceRequest& request) { return world.produce(request); });
    ManualClock time;
    Client own(scripted, time);
    ProducerOptions options;
    options.batch_bytes = 100 + random() % 600;  // some batches are larger than the broker takes
    options.max_in_flight = 1 + static_cast<int>(random() % 5);
    options.reports_deliveries = true;
    options.request_timeout = Millis(3'600'000);
    auto writer = own.producer(options).value();
    std::map<std::int32_t, std::vector<std::string>> sent;
    std::map<std::int32_t, std::int32_t> delivered;
    for (int i = 0; i < 60; ++i) {
      const auto partition = static_cast<std::int32_t>(random() % 2);
      const std::string value = std::to_string(i) + std::string(random() % 80, '.');
      WEIR_ASSERT(writer->lane(partition_of("t", partition)));
      const auto there = writer->send(**writer->lane(partition_of("t", partition)), 0, "k", value);
      ASSERT_TRUE(there) << there.error().to_string();
      sent[partition].push_back(value);
    }
    world.calm();
    const auto flushed = writer->flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
    for (const auto& [partition, values] : sent) EXPECT_EQ(world.logs[partition], values) << partition;
    for (const auto& delivery : writer->take_deliveries()) {
      auto& next = delivered[delivery.partition.partition.value()];
      EXPECT_TRUE(delivery.first == kNoOffset || delivery.first == Offset(next)) << "in order for each partition";
      next += delivery.count;
    }
    for (const auto& [partition, values] : sent) {
      EXPECT_EQ(delivered[partition], static_cast<std::int32_t>(values.size()));
    }
    refused += world.refused;
    repeated += world.repeated;
  }
  EXPECT_GT(refused, 100u) << "nothing was on its way behind what failed";
  EXPECT_GT(repeated, 100u);
}

INSTANTIATE_TEST_SUITE_P(answers, Pipeline, both_ways(), name_of_way);
INSTANTIATE_TEST_SUITE_P(answers, FiveOnTheWay, both_ways(), name_of_way);

}  // namespace
}  // namespace pipeline
}  // namespace weir::log
