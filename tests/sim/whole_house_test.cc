// A whole log with its housekeeping, the clients of two programs and an application with state, run by one thread under
// a seed: the same seed gives the same trace, to the last choice and checksum; each seed the right results.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "log/base/cursor.h"
#include "log/log.h"
#include "sim/memory_file.h"
#include "sim/simulated_transport.h"
#include "sim/simulation.h"
#include "streams/streams.h"

namespace weir::whole_house_test {
namespace {

using log::TopicPartition;
using Counts = std::map<std::string, std::int64_t>;

const std::vector<std::string> kWords = {"append", "fetch", "commit", "offset", "epoch", "lag", "store", "window"};
constexpr int kTransactions = 12;      // of each producer
constexpr Millis kLongest{3'600'000};  // a run that takes longer will not end

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<streams::NoKey, std::string>("lines")
      .flat_map_values([](const std::string& line) {
        std::vector<std::string> words;
        for (std::size_t at = 0; at < line.size();) {
          const std::size_t end = std::min(line.find(' ', at), line.size());
          words.push_back(line.substr(at, end - at));
          at = end + 1;
        }
        return words;
      })
      .group_by([](const auto&, const std::string& word) { return word; })
      .count({.store = "word-counts", .in_memory = true})
      .to_stream()
      .to("counts");
  return builder.build();
}

// One program's way to the log, and what happens in one run of everything.
class House {
 public:
  explicit House(std::uint64_t seed) : seed_(seed), world_(seed) {
    world_.run([this] { live(); });
  }

  const std::vector<std::string>& trace() const { return world_.trace(); }
  const Counts& sent() const { return sent_; }
  const Counts& read() const { return read_; }
  std::int64_t time_ms() const { return world_.monotonic_ms(); }
  // What the disk was asked for, in order.
  std::vector<std::string> disk() const {
    std::vector<std::string> operations;
    for (std::size_t i = 0; i < files_.operation_count(); ++i) operations.push_back(files_.describe_operation(i));
    return operations;
  }

 private:
  void live() {
    log::OpenOptions chosen;
    chosen.files = &files_;
    chosen.clock = &world_;
    chosen.seed = seed_;
    auto opened = log::open("data", chosen);
    ASSERT_TRUE(opened) << opened.error().to_string();
    const log::Client node = *std::move(opened);
    const log::Client one(std::make_shared<log::SimulatedTransport>(world_, node.transport(), "one"), world_, "data");
    const log::Client two(std::make_shared<log::SimulatedTransport>(world_, node.transport(), "two"), world_, "data");
    for (const char* topic : {"lines", "counts"}) ASSERT_TRUE(one.admin()->create_topic({topic, 2, {}}));

    streams::App app(topology(), one, {.application_id = "counting", .threads = 2, .state_directory = "nowhere"});
    auto application = thread("app", [&] {
      auto done = app.run();
      EXPECT_TRUE(done) << done.error().to_string();
    });
    auto first_reader = thread("reader", [&] { read_counts(one); });
    auto second_reader = thread("reader", [&] { read_counts(two); });
    auto first_writer = thread("writer", [&] { write(one, "w1", std::nullopt); });
    auto second_writer = thread("writer", [&] { write(two, "w2", Millis(5)); });
    first_writer.reset();
    second_writer.reset();
    are_all_sent_ = true;
    first_reader.reset();
    second_reader.reset();
    app.stop();
    application.reset();
  }

  std::unique_ptr<Thread> thread(const char* name, std::function<void()> work) {
    return *world_.start_thread(name, std::move(work));
  }

