// CreateTopics, DeleteTopics, CreatePartitions, Metadata, FindCoordinator, ApiVersions.
#include "log/broker/handlers/topics.h"

#include "log/broker/handlers/handlers.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/create_partitions.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_log_dirs.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/metadata.h"
#include "tests/log/broker/test_broker.h"

namespace weir::log::broker {
namespace {

using Creatable = wire::CreateTopicsRequest::CreatableTopic;

class TopicHandlersTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(broker_.open(files_)); }

  wire::CreateTopicsResponse::CreatableTopicResult create(Creatable topic, bool validate_only = false) {
    wire::CreateTopicsRequest request;
    request.topics.push_back(std::move(topic));
    request.validate_only = validate_only;
    return broker_.call(std::move(request)).topics.at(0);
  }
  ErrorCode create_with(const std::string& config, const std::string& value) {
    return create({"c" + std::to_string(++count_), 1, 1, {}, {{config, value}}}).error_code;
  }

  MemoryFileSystem files_;
  TestBroker broker_;
  int count_ = 0;
};

TEST_F(TopicHandlersTest, a_created_topic_is_described_as_it_was_wanted) {
  auto created = create({"t", 3, -1, {}, {{"retention.ms", "1000"}}});
  EXPECT_EQ(created.error_code, ErrorCode::none);
  EXPECT_EQ(created.num_partitions, 3);
  EXPECT_EQ(created.replication_factor, 1);
  ASSERT_EQ(created.configs->size(), 1u);
  EXPECT_EQ(created.configs->at(0).value, "1000");

  auto response = broker_.call(wire::MetadataRequest{std::nullopt});
  ASSERT_EQ(response.topics.size(), 1u);
  EXPECT_EQ(response.topics[0].name, "t");
  EXPECT_EQ(response.topics[0].topic_id, created.topic_id);
  EXPECT_EQ(response.topics[0].partitions.size(), 3u);
  EXPECT_EQ(response.topics[0].partitions[2].leader_id, response.brokers.at(0).node_id);
  EXPECT_EQ(response.controller_id, response.brokers.at(0).node_id);
}

TEST_F(TopicHandlersTest, partitions_may_be_assigned_one_by_one) {
  const NodeId here = broker_.broker->options().node_id;
  Creatable topic{"t", -1, -1, {{PartitionIndex(1), {here}}, {PartitionIndex(0), {here}}}, {}};
  EXPECT_EQ(create(topic).num_partitions, 2);
  topic.name = "u";
  topic.assignments[0].partition_index = PartitionIndex(2);
  EXPECT_EQ(create(topic).error_code, ErrorCode::invalid_request);  // 0 and 2
  topic.assignments[0] = {PartitionIndex(1), {NodeId(77)}};
  EXPECT_EQ(create(topic).error_code, ErrorCode::invalid_request);
}

TEST_F(TopicHandlersTest, what_cannot_be_is_refused_with_the_reason) {
  EXPECT_EQ(create({"t", 1, 3, {}, {}}).error_code, ErrorCode::invalid_replication_factor);
  EXPECT_EQ(create({"t", 0, 1, {}, {}}).error_code, ErrorCode::invalid_partitions);
  EXPECT_EQ(create({"a/b", 1, 1, {}, {}}).error_code, ErrorCode::invalid_topic);
  EXPECT_EQ(create({kOffsetsTopic, 1, 1, {}, {}}).error_code, ErrorCode::invalid_topic);
  auto odd = create({"t", 1, 1, {}, {{"retention.ms", "soon"}}});
  EXPECT_EQ(odd.error_code, ErrorCode::invalid_config);
  EXPECT_NE(odd.error_message->find("retention.ms is a whole number"), std::string::npos) << *odd.error_message;
  wire::CreateTopicsRequest twice;
  twice.topics = {{"t", 1, 1, {}, {}}, {"t", 1, 1, {}, {}}, {"u", 1, 1, {}, {}}};
  auto answers = broker_.call(twice).topics;
  EXPECT_EQ(answers[0].error_code, ErrorCode::invalid_request);
  EXPECT_EQ(answers[1].error_code, ErrorCode::invalid_request);
  EXPECT_EQ(answers[2].error_code, ErrorCode::none);
  EXPECT_EQ(create({"u", 1, 1, {}, {}}).error_code, ErrorCode::topic_already_exists);
}

