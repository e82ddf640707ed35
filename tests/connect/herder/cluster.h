// Cluster: workers of one group over an embedded log, all on one thread under a seed, with files in memory.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "connect/herder/distributed_herder.h"
#include "log/log.h"
#include "sim/memory_file.h"
#include "sim/simulated_transport.h"
#include "sim/simulation.h"

namespace weir::connect {

class Cluster {
 public:
  static constexpr Millis kLongest{120'000};

  struct Node {
    std::shared_ptr<log::SimulatedTransport> transport;
    std::unique_ptr<ConnectorWorld> world;
    std::unique_ptr<DistributedHerder> herder;
  };

  explicit Cluster(std::uint64_t seed) : seed_(seed), clock_(seed) {}

  // `test` in the simulation; nodes end with it.
  void run(const std::function<void()>& test) {
    clock_.run([&] {
      log::OpenOptions chosen{.durability = log::Durability::os, .files = &files_};
      chosen.clock = &clock_;
      chosen.seed = seed_;
      log_.emplace(log::open("data", chosen).value());
      test();
      nodes_.clear();
      log_.reset();
    });
  }

  static HerderOptions options(const std::string& name) {
    HerderOptions options;
    options.group_id = "workers";
    options.url = "http://" + name;
    options.session_timeout = Millis(6'000);  // the least that a coordinator takes
    options.heartbeat_interval = Millis(300);
    options.max_delay = Millis(1'000);
    return options;
  }
  Node& add(const std::string& name) { return add(options(name)); }
  Node& add(const HerderOptions& options) {
    Node& node = nodes_[options.url];
    node.transport = std::make_shared<log::SimulatedTransport>(clock_, log_->transport(), options.url);
    node.world.reset(new ConnectorWorld{.files = files_, .clock = clock_});
    for (const ConnectorClass& kind : classes_) EXPECT_TRUE(node.world->classes.add(kind));
    auto started = DistributedHerder::start(log::Client(node.transport, clock_, "data"), *node.world, options);
    EXPECT_TRUE(started) << started.error().to_string();
    if (started) node.herder = *std::move(started);
    return node;
  }
  void remove(const std::string& name) { nodes_.erase("http://" + name); }
  Node& at(const std::string& name) { return nodes_.at("http://" + name); }
  std::map<std::string, Node>& nodes() { return nodes_; }
  void add_class(ConnectorClass kind) { classes_.push_back(std::move(kind)); }

  // Asks `node`, and whom it names.
  template <class Call>
  auto ask(const std::string& name, Call call) -> decltype(call(std::declval<Herder&>())) {
    std::string url = "http://" + name;
    for (int hops = 0;; ++hops) {
      auto answer = call(static_cast<Herder&>(*nodes_.at(url).herder));
      if (answer || answer.error().code != ErrorCode::not_controller || hops > 3) return answer;
      url = answer.error().detail;
      if (!nodes_.contains(url)) return answer;
    }
  }
  Result<std::pair<ConnectorInfo, bool>> put(const std::string& name, const std::string& connector,
                                             const ConfigMap& config) {
    return ask(name, [&](Herder& herder) { return herder.put(connector, config, Replaces::yes, std::nullopt); });
  }
  // As a worker's REST tells it.
  ConnectorStatus status(const std::string& name, const std::string& connector) {
    return at(name).herder->status(connector).value_or(ConnectorStatus{});
  }

  // Until it is so, by the clock; false: it is not in time.
  bool await(const std::function<bool()>& is_so, Millis at_most = kLongest) {
    const std::int64_t end_ns = clock_.deadline_ns(at_most);
    while (!is_so()) {
      if (clock_.monotonic_ns() >= end_ns) return false;
      clock_.sleep(Millis(50));
    }
    return true;
  }
  // How many tasks of the connector each worker runs, as the status topic says; only running ones.
  std::map<std::string, int> tasks_by_worker(const std::string& connector, RunState state = RunState::running) {
    std::map<std::string, int> counts;
    for (const auto& [url, node] : nodes_) {
      const auto status = node.herder->status(connector);
      if (!status) continue;
      for (const auto& [task, one] : status->tasks) {
        if (one.state == state) ++counts[one.worker];
      }
      break;
    }
    return counts;
  }

  void write(const std::string& path, const std::string& text) {
    auto file = files_.open(path, OpenMode::create).value();
    ASSERT_TRUE(file->write_at(*file->size(), text));
  }
  // The values of a topic that are committed, sorted.
  std::vector<std::string> values(const std::string& topic) {
    std::vector<std::string> all;
    auto description = log_->admin()->describe_topic(topic);
    if (!description) return all;
    auto consumer = log_->consumer().value();
    std::vector<log::TopicPartition> partitions;
    for (std::int32_t i = 0; i < description->partitions; ++i) partitions.push_back({topic, log::PartitionIndex(i)});
    EXPECT_TRUE(consumer->assign(partitions));
    auto ends = consumer->end_offsets(partitions, log::Isolation::read_committed).value();
    log::BatchReader reader;
    const auto is_read = [&] {
      return std::ranges::all_of(partitions, [&](const auto& one) { return *consumer->position(one) >= ends[one]; });
    };
    while (!is_read()) {
      auto batches = consumer->poll(Millis(100));
      EXPECT_TRUE(batches);
      for (const auto& batch : *batches) {
        EXPECT_TRUE(log::for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
          all.push_back(record.value ? std::string(*record.value) : "null");
          return {};
        }));
      }
    }
    std::ranges::sort(all);
    return all;
  }

  Simulation& clock() { return clock_; }
  MemoryFileSystem& files() { return files_; }
  log::Client& log() { return *log_; }

 private:
  const std::uint64_t seed_;
  Simulation clock_;
  MemoryFileSystem files_;
  std::vector<ConnectorClass> classes_;
  std::optional<log::Client> log_;
  std::map<std::string, Node> nodes_;
};

}  // namespace weir::connect
