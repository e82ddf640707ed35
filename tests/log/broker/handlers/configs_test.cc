#include "log/broker/handlers/configs.h"

#include "log/broker/retention.h"
#include "log/wire/message.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

using Configs = std::map<std::string, std::string>;

class ConfigsTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.open(files_)); }

  void create(Configs configs) {
    wire::CreateTopicsRequest request;
    auto& topic = request.topics.emplace_back();
    topic.name = std::string("t");  // g++ 12 warns of a literal of one character
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    for (auto& [name, value] : configs) topic.configs.push_back({name, value});
    ASSERT_EQ(broker_.call(request).topics.at(0).error_code, ErrorCode::none);
  }
  wire::DescribeConfigsResponse::DescribeConfigsResult describe(std::int8_t type, std::string name,
                                                                std::optional<std::vector<std::string>> keys = {},
                                                                std::int16_t version = 4) {
    wire::DescribeConfigsRequest request;
    request.resources.push_back({type, std::move(name), std::move(keys)});
    request.include_synonyms = version > 0;
    auto response = broker_.call(request, version);
    EXPECT_TRUE(wire::encoded(response, version));
    return response.results.at(0);
  }
  Configs set() { return broker_.broker->topics().describe("t")->configs; }
  ErrorCode change(std::string name, std::int8_t operation, std::optional<std::string> value = {},
                   std::string topic = "t") {
    wire::IncrementalAlterConfigsRequest request;
    request.resources.push_back({2, std::move(topic), {{std::move(name), operation, std::move(value)}}});
    return broker_.call(request).responses.at(0).error_code;
  }
  ErrorCode send(const RecordBatch& batch) { return broker_.produce(partition_of("t"), batch).error_code; }
  BatchHeader first_batch() {
    auto data = broker_.fetch(partition_of("t"), 0);
    return RecordBatch::parse(data.records->parts.front(), data.records->trust)->header;
  }

  static constexpr std::int8_t kSet = 0, kUnset = 1, kAdd = 2, kTakeAway = 3;
  MemoryFileSystem files_;
  TestBroker broker_;
};

TEST_F(ConfigsTest, every_config_is_described_with_where_its_value_comes_from) {
  create({{"retention.ms", "1000"}});
  auto all = describe(2, "t").configs;
  EXPECT_GT(all.size(), 10u);
  auto some = describe(2, "t", std::vector<std::string>{"retention.ms", "cleanup.policy"}).configs;
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].name, "cleanup.policy");
  EXPECT_EQ(some[0].value, "delete");
  EXPECT_EQ(some[0].config_source, 5);
  EXPECT_EQ(some[1].value, "1000");
  EXPECT_EQ(some[1].config_source, 1);
  EXPECT_EQ(some[1].synonyms.size(), 2u);
  auto old = describe(2, "t", std::vector<std::string>{"cleanup.policy"}, 0).configs;
  EXPECT_TRUE(old.at(0).is_default);
  EXPECT_EQ(describe(2, "none").error_code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(ConfigsTest, a_broker_tells_what_it_was_started_with_and_keeps_it) {
  auto told = describe(4, "0", std::vector<std::string>{"offsets.retention.minutes"}).configs;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].value, "10080");
  EXPECT_TRUE(told[0].read_only);
  EXPECT_EQ(describe(4, "7").error_code, ErrorCode::invalid_request);
  wire::IncrementalAlterConfigsRequest request;
  request.resources.push_back({4, "0", {{"log.segment.bytes", kSet, "5000"}}});
  EXPECT_EQ(broker_.call(request).responses.at(0).error_code, ErrorCode::invalid_request);
}

TEST_F(ConfigsTest, single_configs_are_set_and_unset_and_survive_the_broker) {
  create({{"retention.ms", "1000"}, {"segment.bytes", "5000"}});
  EXPECT_EQ(change("retention.ms", kSet, "2000"), ErrorCode::none);
  EXPECT_EQ(change("segment.bytes", kUnset), ErrorCode::none);
  EXPECT_EQ(change("cleanup.policy", kAdd, "compact"), ErrorCode::none);
  const Configs expected{{"retention.ms", "2000"}, {"cleanup.policy", "delete,compact"}};
  EXPECT_EQ(set(), expected);
  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_));
  EXPECT_EQ(set(), expected);
  EXPECT_EQ(change("cleanup.policy", kTakeAway, "delete"), ErrorCode::none);
  EXPECT_EQ(set().at("cleanup.policy"), "compact");
}

