// What an administrator sees of groups, and does with them, through the client.
#include "tests/log/embedded/group_fixture.h"

namespace weir::log {
namespace {

class GroupAdminTest : public GroupFixture {
 protected:
  GroupAdminTest() : admin(client.admin()) {}
  std::unique_ptr<Admin> admin;
};

TEST_F(GroupAdminTest, a_group_is_described_with_what_each_member_has) {
  Reader& a = subscribed();
  Reader& b = subscribed();
  until_shared({&a, &b});
  until([&] { return admin->describe_group("g")->state == "Stable"; }, {&a, &b});
  auto group = admin->describe_group("g").value();
  EXPECT_EQ(group.protocol, "cooperative-sticky");
  ASSERT_EQ(group.members.size(), 2u);
  std::set<TopicPartition> all;
  for (const auto& member : group.members) all.insert(member.partitions.begin(), member.partitions.end());
  EXPECT_EQ(all.size(), 4u);
  EXPECT_EQ(admin->describe_group("none")->state, "Dead");
  auto listed = admin->list_groups().value();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].state, way_takes(wire::ApiKey::list_groups, 4) ? "Stable" : "");
  EXPECT_EQ(listed[0].protocol_type, "consumer");
}

TEST_F(GroupAdminTest, offsets_of_a_group_are_read_set_and_deleted_while_nobody_reads) {
  if (!way_has(wire::ApiKey::offset_delete)) GTEST_SKIP();
  Reader& a = subscribed();
  until_shared({&a});
  write(8);
  expect_all_read_once({&a});
  auto offsets = admin->group_offsets("g").value();
  ASSERT_EQ(offsets.size(), 4u);
  EXPECT_EQ(offsets.at(partition_of("t", 1)).offset, Offset(2));
  const std::vector<PartitionOffset> back{{partition_of("t", 1), {Offset(0)}}};
  const std::vector<TopicPartition> t1{partition_of("t", 1)};
  EXPECT_EQ(admin->set_group_offsets("g", back).error().code, ErrorCode::unknown_member_id);
  EXPECT_EQ(admin->delete_group_offsets("g", t1).error().code, ErrorCode::group_subscribed_to_topic);
  EXPECT_EQ(admin->delete_group("g").error().code, ErrorCode::non_empty_group);
  ASSERT_TRUE(a.consumer->close());
  ASSERT_TRUE(admin->set_group_offsets("g", back));
  EXPECT_EQ(admin->group_offsets("g")->at(t1[0]).offset, Offset(0));
  ASSERT_TRUE(admin->delete_group_offsets("g", t1));
  EXPECT_EQ(admin->group_offsets("g")->size(), 3u);
  ASSERT_TRUE(admin->delete_group("g"));
  EXPECT_EQ(admin->delete_group("g").error().code, ErrorCode::group_id_not_found);
}

TEST_F(GroupAdminTest, topics_are_changed_while_they_are_used) {
  ASSERT_TRUE(admin->alter_topic("t", {{"retention.ms", "5000"}}));
  EXPECT_EQ(admin->describe_topic("t")->configs.at("retention.ms"), "5000");
  ASSERT_TRUE(admin->alter_topic("t", {{"retention.ms", std::nullopt}}));
  EXPECT_TRUE(admin->describe_topic("t")->configs.empty());
  EXPECT_EQ(admin->alter_topic("t", {{"retention.ms", "soon"}}).error().code, ErrorCode::invalid_config);
  ASSERT_TRUE(admin->add_partitions("t", 5));
  EXPECT_EQ(admin->describe_topic("t")->partitions, 5);
  EXPECT_EQ(admin->add_partitions("t", 5).error().code, ErrorCode::invalid_partitions);
}

TEST_F(GroupAdminTest, partitions_that_a_topic_is_given_go_to_the_groups_members) {
  ConsumerOptions options;
  options.metadata_max_age = Millis(5'000);
  Reader& a = subscribed(options);
  Reader& b = subscribed(options);
  until_shared({&a, &b});
  ASSERT_TRUE(admin->add_partitions("t", 6));
  until_shared({&a, &b}, 6);
}

TEST_F(GroupAdminTest, transactions_are_listed) {
  if (!way_has(wire::ApiKey::list_transactions)) GTEST_SKIP();
  auto transactional = client.producer({.transactional_id = "p"}).value();
  ASSERT_TRUE(transactional->init_transactions());
  ASSERT_TRUE(transactional->begin_transaction());
  ASSERT_TRUE(transactional->send("t", PartitionIndex(0), 1'000, std::nullopt, Bytes("x")));
  ASSERT_TRUE(transactional->flush());
  auto listed = admin->list_transactions().value();
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].transactional_id, "p");
  EXPECT_EQ(listed[0].state, "Ongoing");
  ASSERT_TRUE(transactional->commit_transaction());
}

}  // namespace
}  // namespace weir::log
