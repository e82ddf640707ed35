// What a producer may be told beside how large its batches are: partitioners, deliveries, how old metadata may be.
#include <ctime>
#include <fstream>

#include <unistd.h>

#include "tests/log/embedded/group_fixture.h"

namespace weir::log {
namespace {

class ProducerOptionsTest : public GroupFixture {
 protected:
  std::int64_t end_of(std::int32_t partition) {
    auto consumer = client.consumer().value();
    const std::vector<TopicPartition> one{partition_of("t", partition)};
    return consumer->end_offsets(one, Isolation::read_uncommitted)->at(one[0]).value();
  }
  static Result<> put(Producer& producer, NullableBytes key, Bytes value) {
    return producer.send("t", std::nullopt, 1'000, key, value);
  }
};

TEST_F(ProducerOptionsTest, an_own_partitioner_decides_where_records_go_that_name_no_partition) {
  ProducerOptions options;
  options.partitioner = [](const std::string& topic, NullableBytes, NullableBytes value, std::int32_t count) {
    EXPECT_EQ(topic, "t");
    EXPECT_EQ(count, 4);
    return PartitionIndex(value == Bytes("odd") ? 9 : 3);
  };
  auto own = client.producer(options).value();
  ASSERT_TRUE(put(*own, Bytes("k"), "v"));
  ASSERT_TRUE(put(*own, std::nullopt, "v"));
  ASSERT_TRUE(own->send("t", PartitionIndex(1), 1'000, std::nullopt, Bytes("v")));
  EXPECT_EQ(put(*own, std::nullopt, "odd").error().code, ErrorCode::unknown_topic_or_partition);
  ASSERT_TRUE(own->flush());
  EXPECT_EQ(end_of(3), 2);
  EXPECT_EQ(end_of(1), 1);
}

TEST_F(ProducerOptionsTest, partitions_that_come_while_it_runs_are_written_once_metadata_is_old) {
  ProducerOptions options;
  options.metadata_max_age = Millis(5'000);
  auto running = client.producer(options).value();
  auto write_round = [&] {
    for (int i = 0; i < 12; ++i) {
      ASSERT_TRUE(put(*running, Bytes("key " + std::to_string(i)), "v"));
    }
    ASSERT_TRUE(running->flush());
  };
  write_round();
  ASSERT_TRUE(client.admin()->add_partitions("t", 8));
  write_round();
  for (std::int32_t i = 4; i < 8; ++i) EXPECT_EQ(end_of(i), 0);
  clock.advance(Millis(5'000));
  ASSERT_TRUE(running->flush());
  write_round();
  std::int64_t in_new = 0;
  for (std::int32_t i = 4; i < 8; ++i) in_new += end_of(i);
  std::int64_t expected = 0;
  for (int i = 0; i < 12; ++i) expected += partition_of_key("key " + std::to_string(i), 8).value() >= 4 ? 1 : 0;
  EXPECT_EQ(in_new, expected);
  EXPECT_GT(in_new, 0);
}

TEST_F(ProducerOptionsTest, a_batch_that_lingered_leaves_with_the_next_record_wherever_that_goes) {
  ProducerOptions options;
  options.linger = Millis(10);
  auto patient = client.producer(options).value();
  auto send_to = [&](std::int32_t partition) {
    ASSERT_TRUE(patient->send("t", PartitionIndex(partition), 1'000, std::nullopt, Bytes("v")));
  };
  send_to(0);
  clock.advance(Millis(9));
  send_to(1);
  EXPECT_EQ(end_of(0), 0);
  clock.advance(Millis(1));
  send_to(1);
  EXPECT_EQ(end_of(0), 1);
  EXPECT_EQ(end_of(1), 0);
  clock.advance(Millis(9));
  send_to(1);
  EXPECT_EQ(end_of(1), 2) << "what was there before this one";
  ASSERT_TRUE(patient->flush());
  EXPECT_EQ(end_of(1), 3);
}

TEST_F(ProducerOptionsTest, deliveries_tell_where_each_batch_stands) {
  ProducerOptions options;
  options.reports_deliveries = true;
  auto reporting = client.producer(options).value();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(reporting->send("t", PartitionIndex(2), 1'000, std::nullopt, Bytes("v")));
  EXPECT_TRUE(reporting->take_deliveries().empty());
  ASSERT_TRUE(reporting->flush());
  ASSERT_TRUE(reporting->send("t", PartitionIndex(2), 1'000, std::nullopt, Bytes("v")));
  ASSERT_TRUE(reporting->flush());
  auto deliveries = reporting->take_deliveries();
  ASSERT_EQ(deliveries.size(), 2u);
  EXPECT_EQ(deliveries[0].partition, partition_of("t", 2));
  EXPECT_EQ(deliveries[0].first, Offset(0));
  EXPECT_EQ(deliveries[0].count, 3);
  EXPECT_EQ(deliveries[1].first, Offset(3));
  EXPECT_TRUE(reporting->take_deliveries().empty());
  write(1);
  EXPECT_TRUE(producer->take_deliveries().empty()) << "nobody asked for them";
}

// A topic that takes batches of 1,000 bytes.
class SmallBatches : public ClientTest {
 protected:
  SmallBatches() { EXPECT_TRUE(client.admin()->create_topic({"t", 1, {{"max.message.bytes", "1000"}}})); }
  Values numbers(int count) const {
    Values values;
    for (int i = 0; i < count; ++i) values.push_back(std::to_string(i));
    return values;
  }
  const TopicPartition t = partition_of("t");
};

TEST_F(SmallBatches, a_batch_that_is_too_large_is_sent_in_parts) {
  for (bool idempotent : {true, false}) {
    for (Compression compression : {Compression::none, Compression::lz4}) {
      ProducerOptions options;
      options.idempotent = idempotent;
      options.compression = compression;
      auto producer = plain(options);
      const auto before = all_in(t).size();
      for (const auto& value : numbers(1'000)) ASSERT_TRUE(put(*producer, t, value));
      auto flushed = producer->flush();
      ASSERT_TRUE(flushed) << flushed.error().to_string();
      // And on, with the sequence numbers that follow.
      ASSERT_TRUE(put(*producer, t, "after"));
      ASSERT_TRUE(producer->flush());
      auto values = all_in(t);
      ASSERT_EQ(values.size(), before + 1'001);
      EXPECT_EQ(Values(values.end() - 1'001, values.end() - 1), numbers(1'000));
      EXPECT_EQ(values.back(), "after");
    }
  }
}

TEST_F(SmallBatches, a_transaction_whose_batches_are_too_large_is_committed_whole) {
  auto producer = transactional("x");
  ASSERT_TRUE(producer->begin_transaction());
  for (const auto& value : numbers(1'000)) ASSERT_TRUE(put(*producer, t, value));
  auto committed = producer->commit_transaction();
  ASSERT_TRUE(committed) << committed.error().to_string();
  EXPECT_EQ(committed_in(t), numbers(1'000));
}

TEST_F(SmallBatches, a_record_that_is_too_large_by_itself_fails_alone_and_says_why) {
  auto producer = plain();
  ASSERT_TRUE(put(*producer, t, "before"));
  ASSERT_TRUE(put(*producer, t, std::string(2'000, 'x')));
  for (const auto& value : numbers(100)) ASSERT_TRUE(put(*producer, t, value));
  auto flushed = producer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::message_too_large);
  for (const char* part : {"t-0", "a record of 2001 bytes", "max.message.bytes is 1000"}) {
    const bool is_told = !std::string_view(part).starts_with("max.") || way_takes(wire::ApiKey::produce, 8);
    EXPECT_TRUE(!is_told || flushed.error().detail.find(part) != std::string::npos) << flushed.error().detail;
  }
  auto expected = numbers(100);
  expected.insert(expected.begin(), "before");
  EXPECT_EQ(all_in(t), expected);
  // The producer goes on.
  ASSERT_TRUE(put(*producer, t, "after"));
  ASSERT_TRUE(producer->flush());
  EXPECT_EQ(all_in(t).back(), "after");
}

TEST_F(SmallBatches, a_transaction_with_a_record_that_is_too_large_cannot_be_committed) {
  auto producer = transactional("x");
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(put(*producer, t, "before"));
  ASSERT_TRUE(put(*producer, t, std::string(2'000, 'x')));
  auto committed = producer->commit_transaction();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, ErrorCode::message_too_large);
  ASSERT_TRUE(producer->abort_transaction());
  ASSERT_TRUE(producer->begin_transaction());
  ASSERT_TRUE(put(*producer, t, "again"));
  ASSERT_TRUE(producer->commit_transaction());
  EXPECT_EQ(committed_in(t), Values{"again"});
}

TEST_F(SmallBatches, refused_records_are_told_to_those_who_ask_and_fail_nothing) {
  ProducerOptions options;
  options.reports_refusals = true;
  auto producer = plain(options);
  ASSERT_TRUE(put(*producer, t, "a"));
  ASSERT_TRUE(put(*producer, t, std::string(2'000, 'x')));
  ASSERT_TRUE(put(*producer, t, "b"));
  ASSERT_TRUE(producer->flush());
  auto refusals = producer->take_refusals();
  ASSERT_EQ(refusals.size(), 1u);
  EXPECT_EQ(refusals[0].partition, t);
  EXPECT_EQ(refusals[0].error.code, ErrorCode::message_too_large);
  EXPECT_EQ(refusals[0].record.header.count, 1);
  EXPECT_EQ(all_in(t), (Values{"a", "b"}));
  EXPECT_TRUE(producer->take_refusals().empty());
}

// What many small batches hold, and what a round over many partitions costs.

std::size_t resident_bytes() {
  std::ifstream status("/proc/self/statm");
  std::size_t all = 0;
  std::size_t resident = 0;
  status >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// A producer that flushes each record; over the machine's files, as those in memory remember everything.
TEST(Memory, sixty_thousand_batches_of_one_record_hold_less_than_64_mib) {
  const std::string directory = testing::TempDir() + "weir_small_batches_" + std::to_string(::getpid());
  ASSERT_TRUE(posix_files().remove_all(directory));
  {
    auto client = open(directory, {.durability = Durability::os}).value();
    ASSERT_TRUE(client.admin()->create_topic({"t", 4, {}}));
    auto producer = client.producer().value();
    const std::size_t before = resident_bytes();
    for (int i = 0; i < 60'000; ++i) {
      ASSERT_TRUE(producer->send("t", PartitionIndex(i % 4), 1, "k", "v"));
      ASSERT_TRUE(producer->flush());
    }
    EXPECT_LT(resident_bytes() - std::min(before, resident_bytes()), 64u * 1024 * 1024);
  }
  ASSERT_TRUE(posix_files().remove_all(directory));
}

// Of this thread, which does all of a round's work: others that keep the machine busy do not count.
std::int64_t thread_cpu_ns() {
  timespec used{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * std::int64_t{1'000'000'000} + used.tv_nsec;
}

TEST_F(ClientTest, a_round_over_many_partitions_grows_with_them_and_not_with_their_square) {
  auto round = [&](const std::string& topic, std::int32_t partitions) {
    create(topic, partitions);
    auto producer = plain();
    std::vector<TopicPartition> all;
    for (std::int32_t i = 0; i < partitions; ++i) all.push_back(partition_of(topic, i));
    auto reader = consumer(all);
    std::int64_t best_ns = INT64_MAX;
    for (int i = 0; i < 5; ++i) {
      const std::int64_t begin_ns = thread_cpu_ns();
      for (const auto& partition : all) EXPECT_TRUE(put(*producer, partition, "v"));
      EXPECT_TRUE(producer->flush());
      EXPECT_EQ(read(*reader).size(), all.size());
      best_ns = std::min(best_ns, thread_cpu_ns() - begin_ns);
    }
    return best_ns;
  };
  const auto few = round("few", 100);
  const auto many = round("many", 800);
  EXPECT_LT(many, few * 8 * 4) << few << " ns for 100, " << many << " ns for 800";
}

TEST_F(ProducerOptionsTest, a_transaction_that_lasts_longer_than_its_time_out_is_aborted_and_its_producer_fenced) {
  ProducerOptions options;
  options.transactional_id = "slow";
  options.transaction_timeout = Millis(20'000);
  auto slow = client.producer(options).value();
  options.transactional_id = "slower";
  options.transaction_timeout = Millis(600'000);
  auto slower = client.producer(options).value();
  for (auto* one : {slow.get(), slower.get()}) {
    ASSERT_TRUE(one->init_transactions());
    ASSERT_TRUE(one->begin_transaction());
    const bool is_slow = one == slow.get();
    ASSERT_TRUE(
        one->send("t", PartitionIndex(is_slow ? 0 : 1), 1'000, std::nullopt, Bytes(is_slow ? "slow" : "slower")));
    ASSERT_TRUE(one->flush());
  }
  for (int i = 0; i < 9; ++i) clock.advance(Millis(10'000));
  EXPECT_EQ(slow->commit_transaction().error().code, ErrorCode::producer_fenced);
  auto committed = slower->commit_transaction();
  EXPECT_TRUE(committed) << committed.error().to_string();
  auto read = [&](std::int32_t partition) {
    auto consumer = client.consumer().value();
    EXPECT_TRUE(consumer->assign({partition_of("t", partition)}));
    return values_in(consumer->poll(at_once()).value());
  };
  EXPECT_TRUE(read(0).empty());
  EXPECT_EQ(read(1), std::vector<std::string>{"slower"});
}

}  // namespace
}  // namespace weir::log
