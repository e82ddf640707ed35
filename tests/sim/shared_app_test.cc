// Two instances of an application in one simulation, under a seed: one is stopped for longer than its session while it
// works, and comes back as if nothing had been; one leaves in order and comes again. Every word is counted once.
#include <gtest/gtest.h>

#include "log/base/cursor.h"
#include "log/log.h"
#include "sim/memory_file.h"
#include "sim/simulated_transport.h"
#include "sim/simulation.h"
#include "streams/streams.h"

namespace weir::shared_app_test {
namespace {

using Counts = std::map<std::string, std::int64_t>;

constexpr int kPartitions = 3;
constexpr Millis kSession{10'000};

streams::Topology topology() {
  streams::Builder builder;
  builder.stream<streams::NoKey, std::string>("words")
      .group_by([](const std::string& word) { return word; }, {.name = "by-word"})
      .count({.store = "counts", .in_memory = true})
      .to_stream()
      .to("out");
  return builder.build();
}

class World {
 public:
  explicit World(std::uint64_t seed) : seed_(seed), world_(seed) {
    world_.run([this] { live(); });
  }
  const std::vector<std::string>& trace() const { return world_.trace(); }
  std::uint64_t rebalances() const { return rebalances_; }

 private:
  struct Process {
    Process(Simulation& world, const log::Client& node, const std::string& name, int threads)
        : way(std::make_shared<log::SimulatedTransport>(world, node.transport(), name)),
          client(way, world, "data"),
          options{.application_id = "app", .threads = threads, .state_directory = "nowhere-" + name} {
      options.session_timeout = kSession;
    }
    void start(Simulation& world) {
      app = std::make_unique<streams::App>(topology(), client, options);
      running = *world.start_thread("app", [this] {
        auto done = app->run();
        EXPECT_TRUE(done) << done.error().to_string();
      });
    }
    void stop() {
      app->stop();
      running.reset();
    }
    std::shared_ptr<log::SimulatedTransport> way;  // shared: with the client
    log::Client client;
    streams::AppOptions options;
    std::unique_ptr<streams::App> app;
    std::unique_ptr<Thread> running;
  };

  void live() {
    log::OpenOptions chosen;
    chosen.files = &files_;
    chosen.clock = &world_;
    chosen.seed = seed_;
    auto opened = log::open("data", chosen);
    ASSERT_TRUE(opened) << opened.error().to_string();
    const log::Client node = *std::move(opened);
    ASSERT_TRUE(node.admin()->create_topic({"words", kPartitions, {}}));
    ASSERT_TRUE(node.admin()->create_topic({"out", 1, {}}));
    Process one(world_, node, "one", 1), two(world_, node, "two", 2);
    one.start(world_);
    write(node, 5'000);
    two.start(world_);
    write(node, 20'000);
    // A zombie: whatever it is at, it goes on with when others have taken over.
    two.way->stop_for(3 * kSession);
    write(node, 60'000);
    one.stop();
    write(node, 10'000);
    one.start(world_);
    write(node, 10'000);
    expect_counted(node);
    rebalances_ = one.app->statistics().rebalances + two.app->statistics().rebalances;
    one.stop();
    two.stop();
    expect_counted(node);
  }

  // A word from time to time, for so long.
  void write(const log::Client& node, std::int64_t ms) {
    auto producer = *node.producer();
    for (const std::int64_t until = world_.monotonic_ms() + ms; world_.monotonic_ms() < until;) {
      const std::string word(1, static_cast<char>('a' + world_.random(6)));
      const log::PartitionIndex partition(static_cast<std::int32_t>(world_.random(kPartitions)));
      ASSERT_TRUE(producer->send("words", partition, world_.wall_ms(), std::nullopt, Bytes(word), {}));
      ASSERT_TRUE(producer->flush());
      ++sent_[word];
      world_.sleep(Millis(static_cast<std::int64_t>(1 + world_.random(700))));
    }
  }

  // Every count of every word once, up to what was sent.
  void expect_counted(const log::Client& node) {
    const std::int64_t until = world_.monotonic_ms() + 120'000;
    for (;;) {
      Counts read;
      auto consumer = *node.consumer({});
      const log::TopicPartition out{"out", log::PartitionIndex(0)};
      ASSERT_TRUE(consumer->assign({out}));
      const auto end = consumer->end_offsets({&out, 1}, log::Isolation::read_committed)->at(out);
      while (*consumer->position(out) < end) {
        auto batches = consumer->poll(Millis(100));
        ASSERT_TRUE(batches) << batches.error().to_string();
        for (const auto& batch : *batches) {
          log::BatchReader reader;
          ASSERT_TRUE(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
            const std::string word(*record.key);
            const auto count = load_big_endian<std::int64_t>(record.value->data());
            EXPECT_EQ(count, read[word] + 1) << word << " @" << record.offset.value();
            read[word] = count;
            return {};
          }));
        }
      }
      if (read == sent_ || ::testing::Test::HasFailure()) return;
      ASSERT_LT(world_.monotonic_ms(), until) << "not all is counted";
      world_.sleep(Millis(500));
    }
  }

  const std::uint64_t seed_;
  MemoryFileSystem files_;
  Simulation world_;
  Counts sent_;
  std::uint64_t rebalances_ = 0;
};

TEST(SharedApp, under_each_seed_every_word_is_counted_once) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const World world(seed);
    EXPECT_GE(world.rebalances(), 4u);
    if (HasFailure()) return;
  }
}

TEST(SharedApp, the_same_seed_gives_the_same_trace) {
  const World once(3), again(3);
  ASSERT_EQ(once.trace().size(), again.trace().size());
  for (std::size_t i = 0; i < once.trace().size(); ++i) ASSERT_EQ(once.trace()[i], again.trace()[i]) << "line " << i;
}

// Left open by an instance that was killed before the one that leads now was there: it holds readers back no longer
// than it takes to notice. Those of other applications are none of its business.
TEST(SharedApp, what_one_left_open_whom_nobody_here_knew_is_ended) {
  Simulation world(1);
  MemoryFileSystem files;
  world.run([&] {
    log::OpenOptions chosen;
    chosen.files = &files;
    chosen.clock = &world;
    chosen.seed = 1;
    const log::Client node = *log::open("data", chosen);
    ASSERT_TRUE(node.admin()->create_topic({"words", kPartitions, {}}));
    ASSERT_TRUE(node.admin()->create_topic({"out", 1, {}}));
    const std::string left = "app-0123456789abcdef-0";
    const std::vector<std::string> others{"app-2-0123456789abcdef-0", "other-0123456789abcdef-0",
                                          "app-0123456789abcdef"};
    std::vector<std::unique_ptr<log::Producer>> producers;
    std::vector<std::string> all = others;
    all.push_back(left);
    for (const std::string& id : all) {
      auto producer = *node.producer({.transactional_id = id});
      ASSERT_TRUE(producer->init_transactions());
      ASSERT_TRUE(producer->begin_transaction());
      ASSERT_TRUE(producer->send("out", log::PartitionIndex(0), 0, std::nullopt, Bytes("x"), {}));
      ASSERT_TRUE(producer->flush());
      producers.push_back(std::move(producer));
    }
    const log::Client client(std::make_shared<log::SimulatedTransport>(world, node.transport(), "app"), world, "data");
    streams::App app(topology(), client, {.application_id = "app", .state_directory = "nowhere"});
    auto running = *world.start_thread("app", [&] { EXPECT_TRUE(app.run()); });
    world.sleep(Millis(10'000));
    const auto listed = *node.admin()->list_transactions();
    for (const auto& listing : listed) {
      if (listing.transactional_id == left) {
        EXPECT_NE(listing.state, "Ongoing");
      }
      if (std::ranges::count(others, listing.transactional_id) > 0) {
        EXPECT_EQ(listing.state, "Ongoing") << listing.transactional_id;
      }
    }
    app.stop();
    running.reset();
  });
}

// Nothing comes in for 20 s: a fetch each half a second, for all inputs together, a heartbeat a second, a look at the
// topics each ten, and nothing else.
TEST(SharedApp, an_idle_one_asks_little) {
  Simulation world(1);
  MemoryFileSystem files;
  std::size_t fetches = 0, others = 0;
  world.run([&] {
    log::OpenOptions chosen;
    chosen.files = &files;
    chosen.clock = &world;
    chosen.seed = 1;
    const log::Client node = *log::open("data", chosen);
    ASSERT_TRUE(node.admin()->create_topic({"words", 8, {}}));
    ASSERT_TRUE(node.admin()->create_topic({"out", 1, {}}));
    const log::Client client(std::make_shared<log::SimulatedTransport>(world, node.transport(), "app"), world, "data");
    streams::App app(topology(), client, {.application_id = "app", .state_directory = "nowhere"});
    auto running = *world.start_thread("app", [&] { EXPECT_TRUE(app.run()); });
    world.sleep(Millis(10'000));
    const std::size_t before = world.trace().size();
    world.sleep(Millis(20'000));
    for (std::size_t i = before; i < world.trace().size(); ++i) {
      const std::string& line = world.trace()[i];
      if (line.find(" app: api ") == line.npos) continue;
      (line.find(" app: api 1,") != line.npos ? fetches : others) += 1;
    }
    app.stop();
    running.reset();
  });
  EXPECT_GE(fetches, 30u);
  EXPECT_LE(fetches, 45u);
  EXPECT_LE(others, 26u);
}

}  // namespace
}  // namespace weir::shared_app_test