TEST_F(TopicHandlersTest, configs_are_checked_by_name_and_value) {
  for (const char* value : {"delete", "compact", "compact,delete", "delete, compact"}) {
    EXPECT_EQ(create_with("cleanup.policy", value), ErrorCode::none) << value;
  }
  for (const char* value : {"", "shrink", "delete,", "compact;delete"}) {
    EXPECT_EQ(create_with("cleanup.policy", value), ErrorCode::invalid_config) << value;
  }
  EXPECT_EQ(create_with("retention.ms", "-1"), ErrorCode::none);
  EXPECT_EQ(create_with("retention.ms", "-2"), ErrorCode::invalid_config);
  EXPECT_EQ(create_with("retention.ms", "1s"), ErrorCode::invalid_config);
  EXPECT_EQ(create_with("min.cleanable.dirty.ratio", "0.5"), ErrorCode::none);
  EXPECT_EQ(create_with("min.cleanable.dirty.ratio", "1.5"), ErrorCode::invalid_config);
  EXPECT_EQ(create_with("compression.type", "zstd"), ErrorCode::none);
  EXPECT_EQ(create_with("compression.type", "rar"), ErrorCode::invalid_config);
  EXPECT_EQ(create_with("colour", "red"), ErrorCode::invalid_config);
}

TEST_F(TopicHandlersTest, validating_creates_nothing) {
  EXPECT_EQ(create({"t", 1, 1, {}, {}}, true).error_code, ErrorCode::none);
  EXPECT_FALSE(broker_.broker->topics().describe("t"));
  EXPECT_EQ(create({"..", 1, 1, {}, {}}, true).error_code, ErrorCode::invalid_topic);
}

