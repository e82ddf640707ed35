#include <cstdlib>
#include <map>
#include <random>

#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

// Producers that begin, write, commit, abort, vanish and fence each other in any order, beside one reader that follows
// all along: it sees what was committed, all of it, each record once, and of each producer in the order of its sends.
class History : public ClientTest {
 protected:
  static constexpr int kPartitions = 3;
  static constexpr int kProducers = 3;

  struct Writer {
    std::unique_ptr<Producer> producer;
    bool is_open = false;
    std::map<int, Values> pending;    // of the open transaction, by partition
    std::map<int, Values> committed;  // by partition
  };

  History() {
    create("out", kPartitions);
    std::vector<TopicPartition> all;
    for (int p = 0; p < kPartitions; ++p) all.push_back(partition_of("out", p));
    reader = consumer(all);
  }

  std::string id_of(int writer) const { return "w" + std::to_string(writer); }

  void step(int index, std::mt19937& random) {
    Writer& writer = writers[index];
    if (!writer.producer || random() % 20 == 0) {  // the one before, if any, is a zombie from here on
      auto zombie = std::move(writer.producer);
      writer.producer = transactional(id_of(index));
      if (zombie && !writer.pending.empty()) {
        EXPECT_EQ(zombie->commit_transaction().error().code, ErrorCode::producer_fenced);
      }
      writer.is_open = false;
      writer.pending.clear();
    }
    if (!writer.is_open) {
      ASSERT_TRUE(writer.producer->begin_transaction());
      writer.is_open = true;
    }
    switch (random() % 8) {
      default:
        write(index, static_cast<int>(random() % kPartitions));
        break;
      case 5:
        ASSERT_TRUE(writer.producer->flush());
        break;
      case 6:
        ASSERT_TRUE(writer.producer->abort_transaction());
        writer.is_open = false;
        writer.pending.clear();
        break;
      case 7:
        ASSERT_TRUE(writer.producer->commit_transaction());
        writer.is_open = false;
        for (auto& [partition, values] : writer.pending) {
          auto& all = writer.committed[partition];
          all.insert(all.end(), values.begin(), values.end());
        }
        writer.pending.clear();
        break;
    }
  }

  void write(int index, int partition) {
    std::string value = id_of(index) + ":" + std::to_string(++written);
    ASSERT_TRUE(put(*writers[index].producer, partition_of("out", partition), value));
    writers[index].pending[partition].push_back(value);
  }

  void follow() {
    auto batches = reader->poll(at_once());
    ASSERT_TRUE(batches) << batches.error().to_string();
    for (const auto& fetched : *batches) {
      for (const auto& value : values_in({fetched})) {
        seen[{value.substr(0, 2), fetched.partition.partition.value()}].push_back(value);
      }
    }
  }

  void check() {
    for (auto& writer : writers) writer.producer.reset();  // aborts what is open, so that all is readable
    for (int i = 0; i < 100; ++i) follow();
    for (int w = 0; w < kProducers; ++w) {
      for (int p = 0; p < kPartitions; ++p) {
        EXPECT_EQ((seen[{id_of(w), p}]), writers[w].committed[p]) << id_of(w) << " in partition " << p;
      }
    }
  }

  Writer writers[kProducers];
  std::unique_ptr<Consumer> reader;
  std::map<std::pair<std::string, int>, Values> seen;
  int written = 0;
};

class RandomHistory : public History, public testing::WithParamInterface<unsigned> {};

TEST_P(RandomHistory, a_reader_sees_what_was_committed_once_and_in_order) {
  std::mt19937 random(GetParam());
  const int steps = std::getenv("WEIR_SOAK") != nullptr ? 20'000 : 400;
  for (int i = 0; i < steps && !HasFatalFailure(); ++i) {
    step(static_cast<int>(random() % kProducers), random);
    if (random() % 4 == 0) follow();
  }
  check();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, testing::Range(0u, 10u));

}  // namespace
}  // namespace weir::log
