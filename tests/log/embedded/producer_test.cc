#include <set>

#include "log/model/placement.h"
#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

enum class Kind { plain, not_idempotent, transactional };

// What holds for every producer, transactions or not.
class AnyProducer : public ClientTest, public testing::WithParamInterface<Kind> {
 protected:
  std::unique_ptr<Producer> producer(ProducerOptions options = {}) {
    options.idempotent = GetParam() != Kind::not_idempotent;
    if (GetParam() == Kind::transactional) options.transactional_id = "any";
    auto made = client.producer(options).value();
    if (GetParam() == Kind::transactional) {
      EXPECT_TRUE(made->init_transactions());
      EXPECT_TRUE(made->begin_transaction());
    }
    return made;
  }
  Result<> finish(Producer& producer) {
    return GetParam() == Kind::transactional ? producer.commit_transaction() : producer.flush();
  }
};

TEST_P(AnyProducer, what_is_flushed_is_read_in_order) {
  create("clicks");
  auto writer = producer();
  auto lane = writer->lane(partition_of("clicks"));
  ASSERT_TRUE(lane);
  Values expected;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back("value-" + std::to_string(i));
    ASSERT_TRUE(writer->send(**lane, i, "key", expected.back()));
  }
  ASSERT_TRUE(finish(*writer));
  EXPECT_EQ(committed_in(partition_of("clicks")), expected);
}

TEST_P(AnyProducer, full_batches_leave_before_the_flush) {
  create("clicks");
  ProducerOptions options;
  options.batch_bytes = 1'000;
  auto writer = producer(options);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(put(*writer, partition_of("clicks"), std::string(100, 'x')));
  std::size_t before = all_in(partition_of("clicks")).size();
  EXPECT_GE(before, 40u);
  EXPECT_LT(before, 50u);
  ASSERT_TRUE(finish(*writer));
  EXPECT_EQ(committed_in(partition_of("clicks")).size(), 50u);
}

