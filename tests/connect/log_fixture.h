// A log in memory with files beside it, for tests that run connectors against it: what a killed process leaves behind
// can be built from any moment.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"

namespace weir::connect {

class LogFixture : public testing::Test {
 protected:
  static Result<log::Client> open_log(FileSystem& files) {
    return log::open("data", {.durability = log::Durability::os, .segment_bytes = 1024 * 1024, .files = &files});
  }

  static void write_file(FileSystem& files, const std::string& path, const std::string& text) {
    auto file = files.open(path, OpenMode::create).value();
    ASSERT_TRUE(file->truncate(0));
    ASSERT_TRUE(file->write_at(0, text));
  }

  // The values in a topic's partitions, partition by partition.
  static std::vector<std::string> values(const log::Client& client, const std::string& topic,
                                         log::Isolation isolation = log::Isolation::read_committed) {
    std::vector<std::string> all;
    auto description = client.admin()->describe_topic(topic);
    if (!description) return {"error: " + description.error().to_string()};
    for (std::int32_t i = 0; i < description->partitions; ++i) {
      const log::TopicPartition partition{topic, log::PartitionIndex(i)};
      auto read = read_partition(client, partition, isolation, all);
      if (!read) return {"error: " + read.error().to_string()};
    }
    return all;
  }

  static void produce(const log::Client& client, const std::string& topic, const std::vector<std::string>& values) {
    auto producer = client.producer().value();
    for (const auto& value : values) {
      ASSERT_TRUE(producer->send(topic, log::PartitionIndex(0), 0, std::nullopt, Bytes(value)));
    }
    auto flushed = producer->flush();
    ASSERT_TRUE(flushed) << flushed.error().to_string();
  }

  MemoryFileSystem files_;

 private:
  static Result<> read_partition(const log::Client& client, const log::TopicPartition& partition,
                                 log::Isolation isolation, std::vector<std::string>& all) {
    log::ConsumerOptions options;
    options.isolation = isolation;
    WEIR_TRY_VAR(consumer, client.consumer(options));
    WEIR_TRY(consumer->assign({partition}));
    WEIR_TRY_VAR(ends, consumer->end_offsets({&partition, 1}, isolation));
    log::BatchReader reader;
    for (;;) {
      WEIR_TRY_VAR(position, consumer->position(partition));
      if (position >= ends[partition]) return {};
      WEIR_TRY_VAR(batches, consumer->poll(Millis(1'000)));
      for (const auto& batch : batches) {
        WEIR_TRY(for_each_record(reader, batch, [&](const log::RecordView& record) -> Result<> {
          all.push_back(record.value ? std::string(*record.value) : "null");
          return {};
        }));
      }
    }
  }
};

}  // namespace weir::connect
