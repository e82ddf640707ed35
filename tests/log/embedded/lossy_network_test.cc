// A producer over a network that delays, reorders and loses requests and answers, and brings lost ones late, before a
// whole log: what is acknowledged is there once, in order.
#include <random>

#include "log/wire/messages/produce.h"
#include "log/wire/transport.h"
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace lossy_network {
namespace {

// The way of Produce requests; everything else passes as it is.
class LossyTransport final : public Transport {
 public:
  LossyTransport(Transport& brokers, std::uint64_t seed) : brokers_(brokers), random_(seed) {}

  int lost = 0;
  int late = 0;
  int most_on_the_way = 0;

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                             Executor& executor) override {
    if (api != wire::ApiKey::produce) {
      co_return co_await (brokers_.*(&Access::call_erased))(node, api, request, response, executor);
    }
    auto& asked = *static_cast<wire::ProduceRequest*>(request);
    most_on_the_way = std::max(most_on_the_way, ++on_the_way_);
    auto answer = co_await pass(node, asked, executor);
    --on_the_way_;
    if (!answer) co_return fail(std::move(answer).error());
    *static_cast<wire::ProduceResponse*>(response) = *std::move(answer);
    co_return Result<>{};
  }

 private:
  struct Access : Transport {
    using Transport::call_erased;
  };
  struct OneTurn {
    Executor& executor;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) const { executor.post(waiting); }
    void await_resume() const {}
  };

  Task<Result<wire::ProduceResponse>> pass(NodeId node, wire::ProduceRequest asked, Executor& executor) {
    for (auto left = pick(4); left > 0; --left) co_await OneTurn{executor};
    if (!strays_.empty() && pick(2) == 0) {
      ++late;
      auto stray = std::move(strays_.front());
      strays_.pop_front();
      (void)co_await brokers_.call(node, std::move(stray), executor);
    }
    const auto fate = pick(10);
    if (fate == 0) {
      ++lost;
      if (pick(2) == 0) strays_.push_back(asked);
      co_return fail(ErrorCode::timed_out, "the request is lost, or late");
    }
    auto answer = co_await brokers_.call(node, std::move(asked), executor);
    for (auto left = pick(6); left > 0; --left) co_await OneTurn{executor};
    if (fate == 1) {
      ++lost;
      co_return fail(ErrorCode::timed_out, "the answer is lost");
    }
    co_return answer;
  }
  std::size_t pick(std::size_t count) { return random_() % count; }

  Transport& brokers_;
  std::mt19937_64 random_;
  int on_the_way_ = 0;
  std::deque<wire::ProduceRequest> strays_;
};

class LossyNetwork : public ClientTest {
 protected:
  static constexpr std::uint64_t kSeeds = 200;

  LossyNetwork() : ClientTest(&clock) {}  // its pauses take no time
  // A topic of its own, whose partitions take batches of 600 bytes at most.
  std::string topic_of(std::uint64_t seed) const {
    const std::string name = "t" + std::to_string(seed);
    auto created = client.admin()->create_topic({name, 2, {{"max.message.bytes", "600"}}});
    EXPECT_TRUE(created) << created.error().to_string();
    return name;
  }
  // Batches of a few records, some of them larger than the topic takes.
  ProducerOptions options(std::mt19937_64& random) const {
    ProducerOptions chosen;
    chosen.batch_bytes = 150 + random() % 900;
    chosen.max_in_flight = 1 + static_cast<int>(random() % 5);
    chosen.request_timeout = Millis(3'600'000);
    return chosen;
  }
  static std::string value(int i, std::mt19937_64& random) {
    return std::to_string(i) + std::string(random() % 120, '.');
  }
  void expect_seen(const LossyTransport& network) {
    lost += network.lost;
    late += network.late;
    most_on_the_way = std::max(most_on_the_way, network.most_on_the_way);
  }

  static inline ManualClock clock{1'000};
  int lost = 0;
  int late = 0;
  int most_on_the_way = 0;
};

TEST_F(LossyNetwork, every_record_is_there_once_and_in_order) {
  for (std::uint64_t seed = 0; seed < kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::string topic = topic_of(seed);
    auto network = std::make_shared<LossyTransport>(client.transport(), seed);
    const Client own(network, clock);
    auto writer = own.producer(options(random)).value();
    std::array<Values, 2> sent;
    for (int i = 0; i < 60; ++i) {
      const auto partition = static_cast<std::int32_t>(random() % 2);
      sent[static_cast<std::size_t>(partition)].push_back(value(i, random));
      const auto done = put(*writer, partition_of(topic, partition), sent[static_cast<std::size_t>(partition)].back());
      ASSERT_TRUE(done) << done.error().to_string();
      if (random() % 30 == 0) {
        ASSERT_TRUE(writer->flush());
      }
    }
    const auto flushed = writer->flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
    for (std::size_t p = 0; p < 2; ++p) {
      EXPECT_EQ(committed_in(partition_of(topic, static_cast<std::int32_t>(p))), sent[p]);
    }
    expect_seen(*network);
  }
  EXPECT_GT(lost, 100);
  EXPECT_GT(late, 30);
  EXPECT_EQ(most_on_the_way, 10) << "five of each partition";
}

// Some transactions are aborted with batches on their way, and the producer goes on.
TEST_F(LossyNetwork, of_transactions_the_committed_ones_are_there_whole) {
  for (std::uint64_t seed = 1'000; seed < 1'000 + kSeeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::string topic = topic_of(seed);
    auto network = std::make_shared<LossyTransport>(client.transport(), seed);
    const Client own(network, clock);
    auto chosen = options(random);
    chosen.transactional_id = topic;
    auto writer = own.producer(chosen).value();
    ASSERT_TRUE(writer->init_transactions());
    std::array<Values, 2> committed;
    for (int round = 0; round < 8; ++round) {
      ASSERT_TRUE(writer->begin_transaction());
      std::array<Values, 2> sent;
      for (int i = 0; i < 12; ++i) {
        auto& values = sent[random() % 2];
        values.push_back(value(100 * round + i, random));
        const auto partition = static_cast<std::int32_t>(&values - sent.data());
        const auto done = put(*writer, partition_of(topic, partition), values.back());
        ASSERT_TRUE(done) << done.error().to_string();
      }
      if (random() % 3 == 0) {
        ASSERT_TRUE(writer->abort_transaction());
        continue;
      }
      const auto done = writer->commit_transaction();
      ASSERT_TRUE(done) << done.error().to_string();
      for (std::size_t p = 0; p < 2; ++p) committed[p].insert(committed[p].end(), sent[p].begin(), sent[p].end());
    }
    for (std::size_t p = 0; p < 2; ++p) {
      EXPECT_EQ(committed_in(partition_of(topic, static_cast<std::int32_t>(p))), committed[p]);
    }
    expect_seen(*network);
  }
  EXPECT_GT(lost, 100);
  EXPECT_GT(late, 30);
}

}  // namespace
}  // namespace lossy_network
}  // namespace weir::log
