// What users may do: every API asks, what is not allowed is answered as Kafka's brokers answer it, and of names that
// may not be described nobody learns whether they exist.
#include "log/broker/handlers/permissions.h"

#include "log/wire/dispatch.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/create_acls.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_acls.h"
#include "log/wire/messages/describe_cluster.h"
#include "log/wire/messages/describe_groups.h"
#include "log/wire/messages/describe_user_scram_credentials.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/list_groups.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/offset_commit.h"
#include "log/wire/messages/offset_fetch.h"
#include "log/wire/messages/produce.h"
#include "tests/log/server/secured_world.h"

namespace weir::log::permissions_test {
namespace {

using security::Acl;
using security::Operation;
using security::Pattern;
using security::Permission;
using security::Resource;

class PermissionsTest : public SecuredLog {
 protected:
  void start(ServeOptions serve = {}) {
    client.emplace(open_secured(std::move(serve)));
    for (const char* topic : {"open", "closed"}) ASSERT_TRUE(client->admin()->create_topic({topic, 1, {}}));
    bob.emplace(as(*client, "bob"));
    alice.emplace(as(*client, "alice"));
  }
  void allow(Operation operation, Resource resource, const std::string& name, Pattern pattern = Pattern::literal) {
    const auto added = client->security_admin()->add_acls({{resource, pattern, name, "User:bob", "*", operation}});
    ASSERT_TRUE(added) << added.error().to_string();
  }

