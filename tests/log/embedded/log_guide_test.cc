// docs/log.md: its snippets, as they stand there, run one after another over one log.
#include <iostream>

#include <gtest/gtest.h>

#include "log/log.h"
#include "sim/memory_file.h"

namespace {

using namespace std::chrono_literals;
using Batches = std::vector<weir::log::FetchedBatch>;

constexpr std::int64_t now_ms = 7'200'000;

weir::Result<> topics(weir::log::Client& log) {
  auto admin = log.admin();
  WEIR_TRY(admin->create_topic({"payments", 4, {{"durability", "fsync"}, {"retention.ms", "604800000"}}}));
  WEIR_TRY(ensure_topic(*admin, {"customers", 1, {{"cleanup.policy", "compact"}}}));  // made, if it is not there
  WEIR_TRY(admin->alter_topic("payments", {{"retention.bytes", "1000000000"}, {"retention.ms", std::nullopt}}));
  WEIR_TRY(admin->add_partitions("payments", 6));
  WEIR_TRY_VAR(payments, admin->describe_topic("payments"));
  EXPECT_EQ(payments.partitions, 6);
  EXPECT_EQ(payments.configs,
            (std::map<std::string, std::string>{{"durability", "fsync"}, {"retention.bytes", "1000000000"}}));
  return {};
}

weir::Result<> writing(weir::log::Client& log) {
  WEIR_TRY_VAR(producer, log.producer({.linger = 5ms, .compression = weir::log::Compression::lz4}));
  WEIR_TRY(producer->send("payments", std::nullopt, now_ms, "card-17", "12.50"));  // to the partition of its key
  WEIR_TRY(producer->send("payments", weir::log::PartitionIndex(2), now_ms, "card-18",
                          std::nullopt));  // to this one; no value
  const weir::log::HeaderView headers[] = {{"source", "till-4"}};
  WEIR_TRY(producer->send("payments", std::nullopt, now_ms, "card-17", "3.00", headers));
  WEIR_TRY(producer->flush());  // all of it is acknowledged
  WEIR_TRY_VAR(lane, producer->lane({"payments", weir::log::PartitionIndex(0)}));
  for (int i = 0; i < 1'000; ++i) WEIR_TRY(producer->send(*lane, now_ms, "key", "value"));
  return producer->flush();
}

weir::Result<> partitioning(weir::log::Client& log) {
  testing::internal::CaptureStdout();
  weir::log::ProducerOptions by_region;
  by_region.reports_deliveries = true;
  by_region.partitioner = [](const std::string&, auto key, auto, std::int32_t count) {
    return weir::log::PartitionIndex(key && key->starts_with("eu-") ? 0 : count - 1);
  };
  WEIR_TRY_VAR(regional, log.producer(by_region));
  WEIR_TRY(regional->send("payments", std::nullopt, now_ms, "eu-card-1", "7.00"));
  WEIR_TRY(regional->flush());
  for (const auto& delivery : regional->take_deliveries()) {
    std::cout << delivery.partition.to_string() << ": " << delivery.count << " from " << delivery.first.value() << "\n";
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "payments-0: 1 from 1000\n");
  return {};
}

weir::Result<> reading(weir::log::Client& log) {
  testing::internal::CaptureStdout();
  WEIR_TRY_VAR(consumer, log.consumer());
  WEIR_TRY(consumer->assign({{"payments", weir::log::PartitionIndex(0)}, {"payments", weir::log::PartitionIndex(2)}}));
  weir::log::BatchReader reader;
  WEIR_TRY_VAR(batches, consumer->poll(100ms));
  for (const auto& fetched : batches) {
    WEIR_TRY(for_each_record(reader, fetched, [&](const weir::log::RecordView& record) -> weir::Result<> {
      std::cout << record.offset.value() << " " << record.key.value_or("-") << "=" << record.value.value_or("-")
                << "\n";
      return {};
    }));
  }
  const std::string shown = testing::internal::GetCapturedStdout();
  EXPECT_NE(shown.find("1000 eu-card-1=7.00\n"), std::string::npos);
  EXPECT_NE(shown.find("0 card-18=-\n"), std::string::npos);

  const weir::log::TopicPartition first{"payments", weir::log::PartitionIndex(0)};
  WEIR_TRY_VAR(since, consumer->offsets_for_times({{first, now_ms - 3'600'000}}));  // the first record of the last hour
  if (since.contains(first)) WEIR_TRY(consumer->seek(first, since[first]));
  consumer->pause(0);  // polls pass over the first of assignment(), its position stays
  consumer->resume(0);
  WEIR_TRY_VAR(ends, consumer->end_offsets({&first, 1}, weir::log::Isolation::read_committed));
  EXPECT_EQ(since[first], weir::log::Offset(0));
  EXPECT_EQ(ends[first], weir::log::Offset(1'001));
  return {};
}

weir::Result<> sharing(weir::log::Client& log) {
  std::size_t dealt_with = 0;
  auto finish_work_on = [](auto) {
  };
  auto forget = [](auto) {
  };
  auto work_is_left = [&] {
    return dealt_with < 1'004;
  };
  weir::log::BatchReader reader;
  auto deal_with = [&](const Batches& polled) -> weir::Result<> {
    for (const auto& fetched : polled) {
      WEIR_TRY(for_each_record(reader, fetched, [&](const auto&) -> weir::Result<> {
        ++dealt_with;
        return {};
      }));
    }
    return {};
  };
  weir::log::ConsumerOptions options;
  options.group_id = "fraud-check";
  options.group_instance_id = "host-7";  // keeps its partitions over a restart
  WEIR_TRY_VAR(member, log.consumer(options));
  weir::log::RebalanceCallbacks told;
  told.revoked = [&](auto partitions) {
    finish_work_on(partitions);
  };  // the last chance to commit them
  told.lost = [&](auto partitions) {
    forget(partitions);
  };  // others have them already
  WEIR_TRY(member->subscribe({"payments"}, told));
  while (work_is_left()) {
    WEIR_TRY_VAR(polled, member->poll(100ms));
    WEIR_TRY(deal_with(polled));
    if (!polled.empty()) WEIR_TRY(member->commit());  // what was polled before counts as dealt with
  }
  WEIR_TRY(member->close());  // its partitions go to the others at once
  EXPECT_EQ(dealt_with, 1'004u);
  WEIR_TRY_VAR(committed, log.admin()->group_offsets("fraud-check"));
  const weir::log::TopicPartition first{"payments", weir::log::PartitionIndex(0)};
  EXPECT_EQ(committed[first].offset, weir::log::Offset(1'001));
  return {};
}

weir::Result<> transactions(weir::log::Client& log) {
  const weir::log::TopicPartition first{"payments", weir::log::PartitionIndex(0)};
  weir::log::ProducerOptions settling;
  settling.transactional_id = "settle-0";  // one of this name at a time: an older one is fenced
  WEIR_TRY_VAR(settler, log.producer(settling));
  WEIR_TRY(settler->init_transactions());
  WEIR_TRY(settler->begin_transaction());
  WEIR_TRY(settler->send("customers", std::nullopt, now_ms, "ada", "settled"));
  const weir::log::PartitionOffset read_up_to[] = {{first, {weir::log::Offset(2)}}};
  WEIR_TRY(settler->send_offsets({.group_id = "settlement"}, read_up_to));
  WEIR_TRY(settler->commit_transaction());
  WEIR_TRY_VAR(committed, log.admin()->group_offsets("settlement"));
  EXPECT_EQ(committed[first].offset, weir::log::Offset(2));
  return {};
}

weir::Result<> making_room(weir::log::Client& log) {
  auto admin = log.admin();
  const weir::log::TopicPartition first{"payments", weir::log::PartitionIndex(0)};
  WEIR_TRY_VAR(begins_at, admin->delete_records({{first, weir::log::Offset(2)}}));  // for good once it returns
  WEIR_TRY_VAR(groups, admin->list_groups());
  WEIR_TRY(admin->delete_group("settlement"));
  WEIR_TRY(admin->delete_topic("payments"));
  EXPECT_EQ(begins_at[first], weir::log::Offset(2));
  EXPECT_EQ(groups.size(), 2u);
  EXPECT_EQ(admin->describe_topic("payments").error().code, weir::ErrorCode::unknown_topic_or_partition);
  return {};
}

TEST(LogGuide, does_what_it_says) {
  weir::MemoryFileSystem files;
  auto log = weir::log::open("data", {.files = &files}).value();
  for (auto step : {topics, writing, partitioning, reading, sharing, transactions, making_room}) {
    const auto done = step(log);
    ASSERT_TRUE(done) << done.error().to_string();
  }
}

}  // namespace
