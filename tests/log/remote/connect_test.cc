// A client that connects: what its options do, what it says when nobody is there, and whole programs' work against a
// log that is served, also when that goes and comes.
#include "log/remote/connect.h"

#include <thread>

#include "log/log.h"
#include "log/wire/messages/metadata.h"
#include "tests/log/embedded/client_fixture.h"
#include "tests/log/net/raw_broker.h"

namespace weir::log {
namespace connect_test {
namespace {

using Values = std::vector<std::string>;

TEST(Connect, options_and_servers_that_are_wrong_are_told_at_once) {
  const auto error_of = [](const std::string& servers, ConnectOptions options) {
    auto connected = connect(servers, std::move(options));
    EXPECT_FALSE(connected);
    EXPECT_EQ(connected.error().code, ErrorCode::invalid_argument);
    return connected.error().detail;
  };
  for (const char* servers : {"", " , ", "here", "here:", ":9", "here:0", "here:70000", "::1:9092"}) {
    EXPECT_FALSE(error_of(servers, {}).empty()) << servers;
  }
  EXPECT_NE(error_of("a:1", {.request_timeout = Millis(0)}).find("request_timeout"), std::string::npos);
  EXPECT_NE(error_of("a:1", {.connect_timeout = Millis(0)}).find("connect_timeout"), std::string::npos);
  EXPECT_NE(error_of("a:1", {.reconnect_backoff = Millis(0)}).find("reconnect_backoff"), std::string::npos);
  EXPECT_NE(error_of("a:1", {.reconnect_backoff_max = Millis(1)}).find("reconnect_backoff_max"), std::string::npos);
  EXPECT_NE(error_of("a:1", {.max_answer_bytes = 0}).find("max_answer_bytes"), std::string::npos);
}

TEST(Connect, if_nobody_is_there_every_server_is_named_with_its_reason) {
  HostPort nobody;
  {
    net::RawBroker gone([](net::RawPeer&, int) {});
    nobody = gone.at();
  }
  net::RawBroker mute([](net::RawPeer& peer, int) {
    while (peer.receive()) {
    }
  });
  net::RawBroker other([](net::RawPeer& peer, int) { (void)peer.receive(); });  // hangs up
  auto connected = connect(nobody.to_string() + "," + mute.at().to_string() + ", " + other.at().to_string(),
                           {.connect_timeout = Millis(40)});
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, ErrorCode::io_error);
  const std::string& detail = connected.error().detail;
  for (const std::string& part :
       {nobody.to_string() + ": Connection refused", mute.at().to_string() + ": no connection within 40 ms",
        other.at().to_string() + ": the connection was closed before a broker introduced"}) {
    EXPECT_NE(detail.find(part), std::string::npos) << detail;
  }
}

TEST(Connect, brokers_are_told_the_clients_name) {
  std::string name;
  {
    net::RawBroker broker([&](net::RawPeer& peer, int) {
      if (!peer.introduce()) return;
      const auto asked = peer.receive();
      if (!asked) return;
      name = asked->header.client_id.value_or("");
      peer.answer(asked->header, wire::MetadataResponse{});
      (void)peer.receive();
    });
    ASSERT_TRUE(connect(broker.at().to_string(), {.client_id = "billing"}));
  }
  EXPECT_EQ(name, "billing");
}

TEST(Connect, answers_that_are_too_large_and_clocks_of_ones_own_are_taken_care_of) {
  net::RawBroker broker([&](net::RawPeer& peer, int) {
    if (!peer.introduce()) return;
    while (const auto asked = peer.receive()) {
      wire::MetadataResponse large;
      large.cluster_id = std::string(2'000, 'x');
      peer.answer(asked->header, large);
    }
  });
  auto refused = connect(broker.at().to_string(), {.max_answer_bytes = 1'500, .seed = 1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().detail.find("1500"), std::string::npos) << refused.error().detail;
  auto taken = connect(broker.at().to_string(), {.max_answer_bytes = 4'000, .clock = &SystemClock::instance()});
  ASSERT_TRUE(taken) << taken.error().to_string();
  EXPECT_EQ(taken->directory(), "");
  EXPECT_EQ(&taken->clock(), &SystemClock::instance());
}

// A log that is served, and a client that is elsewhere.
class Served : public testing::Test {
 protected:
  Served() { serve("127.0.0.1:0"); }

  void serve(const std::string& at) {
    OpenOptions options;
    options.durability = Durability::os;
    options.files = &files;
    options.listen = {at};
    auto opened = open("log", std::move(options));
    ASSERT_TRUE(opened) << opened.error().to_string();
    log.emplace(*std::move(opened));
    endpoint = listening_on(*log).front();
  }
  static ConnectOptions options() {
    ConnectOptions chosen;
    chosen.reconnect_backoff = Millis(5);
    chosen.reconnect_backoff_max = Millis(20);
    return chosen;
  }
  Client connected() const { return connect(endpoint, options()).value(); }
  static Result<> write(Producer& producer, const std::string& topic, int from, int to) {
    for (int i = from; i < to; ++i) {
      WEIR_TRY(producer.send(topic, std::nullopt, 1'000, Bytes(std::to_string(i)), Bytes(std::to_string(i))));
    }
    return {};
  }
  static std::multiset<std::string> read(Consumer& consumer, std::size_t count) {
    std::multiset<std::string> values;
    const std::int64_t deadline_ns = SystemClock::instance().deadline_ns(Millis(60'000));
    while (values.size() < count && SystemClock::instance().monotonic_ns() < deadline_ns) {
      auto batches = consumer.poll(Millis(200));
      EXPECT_TRUE(batches) << batches.error().to_string();
      if (!batches) break;
      for (auto& one : values_in(*batches)) values.insert(std::move(one));
    }
    return values;
  }
  static std::multiset<std::string> numbers(int count) {
    std::multiset<std::string> all;
    for (int i = 0; i < count; ++i) all.insert(std::to_string(i));
    return all;
  }
  static std::vector<TopicPartition> partitions(const std::string& topic, int count) {
    std::vector<TopicPartition> all;
    for (int p = 0; p < count; ++p) all.push_back(partition_of(topic, p));
    return all;
  }

  MemoryFileSystem files;
  std::optional<Client> log;
  std::string endpoint;
};

TEST_F(Served, members_in_two_programs_share_a_topic_and_read_everything_once) {
  Client client = connected();
  ASSERT_TRUE(client.admin()->create_topic({"t", 4, {}}));
  Client programs[] = {connected(), connected()};
  std::atomic<int> read = 0;
  std::atomic<int> members_with_two = 0;
  std::multiset<std::string> seen[2];
  std::vector<std::thread> threads;
  for (int who = 0; who < 2; ++who) {
    threads.emplace_back([&, who] {
      auto consumer = programs[who].consumer({.group_id = "g"}).value();
      ASSERT_TRUE(consumer->subscribe({"t"}));
      const std::int64_t deadline_ns = SystemClock::instance().deadline_ns(Millis(60'000));
      bool has_two = false;
      while ((read < 400 || members_with_two < 2) && SystemClock::instance().monotonic_ns() < deadline_ns) {
        auto batches = consumer->poll(Millis(50));
        ASSERT_TRUE(batches) << batches.error().to_string();
        if (!has_two && consumer->assignment().size() == 2) has_two = ++members_with_two > 0;
        if (batches->empty()) continue;
        auto committed = consumer->commit();
        if (!committed) continue;  // somebody else's by now, who reads it again
        for (auto& one : values_in(*batches)) {
          seen[who].insert(std::move(one));
          ++read;
        }
      }
      EXPECT_TRUE(consumer->close());
    });
  }
  while (members_with_two < 2) std::this_thread::yield();
  auto producer = client.producer().value();
  ASSERT_TRUE(write(*producer, "t", 0, 400));
  ASSERT_TRUE(producer->flush());
  for (auto& thread : threads) thread.join();
  auto all = seen[0];
  all.insert(seen[1].begin(), seen[1].end());
  EXPECT_EQ(all, numbers(400));
  EXPECT_FALSE(seen[0].empty());
  EXPECT_FALSE(seen[1].empty());
}

TEST_F(Served, of_transactions_the_committed_ones_are_seen_with_their_offsets) {
  Client client = connected();
  ASSERT_TRUE(client.admin()->create_topic({"t", 3, {}}));
  auto producer = client.producer({.transactional_id = "p"}).value();
  ASSERT_TRUE(producer->init_transactions());
  for (const bool commits : {true, false, true}) {
    static int next = 0;
    ASSERT_TRUE(producer->begin_transaction());
    if (!commits) {
      ASSERT_TRUE(write(*producer, "t", 9'000, 9'050));
    } else {
      ASSERT_TRUE(write(*producer, "t", next, next + 100));
      next += 100;
    }
    const std::vector<PartitionOffset> offsets{{partition_of("t"), {Offset(next), kNoLeaderEpoch, "m"}}};
    ASSERT_TRUE(producer->flush());
    ASSERT_TRUE(producer->send_offsets({.group_id = "g"}, offsets));
    ASSERT_TRUE(commits ? producer->commit_transaction() : producer->abort_transaction());
  }
  auto consumer = client.consumer({.group_id = "h"}).value();
  ASSERT_TRUE(consumer->assign(partitions("t", 3)));
  EXPECT_EQ(read(*consumer, 200), numbers(200));
  const auto committed = client.admin()->group_offsets("g");
  ASSERT_TRUE(committed);
  EXPECT_EQ(committed->at(partition_of("t")).offset, Offset(200));

  // Another one of the same name takes over.
  Client elsewhere = connected();
  auto second = elsewhere.producer({.transactional_id = "p"}).value();
  ASSERT_TRUE(second->init_transactions());
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(write(*producer, "t", 0, 1));
  const auto fenced = producer->commit_transaction();
  ASSERT_FALSE(fenced);
  EXPECT_EQ(fenced.error().code, ErrorCode::producer_fenced);
}

TEST_F(Served, a_producer_and_a_consumer_go_on_when_the_log_comes_back) {
  Client client = connected();
  ASSERT_TRUE(client.admin()->create_topic({"t", 2, {}}));
  auto producer = client.producer({.batch_bytes = 300}).value();
  auto consumer = client.consumer({.group_id = "g"}).value();
  ASSERT_TRUE(consumer->subscribe({"t"}));
  std::multiset<std::string> seen;
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(write(*producer, "t", round * 100, round * 100 + 100));
    const std::string at = endpoint;
    if (round > 0) {
      log.reset();
      std::thread again([&] { serve(at); });
      const auto flushed = producer->flush();
      again.join();
      ASSERT_TRUE(flushed) << flushed.error().to_string();
    } else {
      ASSERT_TRUE(producer->flush());
    }
    auto more = read(*consumer, 100);
    seen.insert(more.begin(), more.end());
    ASSERT_TRUE(consumer->commit());
  }
  EXPECT_EQ(seen, numbers(400));
}

TEST_F(Served, topics_and_groups_are_administered) {
  Client client = connected();
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"t", 2, {{"retention.ms", "5000"}}}));
  EXPECT_EQ(admin->create_topic({"t", 2, {}}).error().code, ErrorCode::topic_already_exists);
  EXPECT_EQ(admin->describe_topic("t")->configs.at("retention.ms"), "5000");
  ASSERT_TRUE(admin->alter_topic("t", {{"retention.ms", "6000"}}));
  ASSERT_TRUE(admin->add_partitions("t", 3));
  EXPECT_EQ(admin->describe_topic("t")->partitions, 3);
  auto producer = client.producer().value();
  ASSERT_TRUE(write(*producer, "t", 0, 30));
  ASSERT_TRUE(producer->flush());
  auto consumer = client.consumer().value();
  const auto all = partitions("t", 3);
  ASSERT_TRUE(consumer->assign(all));
  const auto ends = consumer->end_offsets(all, Isolation::read_committed).value();
  EXPECT_EQ(admin->delete_records(ends).value(), ends);
  EXPECT_EQ(consumer->beginning_offsets(all).value(), ends);
  ASSERT_TRUE(admin->delete_topic("t"));
  EXPECT_EQ(admin->describe_topic("t").error().code, ErrorCode::unknown_topic_or_partition);
}

}  // namespace
}  // namespace connect_test
}  // namespace weir::log
