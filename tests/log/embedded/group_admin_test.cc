// What an administrator sees of groups, and does with them, through the client.
#include <algorithm>

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

TEST_F(GroupAdminTest, a_transaction_is_described_with_where_it_has_written) {
  if (!way_has(wire::ApiKey::describe_transactions)) GTEST_SKIP();
  auto transactional = client.producer({.transactional_id = "p", .transaction_timeout = Millis(12'345)}).value();
  ASSERT_TRUE(transactional->init_transactions());
  EXPECT_EQ(admin->describe_transaction("p")->state, "Empty");
  EXPECT_EQ(admin->describe_transaction("p")->start_ms, std::nullopt);
  ASSERT_TRUE(transactional->begin_transaction());
  ASSERT_TRUE(transactional->send("t", PartitionIndex(2), 1'000, std::nullopt, Bytes("x")));
  ASSERT_TRUE(transactional->flush());
  const auto open = admin->describe_transaction("p").value();
  EXPECT_EQ(open.state, "Ongoing");
  EXPECT_EQ(open.timeout, Millis(12'345));
  EXPECT_TRUE(open.start_ms);
  EXPECT_EQ(open.partitions, (std::vector{partition_of("t", 2)}));
  ASSERT_TRUE(transactional->commit_transaction());
  EXPECT_TRUE(admin->describe_transaction("p")->state.ends_with("Commit"));
  EXPECT_EQ(admin->describe_transaction("nobody").error().code, ErrorCode::transactional_id_not_found);
}

// As one does whose coordinator has forgotten it: who reads what is committed goes on.
TEST_F(GroupAdminTest, a_transaction_is_ended_in_its_partition) {
  if (!way_has(wire::ApiKey::describe_producers)) GTEST_SKIP();
  const TopicPartition partition = partition_of("t", 1);
  const auto ends = [&](Isolation isolation) {
    return client.consumer().value()->end_offsets({&partition, 1}, isolation)->at(partition);
  };
  auto plain = client.producer().value();
  ASSERT_TRUE(plain->send("t", PartitionIndex(1), 1'000, std::nullopt, Bytes("before")));
  ASSERT_TRUE(plain->flush());
  auto transactional = client.producer({.transactional_id = "p"}).value();
  ASSERT_TRUE(transactional->init_transactions());
  ASSERT_TRUE(transactional->begin_transaction());
  ASSERT_TRUE(transactional->send("t", PartitionIndex(1), 1'000, std::nullopt, Bytes("x")));
  ASSERT_TRUE(transactional->flush());
  ASSERT_TRUE(plain->send("t", PartitionIndex(1), 1'000, std::nullopt, Bytes("behind")));
  ASSERT_TRUE(plain->flush());
  EXPECT_EQ(ends(Isolation::read_committed), Offset(1));

  const auto open = admin->active_producers(partition).value();
  const auto found = std::ranges::find_if(open, [](const auto& one) { return one.transaction_start.has_value(); });
  ASSERT_NE(found, open.end());
  EXPECT_EQ(found->transaction_start, Offset(1));
  EXPECT_EQ(found->id, admin->describe_transaction("p")->producer_id);
  EXPECT_EQ(admin->abort_transaction(partition, Offset(0)).error().code, ErrorCode::not_found);
  ASSERT_TRUE(admin->abort_transaction(partition, Offset(1)));
  EXPECT_EQ(ends(Isolation::read_committed), ends(Isolation::read_uncommitted));
  const auto ended = admin->active_producers(partition).value();
  for (const auto& producer : ended) EXPECT_EQ(producer.transaction_start, std::nullopt);
  EXPECT_EQ(admin->active_producers(partition_of("none", 0)).error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(GroupAdminTest, settings_are_shown_as_they_count) {
  ASSERT_TRUE(admin->alter_topic("t", {{"retention.ms", "5000"}}));
  const auto value_of = [](const std::vector<ConfigEntry>& entries, const std::string& name) {
    const auto found = std::ranges::find(entries, name, &ConfigEntry::name);
    return found == entries.end() ? ConfigEntry{} : *found;
  };
  const auto topic = admin->topic_configs("t").value();
  EXPECT_TRUE(std::ranges::is_sorted(topic, {}, &ConfigEntry::name));
  EXPECT_EQ(value_of(topic, "retention.ms").value, "5000");
  EXPECT_FALSE(value_of(topic, "retention.ms").is_default);
  EXPECT_EQ(value_of(topic, "cleanup.policy").value, "delete");
  EXPECT_TRUE(value_of(topic, "cleanup.policy").is_default);
  const auto broker = admin->broker_configs().value();
  EXPECT_TRUE(value_of(broker, "num.partitions").value);
  EXPECT_TRUE(value_of(broker, "num.partitions").is_read_only);
  EXPECT_EQ(admin->broker_configs(NodeId(0))->size(), broker.size());
  EXPECT_EQ(admin->topic_configs("none").error().code, ErrorCode::unknown_topic_or_partition);
}

}  // namespace
}  // namespace weir::log