TEST_P(AnyProducer, a_record_larger_than_a_batch_is_a_batch_of_its_own) {
  create("clicks");
  ProducerOptions options;
  options.batch_bytes = 1'000;
  auto writer = producer(options);
  Values values{"small", std::string(100'000, 'x'), "small too"};
  for (const auto& value : values) ASSERT_TRUE(put(*writer, partition_of("clicks"), value));
  ASSERT_TRUE(finish(*writer));
  EXPECT_EQ(committed_in(partition_of("clicks")), values);
}

TEST_P(AnyProducer, one_flush_serves_many_partitions) {
  create("clicks", 8);
  auto writer = producer();
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(put(*writer, partition_of("clicks", i % 8), std::to_string(i)));
  ASSERT_TRUE(finish(*writer));
  for (int p = 0; p < 8; ++p) EXPECT_EQ(committed_in(partition_of("clicks", p)).size(), 10u) << p;
}

TEST_P(AnyProducer, keys_choose_partitions_as_java_does) {
  create("clicks", 5);
  auto writer = producer();
  for (int i = 0; i < 100; ++i) {
    std::string key = "key-" + std::to_string(i);
    ASSERT_TRUE(writer->send("clicks", std::nullopt, 0, key, key));
  }
  ASSERT_TRUE(finish(*writer));
  std::size_t seen = 0;
  for (int p = 0; p < 5; ++p) {
    for (const auto& key : committed_in(partition_of("clicks", p))) {
      EXPECT_EQ(partition_of_key(key, 5), PartitionIndex(p)) << key;
      ++seen;
    }
  }
  EXPECT_EQ(seen, 100u);
}

TEST_P(AnyProducer, records_without_a_key_fill_one_batch_after_another) {
  create("clicks", 3);
  ProducerOptions options;
  options.batch_bytes = 1'000;
  auto writer = producer(options);
  for (int i = 0; i < 90; ++i)
    ASSERT_TRUE(writer->send("clicks", std::nullopt, 0, std::nullopt, std::string(100, 'x')));
  ASSERT_TRUE(finish(*writer));
  std::size_t total = 0;
  for (int p = 0; p < 3; ++p) {
    std::size_t count = committed_in(partition_of("clicks", p)).size();
    EXPECT_GE(count, 20u) << p;
    total += count;
  }
  EXPECT_EQ(total, 90u);
}

TEST_P(AnyProducer, headers_nulls_and_every_codec_come_back) {
  for (auto codec : {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    if (codec == Compression::zstd && !way_takes(wire::ApiKey::produce, 7)) continue;
    std::string topic(name_of(codec));
    create(topic);
    ProducerOptions options;
    options.compression = codec;
    auto writer = producer(options);
    HeaderView headers[] = {{"trace", "7"}, {"empty", std::nullopt}};
    ASSERT_TRUE(writer->send(topic, PartitionIndex(0), 5, std::nullopt, std::nullopt, headers));
    ASSERT_TRUE(finish(*writer));
    auto batches = consumer({partition_of(topic)})->poll(at_once()).value();
    ASSERT_EQ(batches.size(), 1u);
    BatchReader reader;
    RecordView record;
    ASSERT_TRUE(reader.open(batches[0].batch));
    ASSERT_EQ(reader.fill({&record, 1}).value(), 1u);
    EXPECT_FALSE(record.key);
    EXPECT_FALSE(record.value);
    EXPECT_EQ(record.timestamp_ms, 5);
    auto decoded = record.headers.decode();
    ASSERT_EQ(decoded.size(), 2u);
    EXPECT_EQ(decoded[0].key, "trace");
    EXPECT_EQ(decoded[0].value, "7");
    EXPECT_FALSE(decoded[1].value);
  }
}

TEST_P(AnyProducer, an_unknown_topic_or_partition_is_named) {
  create("clicks", 2);
  auto writer = producer();
  auto lane = writer->lane(partition_of("nothing"));
  ASSERT_FALSE(lane);
  EXPECT_EQ(lane.error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_NE(lane.error().detail.find("nothing"), std::string::npos);
  EXPECT_EQ(writer->lane(partition_of("clicks", 2)).error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(writer->send("clicks", PartitionIndex(-1), 0, {}, {}).error().code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(writer->partition_count("clicks").value(), 2);
}

TEST_P(AnyProducer, a_topic_deleted_meanwhile_is_an_error_that_stays) {
  create("clicks");
  auto writer = producer();
  ASSERT_TRUE(put(*writer, partition_of("clicks"), "lost"));
  ASSERT_TRUE(client.admin()->delete_topic("clicks"));
  auto flushed = writer->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::unknown_topic_or_partition) << flushed.error().to_string();
  EXPECT_FALSE(finish(*writer));
}

INSTANTIATE_TEST_SUITE_P(All, AnyProducer, testing::Values(Kind::plain, Kind::not_idempotent, Kind::transactional),
                         [](const auto& info) {
                           return info.param == Kind::plain            ? "plain"
                                  : info.param == Kind::not_idempotent ? "not_idempotent"
                                                                       : "transactional";
                         });

class PlainProducer : public ClientTest {};

TEST_F(PlainProducer, transactional_calls_are_refused_by_name) {
  auto writer = plain();
  auto begun = writer->begin_transaction();
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().code, ErrorCode::wrong_state);
  EXPECT_NE(begun.error().detail.find("transactional_id"), std::string::npos);
  EXPECT_FALSE(writer->init_transactions());
  EXPECT_FALSE(writer->commit_transaction());
  EXPECT_FALSE(writer->abort_transaction());
}

TEST_F(PlainProducer, options_that_contradict_each_other_are_refused) {
  EXPECT_EQ(client.producer({.acks = 1}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.producer({.transactional_id = "a", .idempotent = false}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.producer({.transactional_id = ""}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.producer({.acks = 2}).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(client.producer({.idempotent = false, .acks = 1}));
}

TEST_F(PlainProducer, a_flush_of_nothing_asks_nobody) {
  EXPECT_TRUE(plain()->flush());
}

}  // namespace
}  // namespace weir::log
