// An embedded log over files in memory, and what tests of clients say most often.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"
#include "tests/log/way.h"

namespace weir::log {

inline TopicPartition partition_of(std::string topic, std::int32_t partition = 0) {
  return {std::move(topic), PartitionIndex(partition)};
}

// The values of the batches' records that are wanted, in order.
inline std::vector<std::string> values_in(const std::vector<FetchedBatch>& batches) {
  std::vector<std::string> values;
  for (const auto& fetched : batches) {
    BatchReader reader;
    EXPECT_TRUE(for_each_record(reader, fetched, [&](const RecordView& record) -> Result<> {
      values.emplace_back(record.value.value_or("(null)"));
      return {};
    }));
  }
  return values;
}

// How long what is there may take to come.
inline Millis at_once() {
  return test_way() == "tcp" ? Millis(100) : Millis(0);
}

class ClientTest : public testing::Test {
 protected:
  explicit ClientTest(Clock* clock = nullptr)
      : client(over_the_way(open("log", {.durability = Durability::os, .files = &files, .clock = clock}).value())) {}

  void create(const std::string& topic, std::int32_t partitions = 1) {
    auto created = client.admin()->create_topic({topic, partitions, {}});
    ASSERT_TRUE(created) << created.error().to_string();
  }
  std::unique_ptr<Producer> plain(ProducerOptions options = {}) const { return client.producer(options).value(); }
  std::unique_ptr<Producer> transactional(const std::string& id) const {
    ProducerOptions options;
    options.transactional_id = id;
    auto made = client.producer(options).value();
    auto initialized = made->init_transactions();
    EXPECT_TRUE(initialized) << initialized.error().to_string();
    return made;
  }
  std::unique_ptr<Consumer> consumer(std::vector<TopicPartition> partitions, ConsumerOptions options = {}) const {
    auto made = client.consumer(options).value();
    auto assigned = made->assign(std::move(partitions));
    EXPECT_TRUE(assigned) << assigned.error().to_string();
    return made;
  }
  // Everything that is there now.
  static std::vector<std::string> read(Consumer& consumer) {
    std::vector<std::string> all;
    for (;;) {
      auto batches = consumer.poll(at_once());
      EXPECT_TRUE(batches) << batches.error().to_string();
      if (!batches || batches->empty()) return all;
      auto values = values_in(*batches);
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  std::vector<std::string> committed_in(const TopicPartition& partition) const { return read(*consumer({partition})); }
  std::vector<std::string> all_in(const TopicPartition& partition) const {
    ConsumerOptions options;
    options.isolation = Isolation::read_uncommitted;
    return read(*consumer({partition}, options));
  }
  static Result<> put(Producer& producer, const TopicPartition& partition, const std::string& value) {
    WEIR_TRY_VAR(lane, producer.lane(partition));
    return producer.send(*lane, 1'000, "k", value);
  }

  using Values = std::vector<std::string>;

  MemoryFileSystem files;
  Client client;
};

}  // namespace weir::log
