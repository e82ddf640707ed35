#include "tests/log/embedded/client_fixture.h"

namespace weir::log {
namespace {

class Topics : public ClientTest {};

TEST_F(Topics, are_created_described_listed_and_deleted) {
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"clicks", 3, {{"retention.ms", "1000"}}}));
  auto clicks = admin->describe_topic("clicks");
  ASSERT_TRUE(clicks) << clicks.error().to_string();
  EXPECT_EQ(clicks->name, "clicks");
  EXPECT_EQ(clicks->partitions, 3);
  EXPECT_EQ(clicks->id.is_zero(), !way_takes(wire::ApiKey::metadata, 10));
  EXPECT_FALSE(clicks->is_internal);
  EXPECT_EQ(clicks->configs, (std::map<std::string, std::string>{{"retention.ms", "1000"}}));
  ASSERT_TRUE(admin->create_topic({"views"}));
  std::vector<std::string> names;
  auto listed = admin->list_topics().value();
  for (const auto& topic : listed) {
    if (!topic.is_internal) names.push_back(topic.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"clicks", "views"}));
  ASSERT_TRUE(admin->delete_topic("clicks"));
  EXPECT_EQ(admin->describe_topic("clicks").error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(Topics, that_cannot_be_are_refused_with_the_reason) {
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"clicks"}));
  EXPECT_EQ(admin->create_topic({"clicks"}).error().code, ErrorCode::topic_already_exists);
  EXPECT_EQ(admin->create_topic({"a/b"}).error().code, ErrorCode::invalid_topic);
  EXPECT_EQ(admin->create_topic({"none", 0}).error().code, ErrorCode::invalid_partitions);
  auto wrong = admin->create_topic({"odd", 1, {{"no.such.setting", "1"}}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, ErrorCode::invalid_config);
  EXPECT_NE(wrong.error().detail.find("no.such.setting"), std::string::npos) << wrong.error().detail;
  EXPECT_EQ(admin->delete_topic("nothing").error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(Topics, made_again_under_the_same_name_are_others) {
  if (!way_takes(wire::ApiKey::metadata, 10)) GTEST_SKIP();
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"clicks"}));
  auto first = admin->describe_topic("clicks")->id;
  ASSERT_TRUE(admin->delete_topic("clicks"));
  ASSERT_TRUE(admin->create_topic({"clicks"}));
  EXPECT_NE(admin->describe_topic("clicks")->id, first);
}

TEST_F(Topics, that_are_compacted_alone_lose_none_by_offset_and_say_what_to_do) {
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"state", 1, {{"cleanup.policy", "compact"}}}));
  ASSERT_TRUE(admin->create_topic({"both", 1, {{"cleanup.policy", "compact,delete"}}}));
  auto producer = *client.producer();
  for (const char* topic : {"state", "both"}) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(producer->send(topic, PartitionIndex(0), 1'000, Bytes("k"), Bytes("v")));
    }
  }
  ASSERT_TRUE(producer->flush());
  const auto refused = admin->delete_records({{{"state", PartitionIndex(0)}, Offset(2)}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::policy_violation);
  EXPECT_NE(refused.error().detail.find("state-0"), std::string::npos) << refused.error().detail;
  EXPECT_NE(refused.error().detail.find("compact,delete"), std::string::npos) << refused.error().detail;
  EXPECT_TRUE(admin->delete_records({{{"both", PartitionIndex(0)}, Offset(2)}}));
  ASSERT_TRUE(admin->alter_topic("state", {{"cleanup.policy", "compact,delete"}}));
  EXPECT_TRUE(admin->delete_records({{{"state", PartitionIndex(0)}, Offset(2)}}));
}

TEST_F(Topics, lose_records_up_to_an_offset_or_all_of_them) {
  auto admin = client.admin();
  ASSERT_TRUE(admin->create_topic({"t", 2, {}}));
  auto producer = *client.producer();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(producer->send("t", PartitionIndex(i % 2), 1'000, std::nullopt, Bytes("v")));
  }
  ASSERT_TRUE(producer->flush());
  const TopicPartition first{"t", PartitionIndex(0)};
  const TopicPartition second{"t", PartitionIndex(1)};
  auto starts = admin->delete_records({{first, Offset(2)}, {second, Offset(-1)}});
  ASSERT_TRUE(starts) << starts.error().to_string();
  EXPECT_EQ(*starts, (std::map<TopicPartition, Offset>{{first, Offset(2)}, {second, Offset(5)}}));
  auto beyond = admin->delete_records({{first, Offset(6)}});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::offset_out_of_range);
  EXPECT_NE(beyond.error().detail.find("t-0"), std::string::npos);
  EXPECT_EQ(admin->delete_records({{{"nope", PartitionIndex(0)}, Offset(1)}}).error().code,
            ErrorCode::unknown_topic_or_partition);
}

}  // namespace
}  // namespace weir::log
