// Consumers that share an embedded log's topics as a group, under a clock that the test moves. Each has a way to the
// broker of its own, which can be cut as a kill cuts it.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "log/broker/broker.h"
#include "log/broker/handlers/handlers.h"
#include "log/embedded/housekeeper.h"
#include "log/wire/transport.h"
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {

// The broker and its thread.
struct TestNode {
  TestNode(FileSystem& files, Clock& clock, broker::BrokerOptions options)
      : runner(clock, "housekeeper"),
        broker(broker::Broker::open(files, "log", clock, std::move(options)).value()),
        housekeeper(*broker, runner) {}
  Runner runner;
  std::unique_ptr<broker::Broker> broker;
  embedded::Housekeeper housekeeper;
};

class CuttableTransport final : public Transport {
 public:
  explicit CuttableTransport(std::shared_ptr<TestNode> node)
      : node_(std::move(node)), way_(way_to(*node_->broker, std::make_shared<Direct>(node_))) {}

  std::atomic<bool> is_cut = false;
  std::atomic<int> heartbeats = 0;

 protected:
  Task<Result<>> call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                             Executor& executor) override {
    if (is_cut) co_return fail(ErrorCode::io_error, "cut");
    if (api == wire::ApiKey::heartbeat) ++heartbeats;
    co_return co_await (way_.get()->*(&Access::call_erased))(node, api, request, response, executor);
  }

 private:
  struct Access : Transport {
    using Transport::call_erased;
  };
  class Direct final : public Transport {
   public:
    explicit Direct(std::shared_ptr<TestNode> node) : node_(std::move(node)) {}

   protected:
    Task<Result<>> call_erased(NodeId, wire::ApiKey api, void* request, void* response, Executor& executor) override {
      const auto* handler = broker::find_handler(api);
      if (handler == nullptr) co_return fail(ErrorCode::unsupported_version);
      const broker::RequestContext context{*node_->broker, handler->max_version, executor};
      if (auto later = handler->answer(context, request, response)) co_return co_await *std::move(later);
      co_return Result<>{};
    }

   private:
    std::shared_ptr<TestNode> node_;
  };

  std::shared_ptr<TestNode> node_;
  std::shared_ptr<Transport> way_;
};

// A member that reads, commits what it read, and counts as read only what it could commit.
class Reader {
 public:
  using Values = std::multiset<std::string>;

  Reader(std::shared_ptr<TestNode> node, Clock& clock, ConsumerOptions options, Values& read)
      : transport(std::make_shared<CuttableTransport>(std::move(node))),
        client(transport, clock),
        consumer(client.consumer(std::move(options)).value()),
        read_(read) {}

  RebalanceCallbacks callbacks() {
    auto note = [this](const char* what) {
      return [this, what](std::span<const TopicPartition> partitions) {
        std::string text = what;
        for (const auto& partition : partitions) text += " " + partition.to_string();
        events.push_back(text);
      };
    };
    return {note("assigned"), note("revoked"), note("lost")};
  }
  Result<> subscribe(std::vector<std::string> topics = {"t"}) {
    return consumer->subscribe(std::move(topics), callbacks());
  }

  // False: what it read it could not commit.
  bool turn() {
    auto batches = consumer->poll(Millis(1));
    if (!batches) {
      last_error = batches.error().code;
      return false;
    }
    if (batches->empty()) return true;
    if (auto committed = consumer->commit(); !committed) {
      last_error = committed.error().code;
      return false;
    }
    for (const auto& value : values_in(*batches)) read_.insert(value);
    return true;
  }
  std::set<TopicPartition> owned() const { return {consumer->assignment().begin(), consumer->assignment().end()}; }

  std::shared_ptr<CuttableTransport> transport;
  Client client;
  std::unique_ptr<Consumer> consumer;
  std::vector<std::string> events;
  ErrorCode last_error = ErrorCode::none;

 private:
  Values& read_;
};

class GroupFixture : public testing::Test {
 protected:
  static broker::BrokerOptions options() {
    broker::BrokerOptions options;
    options.flush = broker::Flush::left_to_system;
    options.groups.initial_rebalance_delay = Millis(0);
    return options;
  }
  GroupFixture() : node(std::make_shared<TestNode>(files, clock, options())), client(transport(), clock) {
    EXPECT_TRUE(client.admin()->create_topic({"t", 4, {}}));
    producer = client.producer().value();
  }
  std::shared_ptr<CuttableTransport> transport() { return std::make_shared<CuttableTransport>(node); }

  Reader& reader(ConsumerOptions options = {}) {
    options.group_id = "g";
    if (options.session_timeout == ConsumerOptions{}.session_timeout) options.session_timeout = Millis(10'000);
    readers.push_back(std::make_unique<Reader>(node, clock, std::move(options), read));
    return *readers.back();
  }
  Reader& subscribed(ConsumerOptions options = {}) {
    Reader& made = reader(std::move(options));
    EXPECT_TRUE(made.subscribe());
    return made;
  }
  void write(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string value = std::to_string(written++);
      ASSERT_TRUE(producer->send("t", PartitionIndex(written % 4), 1'000, std::nullopt, Bytes(value)));
    }
    ASSERT_TRUE(producer->flush());
  }

  // Time passes and all that are named poll, until it is so.
  void until(const std::function<bool()>& is_so, std::vector<Reader*> who, Millis step = Millis(50)) {
    for (int i = 0; i < 10'000; ++i) {
      for (Reader* reader : who) (void)reader->turn();
      if (is_so()) return;
      clock.advance(step);
    }
    FAIL() << "it never came to that";
  }
  // All partitions of t are with them, each with one.
  static bool share(const std::vector<Reader*>& who, std::size_t partitions = 4) {
    std::set<TopicPartition> all;
    std::size_t count = 0;
    for (const Reader* reader : who) {
      auto owned = reader->owned();
      if (owned.empty()) return false;
      count += owned.size();
      all.insert(owned.begin(), owned.end());
    }
    return count == partitions && all.size() == partitions;
  }
  void until_shared(std::vector<Reader*> who, std::size_t partitions = 4) {
    until([&] { return share(who, partitions); }, who);
  }
  void expect_all_read_once(std::vector<Reader*> who) {
    until([&] { return read.size() >= static_cast<std::size_t>(written); }, who);
    EXPECT_EQ(read.size(), static_cast<std::size_t>(written));
    for (int i = 0; i < written; ++i) EXPECT_EQ(read.count(std::to_string(i)), 1u) << i;
  }

  ManualClock clock{1'700'000'000'000};
  MemoryFileSystem files;
  std::shared_ptr<TestNode> node;
  Client client;
  std::unique_ptr<Producer> producer;
  int written = 0;
  Reader::Values read;
  std::vector<std::unique_ptr<Reader>> readers;
};

}  // namespace weir::log