  // Transactions of a few lines each; every third is aborted.
  void write(const log::Client& client, const std::string& id, std::optional<Millis> linger) {
    log::ProducerOptions options;
    options.transactional_id = id;
    options.linger = linger;
    auto producer = *client.producer(options);
    ASSERT_TRUE(producer->init_transactions());
    for (int i = 0; i < kTransactions; ++i) {
      world_.sleep(Millis(static_cast<std::int64_t>(world_.random(20'000))));
      ASSERT_TRUE(producer->begin_transaction());
      const bool commits = i % 3 != 2;
      for (std::uint64_t lines = 1 + world_.random(4); lines > 0; --lines) {
        const std::string& word = kWords[world_.random(kWords.size())];
        const std::string& other = kWords[world_.random(kWords.size())];
        auto sent = producer->send("lines", log::PartitionIndex(static_cast<std::int32_t>(world_.random(2))),
                                   world_.wall_ms(), std::nullopt, Bytes(word + " " + other), {});
        ASSERT_TRUE(sent) << sent.error().to_string();
        if (commits) ++sent_[word];
        if (commits) ++sent_[other];
        if (world_.random(3) == 0) world_.sleep(Millis(3));
      }
      auto ended = commits ? producer->commit_transaction() : producer->abort_transaction();
      ASSERT_TRUE(ended) << ended.error().to_string();
    }
  }

  // A member of the group of two: takes down what was committed, until all is counted.
  void read_counts(const log::Client& client) {
    log::ConsumerOptions options;
    options.group_id = "readers";
    auto consumer = *client.consumer(options);
    ASSERT_TRUE(consumer->subscribe({"counts"}));
    while (!(are_all_sent_ && read_ == sent_)) {
      ASSERT_LT(world_.monotonic_ms(), kLongest.count());
      auto batches = consumer->poll(Millis(1'000));
      ASSERT_TRUE(batches) << batches.error().to_string();
      for (const auto& batch : *batches) take_down(batch);
      if (!batches->empty()) (void)consumer->commit();  // one that is lost with its partition is read again
    }
    ASSERT_TRUE(consumer->close());
  }

  void take_down(const log::FetchedBatch& batch) {
    log::BatchReader reader;
    auto walked = for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
      const std::string word(*record.key);
      const auto count = load_big_endian<std::int64_t>(record.value->data());
      world_.note(batch.partition.to_string() + " @" + std::to_string(record.offset.value()) + ": " + word + " " +
                  std::to_string(count));
      read_[word] = std::max(read_[word], count);  // a count only grows, and may be read again after a rebalance
      return {};
    });
    ASSERT_TRUE(walked) << walked.error().to_string();
  }

  const std::uint64_t seed_;
  MemoryFileSystem files_;
  Simulation world_;
  Counts sent_, read_;
  bool are_all_sent_ = false;
};

TEST(WholeHouse, the_same_seed_gives_the_same_trace_and_another_one_another) {
  const House once(1);
  const House again(1);
  ASSERT_GT(once.trace().size(), 1'000u);
  for (std::size_t i = 0; i < std::min(once.trace().size(), again.trace().size()); ++i) {
    ASSERT_EQ(once.trace()[i], again.trace()[i]) << "line " << i;
  }
  EXPECT_EQ(once.trace().size(), again.trace().size());
  EXPECT_EQ(once.disk(), again.disk());
  EXPECT_NE(once.trace(), House(2).trace());
}

TEST(WholeHouse, everybody_is_in_it) {
  const House house(3);
  if (const char* path = std::getenv("WEIR_TRACE")) {
    std::ofstream out(path);
    for (const auto& line : house.trace()) out << line << "\n";
  }
  auto is_in = [&](const std::string& text) {
    return std::ranges::any_of(house.trace(), [&](const std::string& line) { return line.find(text) != line.npos; });
  };
  // The log's timers and pool, the clients' background work, both threads of the application.
  for (const char* name : {"weir-log#", "weir-pool#", "weir-client#", "weir-linger#", "weir-worker-1#"}) {
    EXPECT_TRUE(is_in(std::string(" ") + name)) << name;
  }
  // produce, fetch, offset_commit, join_group, heartbeat, sync_group, init_producer_id, end_txn, txn_offset_commit
  for (int api : {0, 1, 8, 11, 12, 14, 22, 26, 28}) EXPECT_TRUE(is_in(": api " + std::to_string(api) + ", ")) << api;
}

TEST(WholeHouse, under_each_seed_every_committed_word_is_counted_once) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const House house(seed);
    EXPECT_FALSE(house.sent().empty());
    EXPECT_EQ(house.read(), house.sent());
    EXPECT_GT(house.time_ms(), 60'000) << "retention never came";
  }
}

}  // namespace
}  // namespace weir::whole_house_test
