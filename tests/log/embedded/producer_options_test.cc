// What a producer may be told beside how large its batches are: partitioners, deliveries, how old metadata may be.
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

}  // namespace
}  // namespace weir::log