TEST_F(TopicHandlersTest, a_topic_is_deleted_by_name_or_id_and_its_offsets_with_it) {
  auto first = create({"t", 1, 1, {}, {}});
  ASSERT_EQ(broker_.commit_offset("g", partition_of("t"), 5), ErrorCode::none);
  wire::DeleteTopicsRequest by_id;
  by_id.topics.push_back({std::nullopt, first.topic_id});
  auto deleted = broker_.call(by_id).responses.at(0);
  EXPECT_EQ(deleted.error_code, ErrorCode::none);
  EXPECT_EQ(deleted.name, "t");
  EXPECT_EQ(broker_.call(by_id).responses.at(0).error_code, ErrorCode::unknown_topic_id);
  create({"t", 1, 1, {}, {}});
  EXPECT_EQ(*broker_.committed_offset("g", partition_of("t")), -1);
  wire::DeleteTopicsRequest by_name;
  by_name.topic_names = {"t", "none", kOffsetsTopic};
  auto answers = broker_.call(by_name, 5).responses;
  EXPECT_EQ(answers[0].error_code, ErrorCode::none);
  EXPECT_EQ(answers[1].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(answers[2].error_code, ErrorCode::invalid_topic);
}

TEST_F(TopicHandlersTest, a_topic_is_given_more_partitions_and_keeps_them) {
  create({"t", 1, 1, {}, {}});
  auto grow = [&](std::int32_t count, bool validate_only = false) {
    wire::CreatePartitionsRequest request;
    request.topics.push_back({"t", count, std::nullopt});
    request.validate_only = validate_only;
    return broker_.call(request).results.at(0).error_code;
  };
  EXPECT_EQ(grow(1), ErrorCode::invalid_partitions);
  EXPECT_EQ(grow(3, true), ErrorCode::none);
  EXPECT_FALSE(broker_.broker->topics().find("t", PartitionIndex(2)));
  EXPECT_EQ(grow(3), ErrorCode::none);
  EXPECT_EQ(broker_.produce(partition_of("t", 2), storage::make_batch("x")).error_code, ErrorCode::none);
  broker_.broker.reset();
  ASSERT_TRUE(broker_.open(files_));
  EXPECT_EQ(broker_.committed(partition_of("t", 2)), std::vector<std::string>{"x"});
  wire::CreatePartitionsRequest wrong;
  wrong.topics = {{"none", 2, std::nullopt}, {kOffsetsTopic, 100, std::nullopt}};
  auto results = broker_.call(wrong).results;
  EXPECT_EQ(results[0].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(results[1].error_code, ErrorCode::invalid_topic);
}

TEST_F(TopicHandlersTest, metadata_says_of_each_topic_that_is_not_there_why) {
  wire::MetadataRequest request;
  request.topics->push_back({{}, "none"});
  request.topics->push_back({{}, "a/b"});
  Uuid unknown;
  unknown.bytes[0] = 9;
  request.topics->push_back({unknown, std::nullopt});
  auto topics = broker_.call(request).topics;
  EXPECT_EQ(topics[0].error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(topics[1].error_code, ErrorCode::invalid_topic);
  EXPECT_EQ(topics[2].error_code, ErrorCode::unknown_topic_id);
  EXPECT_FALSE(broker_.broker->topics().describe("none"));
}

TEST_F(TopicHandlersTest, an_empty_list_means_all_topics_in_the_oldest_request_and_none_later) {
  create({"t", 1, 1, {}, {}});
  EXPECT_EQ(broker_.call(wire::MetadataRequest{}, 0).topics.size(), 1u);
  EXPECT_TRUE(broker_.call(wire::MetadataRequest{}, 1).topics.empty());
}

TEST_F(TopicHandlersTest, one_node_coordinates_everything) {
  wire::FindCoordinatorRequest old;
  old.key = "g";
  EXPECT_EQ(broker_.call(old, 2).node_id, broker_.broker->options().node_id);
  wire::FindCoordinatorRequest request;
  request.key_type = wire::CoordinatorType::transaction;
  request.coordinator_keys = {"a", "b"};
  auto coordinators = broker_.call(request).coordinators;
  ASSERT_EQ(coordinators.size(), 2u);
  EXPECT_EQ(coordinators[1].key, "b");
  EXPECT_EQ(coordinators[1].error_code, ErrorCode::none);
  request.key_type = static_cast<wire::CoordinatorType>(2);
  EXPECT_EQ(broker_.call(request).coordinators.at(0).error_code, ErrorCode::invalid_request);
}

TEST_F(TopicHandlersTest, api_versions_tells_what_has_a_handler_and_nothing_else) {
  auto keys = broker_.call(wire::ApiVersionsRequest{}).api_keys;
  ASSERT_EQ(keys.size(), handlers().size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Handler& handler = handlers()[i];
    EXPECT_EQ(keys[i].api_key, handler.api);
    EXPECT_EQ(keys[i].min_version, handler.min_version);
    EXPECT_EQ(keys[i].max_version, handler.max_version);
    EXPECT_EQ(find_handler(keys[i].api_key), &handler);
  }
}

TEST_F(TopicHandlersTest, handlers_ascend_and_answer_only_versions_that_have_messages) {
  std::int16_t previous = -1;
  for (const Handler& handler : handlers()) {
    const auto key = static_cast<std::int16_t>(handler.api);
    EXPECT_GT(key, previous);
    previous = key;
    const wire::ApiRow* messages = wire::find_api(handler.api);
    ASSERT_TRUE(messages) << key;
    EXPECT_GE(handler.min_version, messages->min_version) << messages->name;
    EXPECT_LE(handler.max_version, messages->max_version) << messages->name;
    EXPECT_NE(handler.answer, nullptr) << messages->name;
  }
  EXPECT_EQ(find_handler(wire::ApiKey::elect_leaders), nullptr);  // has messages, but nobody to answer it
}

TEST_F(TopicHandlersTest, the_room_that_partitions_take_is_told) {
  ASSERT_EQ(broker_.create_topic("a", 2), ErrorCode::none);
  ASSERT_EQ(broker_.create_topic("b"), ErrorCode::none);
  ASSERT_EQ(broker_.produce(partition_of("a", 1), storage::make_batch("a")).error_code, ErrorCode::none);
  wire::DescribeLogDirsRequest all;
  all.topics.reset();
  auto told = broker_.call(all).results.at(0);
  EXPECT_EQ(told.log_dir, "log");
  ASSERT_EQ(told.topics.size(), 2u);
  EXPECT_EQ(told.topics[0].partitions.at(0).partition_size, 0);
  EXPECT_GT(told.topics[0].partitions.at(1).partition_size, 60);
  wire::DescribeLogDirsRequest some;
  some.topics.emplace().push_back({"b", {PartitionIndex(0), PartitionIndex(1)}});
  some.topics->push_back({"none", {PartitionIndex(0)}});
  told = broker_.call(some, 0).results.at(0);
  ASSERT_EQ(told.topics.size(), 1u);
  EXPECT_EQ(told.topics[0].partitions.size(), 1u);
}

}  // namespace
}  // namespace weir::log::broker