  static wire::MetadataRequest about(const std::vector<std::string>& topics) {
    wire::MetadataRequest request;
    request.allow_auto_topic_creation = false;
    for (const auto& topic : topics) request.topics->push_back({{}, topic});
    return request;
  }
  std::map<std::string, ErrorCode> told(net::RawClient& who, wire::MetadataRequest request, std::int16_t version = 12) {
    std::map<std::string, ErrorCode> all;
    if (version < 4) request.allow_auto_topic_creation = true;
    const auto response = who.call(request, version);
    EXPECT_TRUE(response);
    for (const auto& topic : response->topics) all[topic.name.value_or(topic.topic_id.to_string())] = topic.error_code;
    return all;
  }
  static ErrorCode send_to(net::RawClient& who, const std::string& topic,
                           std::optional<std::string> transactional_id = std::nullopt) {
    BatchBuilder builder;
    builder.add(1'000, "k", "v");
    wire::ProduceRequest request;
    request.acks = 1;
    request.transactional_id = std::move(transactional_id);
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.emplace_back().records = Records{{builder.seal({})->bytes}};
    return who.call(request)->responses.at(0).partition_responses.at(0).error_code;
  }
  static ErrorCode read_from(net::RawClient& who, const std::string& topic) {
    wire::FetchRequest request;
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    wanted.partitions.emplace_back().partition_max_bytes = 1'000;
    return who.call(request, 12)->responses.at(0).partitions.at(0).error_code;
  }

  std::optional<Client> client;
  std::optional<net::RawClient> bob;
  std::optional<net::RawClient> alice;
};

constexpr auto kTopicDenied = ErrorCode::topic_authorization_failed;
constexpr auto kGroupDenied = ErrorCode::group_authorization_failed;
constexpr auto kClusterDenied = ErrorCode::cluster_authorization_failed;

TEST_F(PermissionsTest, every_api_that_is_served_has_a_row) {
  std::set<wire::ApiKey> rows;
  for (const auto& row : broker::permission_rows()) EXPECT_TRUE(rows.insert(row.api).second);
  for (const auto& handler : broker::handlers()) {
    EXPECT_TRUE(rows.contains(handler.api)) << wire::find_api_ops(handler.api)->name;
  }
}

// Whatever is asked by whom nothing is allowed, there is an answer that its version can tell, and nothing happens.
TEST_F(PermissionsTest, every_api_answers_who_may_do_nothing_in_every_version) {
  start();
  std::int32_t id = 100;
  for (const auto& handler : broker::handlers()) {
    if (handler.api == wire::ApiKey::sasl_authenticate || handler.api == wire::ApiKey::sasl_handshake) continue;
    const wire::ApiOps& api = *wire::find_api_ops(handler.api);
    for (std::int16_t version = handler.min_version; version <= handler.max_version; ++version) {
      auto request = api.request.make();
      if (api.api == wire::ApiKey::produce) static_cast<wire::ProduceRequest*>(request.get())->acks = 1;
      ASSERT_TRUE(bob->send(wire::request_frame(api, request.get(), version, ++id, "raw")->flat()));
      auto frame = bob->receive_frame();
      ASSERT_TRUE(frame) << api.name << " " << version;
      auto header = wire::response_header_version(api.api, version, api.first_flexible_version);
      auto parsed = wire::parse_response_frame(*frame, header);
      ASSERT_TRUE(parsed) << api.name << " " << version;
      auto response = api.response.make();
      EXPECT_TRUE(wire::decode_body(api.response, response.get(), version, parsed->body)) << api.name << version;
    }
  }
}

// Topics -----------------------------------------------------------------------------------------------------------

TEST_F(PermissionsTest, topics_that_may_not_be_described_are_not_known_to_exist) {
  start();
  allow(Operation::describe, Resource::topic, "open");
  const auto denied = told(*bob, about({"open", "closed", "no such topic", "none"}));
  EXPECT_EQ(denied.at("open"), ErrorCode::none);
  EXPECT_EQ(denied.at("closed"), kTopicDenied);
  EXPECT_EQ(denied.at("none"), kTopicDenied);
  EXPECT_EQ(denied.at("no such topic"), kTopicDenied);
  wire::MetadataRequest all;
  all.topics.reset();
  EXPECT_EQ(told(*bob, all), (std::map<std::string, ErrorCode>{{"open", ErrorCode::none}}));
  EXPECT_EQ(told(*bob, about({"closed"}), 0), (std::map<std::string, ErrorCode>{{"closed", kTopicDenied}}));
  EXPECT_EQ(told(*bob, about({}), 0), (std::map<std::string, ErrorCode>{{"open", ErrorCode::none}}));
  EXPECT_GE(told(*alice, all).size(), 2u);
  const auto id = client->admin()->describe_topic("closed")->id;
  wire::MetadataRequest by_id;
  by_id.topics->push_back({id, std::nullopt});
  EXPECT_EQ(told(*bob, by_id).begin()->second, ErrorCode::unknown_topic_id);
}

TEST_F(PermissionsTest, a_topic_is_made_by_asking_only_by_who_may_make_it) {
  start();
  allow(Operation::describe, Resource::topic, "*");
  auto request = about({"new"});
  request.allow_auto_topic_creation = true;
  EXPECT_EQ(told(*bob, request).at("new"), kTopicDenied);
  EXPECT_EQ(told(*bob, request, 0).at("new"), kTopicDenied);
  EXPECT_FALSE(client->admin()->describe_topic("new"));
  allow(Operation::create, Resource::topic, "ne", Pattern::prefixed);
  EXPECT_EQ(told(*bob, request).at("new"), ErrorCode::none);
  EXPECT_TRUE(client->admin()->describe_topic("new"));
}

TEST_F(PermissionsTest, records_are_written_and_read_by_who_may) {
  start();
  EXPECT_EQ(send_to(*bob, "open"), kTopicDenied);
  EXPECT_EQ(send_to(*bob, "none"), kTopicDenied);
  EXPECT_EQ(read_from(*bob, "open"), kTopicDenied);
  EXPECT_EQ(read_from(*bob, "none"), kTopicDenied);
  allow(Operation::write, Resource::topic, "open");
  EXPECT_EQ(send_to(*bob, "open"), ErrorCode::none);
  EXPECT_EQ(read_from(*bob, "open"), kTopicDenied);
  EXPECT_EQ(send_to(*bob, "closed"), kTopicDenied);
  allow(Operation::read, Resource::topic, "*");
  EXPECT_EQ(read_from(*bob, "open"), ErrorCode::none);
  EXPECT_EQ(read_from(*bob, "none"), ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(send_to(*alice, "closed"), ErrorCode::none);
  EXPECT_EQ(send_to(*bob, "open", "tx"), ErrorCode::transactional_id_authorization_failed);
  // As a replica, everything could be read.
  wire::FetchRequest follower;
  follower.replica_id = NodeId(3);
  auto& wanted = follower.topics.emplace_back();
  wanted.topic = "open";
  wanted.partitions.emplace_back().partition_max_bytes = 1'000;
  EXPECT_EQ(bob->call(follower, 12)->responses.at(0).partitions.at(0).error_code, kTopicDenied);
}

TEST_F(PermissionsTest, one_topic_of_a_request_does_not_spoil_the_others) {
  start();
  allow(Operation::write, Resource::topic, "open");
  BatchBuilder builder;
  builder.add(1'000, "k", "v");
  const auto batch = builder.seal({});
  wire::ProduceRequest request;
  request.acks = 1;
  for (const char* name : {"closed", "open"}) {
    auto& data = request.topic_data.emplace_back();
    data.name = name;
    data.partition_data.emplace_back().records = Records{{batch->bytes}};
  }
  const auto response = bob->call(request);
  std::map<std::string, ErrorCode> outcomes;
  for (const auto& topic : response->responses) outcomes[topic.name] = topic.partition_responses.at(0).error_code;
  EXPECT_EQ(outcomes, (std::map<std::string, ErrorCode>{{"closed", kTopicDenied}, {"open", ErrorCode::none}}));
}

TEST_F(PermissionsTest, a_denial_counts_more_and_rules_count_at_once) {
  start();
  allow(Operation::all, Resource::topic, "*");
  EXPECT_EQ(send_to(*bob, "open"), ErrorCode::none);
  const Acl denial{Resource::topic, Pattern::literal, "open", "User:*", "*", Operation::write, Permission::deny};
  ASSERT_TRUE(client->security_admin()->add_acls({denial}));
  EXPECT_EQ(send_to(*bob, "open"), kTopicDenied);
  EXPECT_EQ(send_to(*alice, "open"), ErrorCode::none);  // no rule is about who may do everything
  EXPECT_EQ(client->security_admin()->remove_acls({.permission = Permission::deny})->size(), 1u);
  EXPECT_EQ(send_to(*bob, "open"), ErrorCode::none);
}

TEST_F(PermissionsTest, offsets_are_listed_by_who_may_describe) {
  start();
  wire::ListOffsetsRequest request;
  auto& topic = request.topics.emplace_back();
  topic.name = "open";
  topic.partitions.emplace_back().timestamp = -1;
  EXPECT_EQ(bob->call(request)->topics.at(0).partitions.at(0).error_code, kTopicDenied);
  allow(Operation::read, Resource::topic, "open");
  EXPECT_EQ(bob->call(request)->topics.at(0).partitions.at(0).error_code, ErrorCode::none);
}

TEST_F(PermissionsTest, topics_are_made_and_deleted_by_who_may) {
  start();
  wire::CreateTopicsRequest make;
  auto& topic = make.topics.emplace_back();
  topic.name = "mine.1";
  topic.num_partitions = 1;
  topic.replication_factor = 1;
  EXPECT_EQ(bob->call(make)->topics.at(0).error_code, kTopicDenied);
  allow(Operation::create, Resource::topic, "mine.", Pattern::prefixed);
  auto made = bob->call(make);
  EXPECT_EQ(made->topics.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(made->topics.at(0).topic_config_error_code, kTopicDenied);
  EXPECT_EQ(made->topics.at(0).num_partitions, -1);
  wire::DeleteTopicsRequest remove;
  remove.topics.push_back({"mine.1", {}});
  remove.topics.push_back({"none", {}});
  const auto denied = bob->call(remove);
  ASSERT_EQ(denied->responses.size(), 2u);
  for (const auto& one : denied->responses) EXPECT_EQ(one.error_code, kTopicDenied);
  EXPECT_TRUE(client->admin()->describe_topic("mine.1"));
  allow(Operation::remove, Resource::topic, "mine.", Pattern::prefixed);
  const auto answer1 = bob->call(remove);
  for (const auto& one : answer1->responses) {
    EXPECT_EQ(one.error_code, one.name == "none" ? kTopicDenied : ErrorCode::none);
  }
  EXPECT_FALSE(client->admin()->describe_topic("mine.1"));
}

// Groups -----------------------------------------------------------------------------------------------------------

TEST_F(PermissionsTest, groups_and_topics_are_asked_of_who_commits) {
  start();
  wire::OffsetCommitRequest commit;
  commit.group_id = "g";
  for (const char* name : {"open", "closed"}) {
    auto& topic = commit.topics.emplace_back();
    topic.name = name;
    topic.partitions.emplace_back().committed_offset = Offset(1);
  }
  const auto answer2 = bob->call(commit);
  for (const auto& topic : answer2->topics) EXPECT_EQ(topic.partitions.at(0).error_code, kGroupDenied);
  allow(Operation::read, Resource::group, "g");
  allow(Operation::read, Resource::topic, "open");
  const auto answer3 = bob->call(commit);
  for (const auto& topic : answer3->topics) {
    EXPECT_EQ(topic.partitions.at(0).error_code, topic.name == "open" ? ErrorCode::none : kTopicDenied);
  }
  ASSERT_TRUE(alice->call(commit));
  wire::OffsetFetchRequest fetch;
  auto& group = fetch.groups.emplace_back();
  group.group_id = "g";
  group.topics.reset();
  const auto fetched = bob->call(fetch);
  ASSERT_EQ(fetched->groups.at(0).topics.size(), 1u);
  EXPECT_EQ(fetched->groups.at(0).topics.at(0).name, "open");
  EXPECT_EQ(alice->call(fetch)->groups.at(0).topics.size(), 2u);
  fetch.groups.at(0).group_id = "other";
  EXPECT_EQ(bob->call(fetch)->groups.at(0).error_code, kGroupDenied);
}

TEST_F(PermissionsTest, groups_are_seen_by_who_may_describe_them) {
  start();
  for (const char* id : {"g", "h"}) {
    wire::OffsetCommitRequest commit;
    commit.group_id = id;
    auto& topic = commit.topics.emplace_back();
    topic.name = "open";
    topic.partitions.emplace_back();
    ASSERT_TRUE(alice->call(commit));
  }
  EXPECT_TRUE(bob->call(wire::ListGroupsRequest{})->groups.empty());
  allow(Operation::describe, Resource::group, "g");
  ASSERT_EQ(bob->call(wire::ListGroupsRequest{})->groups.size(), 1u);
  wire::DescribeGroupsRequest describe;
  describe.groups = {"h", "g"};
  describe.include_authorized_operations = true;
  std::map<std::string, wire::DescribeGroupsResponse::DescribedGroup> groups;
  const auto answer4 = bob->call(describe);
  for (const auto& group : answer4->groups) groups[group.group_id] = group;
  EXPECT_EQ(groups.at("h").error_code, kGroupDenied);
  EXPECT_EQ(groups.at("g").error_code, ErrorCode::none);
  EXPECT_EQ(groups.at("g").authorized_operations, 1 << static_cast<int>(Operation::describe));
  wire::FindCoordinatorRequest find;
  find.coordinator_keys = {"g", "h"};
  const auto answer5 = bob->call(find);
  for (const auto& one : answer5->coordinators) {
    EXPECT_EQ(one.error_code, one.key == "g" ? ErrorCode::none : kGroupDenied);
  }
  allow(Operation::describe, Resource::cluster, std::string(security::kClusterName));
  EXPECT_EQ(bob->call(wire::ListGroupsRequest{})->groups.size(), 2u);
}

// Transactions -----------------------------------------------------------------------------------------------------

TEST_F(PermissionsTest, transactional_ids_are_asked_of_who_begins) {
  start();
  wire::InitProducerIdRequest init;
  init.transactional_id = "tx";
  init.transaction_timeout_ms = 1'000;
  EXPECT_EQ(bob->call(init)->error_code, ErrorCode::transactional_id_authorization_failed);
  wire::InitProducerIdRequest idempotent;
  idempotent.transactional_id.reset();
  EXPECT_EQ(bob->call(idempotent)->error_code, kClusterDenied);
  allow(Operation::write, Resource::topic, "open");
  EXPECT_EQ(bob->call(idempotent)->error_code, ErrorCode::none);
  allow(Operation::write, Resource::transactional_id, "tx");
  const auto begun = bob->call(init);
  EXPECT_EQ(begun->error_code, ErrorCode::none);
  wire::AddPartitionsToTxnRequest add;
  add.v3_and_below_transactional_id = "tx";
  add.v3_and_below_producer_id = begun->producer_id;
  add.v3_and_below_producer_epoch = begun->producer_epoch;
  for (const char* name : {"open", "closed"}) add.v3_and_below_topics.push_back({name, {PartitionIndex(0)}});
  const auto answer6 = bob->call(add, 3);
  for (const auto& topic : answer6->results_by_topic_v3_and_below) {
    EXPECT_EQ(topic.results_by_partition.at(0).partition_error_code,
              topic.name == "open" ? ErrorCode::operation_not_attempted : kTopicDenied);
  }
}

// The cluster ------------------------------------------------------------------------------------------------------

TEST_F(PermissionsTest, rules_and_users_are_changed_by_who_may_alter_the_cluster) {
  start();
  wire::CreateAclsRequest create;
  create.creations.push_back({2, "closed", 3, "User:bob", "*", 2, 3});
  EXPECT_EQ(bob->call(create)->results.at(0).error_code, kClusterDenied);
  EXPECT_EQ(bob->call(wire::DescribeAclsRequest{
                          .resource_type_filter = 1, .pattern_type_filter = 1, .operation = 1, .permission_type = 1})
                ->error_code,
            kClusterDenied);
  EXPECT_EQ(bob->call(wire::DescribeUserScramCredentialsRequest{})->error_code, kClusterDenied);
  EXPECT_EQ(send_to(*bob, "closed"), kTopicDenied);
  allow(Operation::alter, Resource::cluster, std::string(security::kClusterName));
  EXPECT_EQ(bob->call(create)->results.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(send_to(*bob, "closed"), ErrorCode::none);
}

TEST_F(PermissionsTest, what_may_be_done_is_told_to_who_asks) {
  start();
  allow(Operation::read, Resource::topic, "open");
  auto request = about({"open"});
  request.include_topic_authorized_operations = true;
  const auto bits = [](std::initializer_list<Operation> operations) {
    std::int32_t all = 0;
    for (const auto operation : operations) all |= 1 << static_cast<int>(operation);
    return all;
  };
  EXPECT_EQ(bob->call(request)->topics.at(0).topic_authorized_operations, bits({Operation::read, Operation::describe}));
  const auto everything =
      bits({Operation::read, Operation::write, Operation::create, Operation::remove, Operation::alter,
            Operation::describe, Operation::describe_configs, Operation::alter_configs});
  EXPECT_EQ(alice->call(request)->topics.at(0).topic_authorized_operations, everything);
  wire::DescribeClusterRequest cluster;
  cluster.include_cluster_authorized_operations = true;
  EXPECT_EQ(bob->call(cluster)->cluster_authorized_operations, 0);
  EXPECT_NE(alice->call(cluster)->cluster_authorized_operations, 0);
  MemoryFileSystem others;
  auto unguarded = open("log", {.files = &others, .listen = {"127.0.0.1:0"}});
  ASSERT_TRUE(unguarded->admin()->create_topic({"open", 1, {}}));
  auto anybody = raw(*unguarded);
  EXPECT_EQ(anybody.call(request)->topics.at(0).topic_authorized_operations, everything);
}

TEST_F(PermissionsTest, what_no_rule_speaks_of_may_be_allowed_to_everybody) {
  start({.allow_if_no_acl = true});
  EXPECT_EQ(send_to(*bob, "open"), ErrorCode::none);
  const Acl rule{Resource::topic, Pattern::literal, "closed", "User:alice", "*", Operation::all};
  ASSERT_TRUE(client->security_admin()->add_acls({rule}));
  EXPECT_EQ(send_to(*bob, "closed"), kTopicDenied);
  EXPECT_EQ(send_to(*bob, "open"), ErrorCode::none);
}

// Who comes by an address where nobody is asked is nobody, once somebody is asked elsewhere.
TEST_F(PermissionsTest, who_does_not_say_who_it_is_may_what_rules_allow_to_nobody_in_particular) {
  auto both = open_secured({}, {kSasl, "127.0.0.1:0"});
  ASSERT_TRUE(both.admin()->create_topic({"open", 1, {}}));
  auto nobody = raw(both, 1);
  EXPECT_EQ(send_to(nobody, "open"), kTopicDenied);
  const Acl rule{Resource::topic, Pattern::literal, "open", std::string(security::kAnonymous),
                 "127.0.0.1",     Operation::write};
  ASSERT_TRUE(both.security_admin()->add_acls({rule}));
  EXPECT_EQ(send_to(nobody, "open"), ErrorCode::none);
  EXPECT_EQ(read_from(nobody, "open"), kTopicDenied);
}

}  // namespace
}  // namespace weir::log::permissions_test