TEST_F(ConfigsTest, changes_that_cannot_be_are_refused_whole) {
  create({});
  EXPECT_EQ(change("retention.ms", kSet, "soon"), ErrorCode::invalid_config);
  EXPECT_EQ(change("no.such.config", kSet, "1"), ErrorCode::invalid_config);
  EXPECT_EQ(change("retention.ms", kAdd, "5"), ErrorCode::invalid_config);
  EXPECT_EQ(change("retention.ms", kSet), ErrorCode::invalid_request);
  EXPECT_EQ(change("retention.ms", 9, "5"), ErrorCode::invalid_request);
  EXPECT_EQ(change("retention.ms", kSet, "5", "none"), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(change("retention.ms", kSet, "5", kOffsetsTopic), ErrorCode::invalid_topic);
  wire::IncrementalAlterConfigsRequest twice;
  twice.resources.push_back({2, "t", {{"retention.ms", kSet, "1"}, {"retention.ms", kSet, "2"}}});
  EXPECT_EQ(broker_.call(twice).responses.at(0).error_code, ErrorCode::invalid_request);
  EXPECT_TRUE(set().empty());
}

TEST_F(ConfigsTest, the_older_request_replaces_all_that_were_set) {
  create({{"retention.ms", "1000"}});
  wire::AlterConfigsRequest request;
  request.resources.push_back({2, "t", {{"segment.bytes", "5000"}}});
  request.validate_only = true;
  EXPECT_EQ(broker_.call(request).responses.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(set(), (Configs{{"retention.ms", "1000"}}));
  request.validate_only = false;
  EXPECT_EQ(broker_.call(request).responses.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(set(), (Configs{{"segment.bytes", "5000"}}));
}

// What is asked of batches ----------------------------------------------------------------------------------------

TEST_F(ConfigsTest, batches_that_are_too_large_are_refused_as_soon_as_that_is_set) {
  create({});
  const auto batch = storage::make_batch(std::string(500, 'x'));
  EXPECT_EQ(send(batch), ErrorCode::none);
  EXPECT_EQ(change("max.message.bytes", kSet, "300"), ErrorCode::none);
  EXPECT_EQ(send(storage::make_batch(std::string(500, 'x'))), ErrorCode::message_too_large);
  EXPECT_EQ(send(storage::make_batch("x")), ErrorCode::none);
  EXPECT_EQ(change("max.message.bytes", kUnset), ErrorCode::none);
  EXPECT_EQ(send(storage::make_batch(std::string(500, 'x'))), ErrorCode::none);
}

TEST_F(ConfigsTest, where_a_topic_is_compacted_every_record_has_a_key) {
  create({{"cleanup.policy", "compact,delete"}});
  EXPECT_EQ(send(storage::make_batch("without a key")), ErrorCode::invalid_record);
  BatchBuilder builder(100);
  builder.add(1'000, "key", "value");
  EXPECT_EQ(send(*builder.seal({})), ErrorCode::none);
  builder.add(1'000, "key", "value");
  builder.add(1'000, std::nullopt, "without a key");
  EXPECT_EQ(send(*builder.seal({.compression = Compression::lz4})), ErrorCode::invalid_record);
  EXPECT_EQ(broker_.committed(partition_of("t")), std::vector<std::string>{"value"});
}

TEST_F(ConfigsTest, the_time_of_the_append_takes_the_place_of_the_producers) {
  create({{"message.timestamp.type", "LogAppendTime"}});
  auto answer = broker_.produce(partition_of("t"), storage::make_batch(storage::BatchSpec{{"a", "b"}, 17}));
  EXPECT_EQ(answer.error_code, ErrorCode::none);
  EXPECT_EQ(answer.log_append_time_ms, broker_.clock.wall_ms());
  auto header = first_batch();
  EXPECT_EQ(header.timestamp_type(), TimestampType::log_append_time);
  EXPECT_EQ(header.max_timestamp, broker_.clock.wall_ms());
  EXPECT_EQ(header.base_timestamp, broker_.clock.wall_ms());
  EXPECT_EQ(broker_.committed(partition_of("t")), (std::vector<std::string>{"a", "b"}));
}

TEST_F(ConfigsTest, a_topics_compression_takes_the_place_of_the_producers) {
  create({{"compression.type", "zstd"}});
  EXPECT_EQ(send(storage::make_batch(storage::from_producer(7, 0, 0, {"a", "b"}))), ErrorCode::none);
  auto header = first_batch();
  EXPECT_EQ(header.compression(), Compression::zstd);
  EXPECT_EQ(header.producer_id, ProducerId(7));
  EXPECT_EQ(header.base_sequence, Sequence(0));
  EXPECT_EQ(send(storage::make_batch(storage::from_producer(7, 0, 2, {"c"}))), ErrorCode::none);
  EXPECT_EQ(broker_.committed(partition_of("t")), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(ConfigsTest, more_copies_than_there_are_brokers_are_not_to_be_had) {
  create({{"min.insync.replicas", "2"}});
  EXPECT_EQ(send(storage::make_batch("x")), ErrorCode::not_enough_replicas);
  wire::ProduceRequest request;
  request.acks = 1;
  auto batch = storage::make_batch("x");
  request.topic_data.push_back({"t", {{PartitionIndex(0), Records{{batch.bytes}, batch.trust}}}});
  EXPECT_EQ(broker_.call(request).responses.at(0).partition_responses.at(0).error_code, ErrorCode::none);
}

TEST_F(ConfigsTest, times_too_far_from_the_clock_are_refused_where_the_topic_says_so_and_taken_elsewhere) {
  create({});
  auto produce = [&](std::int64_t timestamp_ms) {
    return broker_.produce(partition_of("t"), storage::make_batch(storage::BatchSpec{{"v"}, timestamp_ms}));
  };
  const std::int64_t now_ms = broker_.clock.wall_ms();
  EXPECT_EQ(produce(INT64_MAX).error_code, ErrorCode::none);
  EXPECT_EQ(produce(0).error_code, ErrorCode::none);
  EXPECT_EQ(change("message.timestamp.after.max.ms", kSet, "1000"), ErrorCode::none);
  EXPECT_EQ(change("message.timestamp.before.max.ms", kSet, "5000"), ErrorCode::none);
  EXPECT_EQ(produce(now_ms + 1'000).error_code, ErrorCode::none);
  EXPECT_EQ(produce(now_ms - 5'000).error_code, ErrorCode::none);
  for (std::int64_t wrong : {now_ms + 1'001, now_ms - 5'001, INT64_MAX, std::int64_t{0}, std::int64_t{-1}}) {
    const auto refused = produce(wrong);
    EXPECT_EQ(refused.error_code, ErrorCode::invalid_timestamp) << wrong;
    EXPECT_NE(refused.error_message.value_or("").find("message.timestamp."), std::string::npos);
  }
  // The greatest number is no limit.
  EXPECT_EQ(change("message.timestamp.after.max.ms", kSet, "9223372036854775807"), ErrorCode::none);
  EXPECT_EQ(produce(INT64_MAX).error_code, ErrorCode::none);
  // The log's own time is always right.
  EXPECT_EQ(change("message.timestamp.type", kSet, "LogAppendTime"), ErrorCode::none);
  EXPECT_EQ(produce(0).error_code, ErrorCode::none);
}

TEST_F(ConfigsTest, the_greatest_retention_is_no_limit) {
  create({{"retention.ms", "9223372036854775807"},
          {"segment.ms", "9223372036854775807"},
          {"delete.retention.ms", "9223372036854775807"},
          {"min.compaction.lag.ms", "9223372036854775807"},
          {"max.compaction.lag.ms", "9223372036854775807"}});
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(broker_.produce(partition_of("t"), storage::make_batch(std::string(500, 'x'))).error_code,
              ErrorCode::none);
  }
  broker_.clock.advance(Millis(1'000'000'000'000));
  ASSERT_TRUE(apply_retention(broker_.broker->topics(), broker_.clock.wall_ms()));
  EXPECT_EQ(broker_.partition(partition_of("t")).log_start(), Offset(0));
}

}  // namespace
}  // namespace weir::log::broker
