// A client over TCP before three brokers of somebody else's: it produces, consumes, shares partitions, and gets over
// errors, moved leaders and coordinators, and brokers that go and come.
#include "tests/log/remote/mock_cluster.h"

#include <set>

#include "log/log.h"
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace mock_cluster_test {
namespace {

class Brokers : public testing::Test {
 protected:
  static constexpr int kPartitions = 6;
  using Values = std::vector<std::string>;

  Brokers() {
    cluster.create("t", kPartitions);
    for (int p = 0; p < kPartitions; ++p) cluster.set_leader("t", p, 1 + p % 3);
    cluster.set_versions(wire::ApiKey::list_offsets, 0, 2);  // its later answers are longer than the protocol says
    client.emplace(connect(cluster.servers(), options()).value());
  }
  static ConnectOptions options() {
    ConnectOptions chosen;
    chosen.request_timeout = Millis(5'000);
    return chosen;
  }
  static std::string value(int i) { return "value-" + std::to_string(i); }
  // Each value to a partition in turn.
  Result<> write(Producer& producer, int from, int to) {
    for (int i = from; i < to; ++i) {
      WEIR_TRY(producer.send("t", PartitionIndex(i % kPartitions), 1'000 + i, "k", value(i)));
    }
    return producer.flush();
  }
  static std::vector<TopicPartition> all() {
    std::vector<TopicPartition> partitions;
    for (int p = 0; p < kPartitions; ++p) partitions.push_back(partition_of("t", p));
    return partitions;
  }
  // Reads until `count` records are there; by partition, in order.
  static std::map<TopicPartition, Values> read(Consumer& consumer, std::size_t count) {
    std::map<TopicPartition, Values> found;
    const std::int64_t deadline_ns = SystemClock::instance().deadline_ns(Millis(30'000));
    for (std::size_t seen = 0; seen < count && SystemClock::instance().monotonic_ns() < deadline_ns;) {
      auto batches = consumer.poll(Millis(500));
      EXPECT_TRUE(batches) << batches.error().to_string();
      if (!batches) break;
      for (const auto& batch : *batches) {
        for (auto& one : values_in({batch})) {
          found[consumer.assignment()[batch.assignment_index]].push_back(std::move(one));
          ++seen;
        }
      }
    }
    return found;
  }
  static std::map<TopicPartition, Values> expected(int count) {
    std::map<TopicPartition, Values> values;
    for (int i = 0; i < count; ++i) values[partition_of("t", i % kPartitions)].push_back(value(i));
    return values;
  }
  std::map<TopicPartition, Values> read_all(std::size_t count) {
    auto consumer = client->consumer().value();
    EXPECT_TRUE(consumer->assign(all()));
    for (const auto& one : all()) EXPECT_TRUE(consumer->seek(one, Offset(0)));
    return read(*consumer, count);
  }

  MockCluster cluster{3};
  std::optional<Client> client;
};

TEST_F(Brokers, what_is_produced_is_consumed_from_every_leader) {
  auto producer = client->producer().value();
  const auto written = write(*producer, 0, 600);
  ASSERT_TRUE(written) << written.error().to_string();
  EXPECT_EQ(read_all(600), expected(600));
}

TEST_F(Brokers, every_compression_is_taken) {
  int count = 0;
  for (const auto compression :
       {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    auto producer = client->producer({.compression = compression}).value();
    const auto written = write(*producer, count, count + 60);
    ASSERT_TRUE(written) << written.error().to_string();
    count += 60;
  }
  auto producer = client->producer({.idempotent = false, .acks = 1}).value();
  const auto written = write(*producer, count, count + 60);
  ASSERT_TRUE(written) << written.error().to_string();
  count += 60;
  EXPECT_EQ(read_all(static_cast<std::size_t>(count)), expected(count));
}

TEST_F(Brokers, errors_that_pass_are_got_over) {
  cluster.push_errors(wire::ApiKey::produce,
                      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                       RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE});
  cluster.push_errors(wire::ApiKey::find_coordinator,
                      {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS});
  auto producer = client->producer({.batch_bytes = 200}).value();
  const auto written = write(*producer, 0, 120);
  ASSERT_TRUE(written) << written.error().to_string();
  cluster.push_errors(wire::ApiKey::fetch,
                      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
  cluster.push_errors(wire::ApiKey::list_offsets, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION});
  auto found = read_all(120);
  // A broker of the mock takes a batch again that it has: each is there, none is lost.
  for (auto& [partition, values] : found) values.erase(std::unique(values.begin(), values.end()), values.end());
  EXPECT_EQ(found, expected(120));
}

TEST_F(Brokers, moved_leaders_are_followed) {
  auto producer = client->producer().value();
  auto consumer = client->consumer().value();
  ASSERT_TRUE(consumer->assign(all()));
  for (const auto& one : all()) ASSERT_TRUE(consumer->seek(one, Offset(0)));
  std::map<TopicPartition, Values> found;
  for (int round = 0; round < 4; ++round) {
    const auto written = write(*producer, round * 60, round * 60 + 60);
    ASSERT_TRUE(written) << written.error().to_string();
    for (auto& [partition, values] : read(*consumer, 60)) {
      found[partition].insert(found[partition].end(), values.begin(), values.end());
    }
    for (int p = 0; p < kPartitions; ++p) cluster.set_leader("t", p, 1 + (p + round + 1) % 3);
  }
  EXPECT_EQ(found, expected(240));
}

TEST_F(Brokers, one_that_goes_and_comes_is_waited_for) {
  auto producer = client->producer().value();
  ASSERT_TRUE(write(*producer, 0, 60));
  cluster.set_down(2);
  // What it leads nobody takes; the others go on, also as servers that anybody may ask.
  for (int i = 0; i < 3; ++i) {
    auto count = client->producer()->get()->partition_count("t");
    ASSERT_TRUE(count) << count.error().to_string();
  }
  for (int i = 60; i < 120; ++i) {
    ASSERT_TRUE(producer->send("t", PartitionIndex(i % kPartitions), 1'000, "k", value(i)));
  }
  auto reader = client->consumer().value();
  ASSERT_TRUE(reader->assign({partition_of("t", 0)}));
  ASSERT_TRUE(reader->seek(partition_of("t", 0), Offset(0)));
  EXPECT_EQ(read(*reader, 10).begin()->second.size(), 10u);
  cluster.set_up(2);
  const auto flushed = producer->flush();
  ASSERT_TRUE(flushed) << flushed.error().to_string();
  EXPECT_EQ(read_all(120), expected(120));
}

TEST_F(Brokers, a_broker_that_does_not_answer_in_time_costs_its_connection_only) {
  auto options_in_a_hurry = options();
  options_in_a_hurry.request_timeout = Millis(300);
  auto hurried = connect(cluster.servers(), options_in_a_hurry).value();
  auto producer = hurried.producer().value();
  ASSERT_TRUE(write(*producer, 0, 6));
  cluster.set_round_trip(2, 1'000);
  cluster.set_leader("t", 1, 3);  // it was given up
  cluster.set_leader("t", 4, 3);
  const auto written = write(*producer, 6, 60);
  ASSERT_TRUE(written) << written.error().to_string();
  auto found = read_all(60);
  for (auto& [partition, values] : found) values.erase(std::unique(values.begin(), values.end()), values.end());
  EXPECT_EQ(found, expected(60));
}

// One after the other: the mock refuses a member that asks for its share after the leader has divided.
TEST_F(Brokers, a_member_of_a_group_goes_on_where_the_one_before_has_left) {
  cluster.set_group_coordinator("g", 1);
  auto producer = client->producer().value();
  ASSERT_TRUE(write(*producer, 0, 120));
  ConsumerOptions grouped;
  grouped.group_id = "g";
  grouped.session_timeout = Millis(6'000);  // the mock waits for members that have left
  std::multiset<std::string> seen;
  const auto read_until = [&](Consumer& consumer, std::size_t count) {
    const std::int64_t deadline_ns = SystemClock::instance().deadline_ns(Millis(40'000));
    while (seen.size() < count && SystemClock::instance().monotonic_ns() < deadline_ns) {
      auto batches = consumer.poll(Millis(100));
      ASSERT_TRUE(batches) << batches.error().to_string();
      if (batches->empty()) continue;
      for (auto& one : values_in(*batches)) seen.insert(std::move(one));
      const auto committed = consumer.commit();
      ASSERT_TRUE(committed) << committed.error().to_string();
    }
  };
  auto a = client->consumer(grouped).value();
  ASSERT_TRUE(a->subscribe({"t"}));
  read_until(*a, 120);
  ASSERT_TRUE(a->close());
  cluster.push_errors(wire::ApiKey::find_coordinator, {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  cluster.push_errors(wire::ApiKey::join_group, {RD_KAFKA_RESP_ERR_NOT_COORDINATOR});
  ASSERT_TRUE(write(*producer, 120, 180));
  auto b = client->consumer(grouped).value();
  ASSERT_TRUE(b->subscribe({"t"}));
  read_until(*b, 180);
  EXPECT_EQ(seen.size(), 180u);
  for (int i = 0; i < 180; ++i) EXPECT_EQ(seen.count(value(i)), 1u) << i;
}

TEST_F(Brokers, a_transaction_is_carried_out_with_its_offsets_also_when_its_coordinator_moves) {
  cluster.set_transaction_coordinator("p", 1);
  auto producer = client->producer({.transactional_id = "p"}).value();
  auto ready = producer->init_transactions();
  ASSERT_TRUE(ready) << ready.error().to_string();
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(write(*producer, 0, 60));
  const std::vector<PartitionOffset> offsets{{partition_of("t"), {Offset(5), kNoLeaderEpoch, "five"}}};
  auto sent = producer->send_offsets({.group_id = "g"}, offsets);
  ASSERT_TRUE(sent) << sent.error().to_string();
  cluster.set_transaction_coordinator("p", 3);
  auto committed = producer->commit_transaction();
  ASSERT_TRUE(committed) << committed.error().to_string();
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(write(*producer, 60, 120));
  committed = producer->commit_transaction();
  ASSERT_TRUE(committed) << committed.error().to_string();
}

TEST_F(Brokers, a_version_that_does_not_meet_ours_is_told_with_api_and_broker) {
  cluster.set_versions(wire::ApiKey::produce, 0, 2);
  auto fresh = connect(cluster.servers(), options()).value();
  auto producer = fresh.producer().value();
  const auto refused = write(*producer, 0, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unsupported_version);
  for (const char* part : {"127.0.0.1:", "Produce: the broker takes versions 0 to 2, this client 3 to 11"}) {
    EXPECT_NE(refused.error().detail.find(part), std::string::npos) << refused.error().detail;
  }
}

}  // namespace
}  // namespace mock_cluster_test
}  // namespace weir::log
