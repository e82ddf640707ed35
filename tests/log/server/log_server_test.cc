// An embedded log that listens, as others see it: over sockets, with default settings.
#include "log/wire/dispatch.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/describe_cluster.h"
#include "log/wire/messages/describe_configs.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/heartbeat.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/offset_for_leader_epoch.h"
#include "log/wire/messages/produce.h"
#include "tests/log/server/server_world.h"

namespace weir::log::log_server_test {
namespace {

class LogServerTest : public ServedLog {
 protected:
  static wire::MetadataRequest about(const std::string& topic) {
    wire::MetadataRequest request;
    request.topics->push_back({{}, topic});
    return request;
  }
  static RecordBatch batch_of(const std::vector<std::string>& values, Compression compression = Compression::none) {
    BatchBuilder builder;
    for (const auto& value : values) builder.add(1'000, "k", Bytes(value));
    return builder.seal({.compression = compression}).value();
  }
  static wire::ProduceRequest produce(const std::string& topic, const SharedBytes& bytes, std::int16_t acks = -1) {
    wire::ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = 10'000;
    auto& data = request.topic_data.emplace_back();
    data.name = topic;
    data.partition_data.emplace_back().records = Records{{bytes}};
    return request;
  }
  static wire::FetchRequest fetch(const std::string& topic, Offset from) {
    wire::FetchRequest request;
    request.max_wait_ms = 0;
    auto& wanted = request.topics.emplace_back();
    wanted.topic = topic;
    auto& partition = wanted.partitions.emplace_back();
    partition.fetch_offset = from;
    partition.partition_max_bytes = 1 << 20;
    return request;
  }
  static ErrorCode outcome(const std::optional<wire::ProduceResponse>& response) {
    if (!response) return ErrorCode::closed;
    return response->responses.at(0).partition_responses.at(0).error_code;
  }
  static void create(const Client& client, const std::string& topic) {
    ASSERT_TRUE(client.admin()->create_topic({topic, 1, {}}));
  }
};

TEST_F(LogServerTest, tells_where_it_listens) {
  auto client = open_served({}, {"127.0.0.1:0", "127.0.0.1:0"});
  ASSERT_TRUE(client) << client.error().to_string();
  const auto at = listening_on(*client);
  ASSERT_EQ(at.size(), 2u);
  EXPECT_NE(at[0], at[1]);
  for (std::size_t i = 0; i < 2; ++i) {
    auto response = raw(*client, i).call(wire::MetadataRequest{});
    ASSERT_TRUE(response);
    ASSERT_EQ(response->brokers.size(), 1u);
    EXPECT_EQ(response->brokers[0].host + ":" + std::to_string(response->brokers[0].port), at[i]);
    EXPECT_EQ(response->controller_id, response->brokers[0].node_id);
  }
  MemoryFileSystem others;
  auto alone = open("log", {.files = &others});
  EXPECT_TRUE(listening_on(*alone).empty());
}

TEST_F(LogServerTest, every_api_is_answered_in_every_version_that_it_tells) {
  auto client = open_served();
  auto one = raw(*client);
  auto told = one.call(wire::ApiVersionsRequest{}, 2);
  ASSERT_TRUE(told);
  EXPECT_GE(told->api_keys.size(), 34u);
  std::int32_t id = 100;
  for (const auto& range : told->api_keys) {
    const wire::ApiOps& api = *wire::find_api_ops(range.api_key);
    for (std::int16_t version = range.min_version; version <= range.max_version; ++version) {
      auto request = api.request.make();
      if (api.api == wire::ApiKey::produce) static_cast<wire::ProduceRequest*>(request.get())->acks = 1;
      ASSERT_TRUE(one.send(wire::request_frame(api, request.get(), version, ++id, "raw")->flat()));
      auto frame = one.receive_frame();
      ASSERT_TRUE(frame) << api.name << " " << version;
      auto header = wire::response_header_version(api.api, version, api.first_flexible_version);
      auto parsed = wire::parse_response_frame(*frame, header);
      ASSERT_TRUE(parsed) << api.name << " " << version;
      EXPECT_EQ(parsed->header.correlation_id, id);
      auto response = api.response.make();
      const auto decoded = wire::decode_body(api.response, response.get(), version, parsed->body);
      EXPECT_TRUE(decoded) << api.name << " " << version << ": " << decoded.error().to_string();
    }
  }
}

// librdkafka 2.0.2 takes these ranges for signs of what a broker can do.
TEST_F(LogServerTest, tells_the_old_versions_by_which_clients_know_features) {
  auto client = open_served();
  auto told = raw(*client).call(wire::ApiVersionsRequest{}, 0);
  ASSERT_TRUE(told);
  for (auto key :
       {wire::ApiKey::find_coordinator, wire::ApiKey::join_group, wire::ApiKey::sync_group, wire::ApiKey::heartbeat,
        wire::ApiKey::leave_group, wire::ApiKey::produce, wire::ApiKey::fetch, wire::ApiKey::offset_commit,
        wire::ApiKey::offset_fetch, wire::ApiKey::list_offsets, wire::ApiKey::init_producer_id}) {
    auto found = std::ranges::find(told->api_keys, key, &wire::ApiVersionsResponse::ApiVersion::api_key);
    ASSERT_NE(found, told->api_keys.end());
    EXPECT_EQ(found->min_version, 0);
  }
}

TEST_F(LogServerTest, api_versions_of_a_program_without_a_name_is_refused) {
  auto client = open_served();
  auto one = raw(*client);
  wire::ApiVersionsRequest request;
  EXPECT_EQ(one.call(request, 3)->error_code, ErrorCode::invalid_request);
  request.client_software_name = "weir-test";
  request.client_software_version = "1.0-a";
  EXPECT_EQ(one.call(request, 3)->error_code, ErrorCode::none);
  request.client_software_version = "-1";
  EXPECT_EQ(one.call(request, 4)->error_code, ErrorCode::invalid_request);
}

TEST_F(LogServerTest, what_comes_from_outside_is_seen_inside_and_the_other_way_round) {
  auto client = open_served();
  create(*client, "t");
  auto one = raw(*client);
  for (auto compression :
       {Compression::none, Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    EXPECT_EQ(outcome(one.call(produce("t", batch_of({"out", "side"}, compression).bytes))), ErrorCode::none);
  }
  auto producer = *client->producer();
  ASSERT_TRUE(producer->send("t", PartitionIndex(0), 1'000, std::nullopt, "inside"));
  ASSERT_TRUE(producer->flush());
  auto consumer = *client->consumer();
  ASSERT_TRUE(consumer->assign({{"t", PartitionIndex(0)}}));
  std::size_t seen = 0;
  while (seen < 11) {
    auto batches = consumer->poll(Millis(1'000));
    ASSERT_TRUE(batches);
    for (const auto& batch : *batches) seen += static_cast<std::size_t>(batch.batch.header.count);
  }
  auto fetched = one.call(fetch("t", Offset(10)), 12);
  ASSERT_TRUE(fetched);
  const auto& records = fetched->responses.at(0).partitions.at(0).records;
  ASSERT_TRUE(records && records->parts.size() == 1);
  auto batch = RecordBatch::parse(records->parts[0], Trust::foreign);
  ASSERT_TRUE(batch);
  EXPECT_TRUE(batch->check_crc());
  EXPECT_EQ(batch->header.base_offset, Offset(10));
}

// What is not a batch ----------------------------------------------------------------------------------------------

TEST_F(LogServerTest, bytes_that_are_no_batch_are_refused_and_nothing_is_appended) {
  auto client = open_served();
  create(*client, "t");
  auto one = raw(*client);
  const auto good = batch_of({"a", "b", "c"});
  const auto changed = [&](std::size_t at, char value) {
    std::string bytes(good.bytes.view());
    bytes[at] = value;
    return SharedBytes::take(std::move(bytes));
  };
  const auto twice = SharedBytes::take(std::string(good.bytes.view()) + std::string(good.bytes.view()));
  EXPECT_EQ(outcome(one.call(produce("t", changed(70, 'x')))), ErrorCode::corrupt_message);
  EXPECT_EQ(outcome(one.call(produce("t", changed(16, 1)))), ErrorCode::invalid_record);
  EXPECT_EQ(outcome(one.call(produce("t", changed(16, 1)), 2)), ErrorCode::unsupported_version);
  EXPECT_EQ(outcome(one.call(produce("t", changed(60, 2)))), ErrorCode::invalid_record);
  EXPECT_EQ(outcome(one.call(produce("t", changed(26, 7)))), ErrorCode::invalid_record);
  EXPECT_EQ(outcome(one.call(produce("t", twice))), ErrorCode::invalid_record);
  EXPECT_EQ(outcome(one.call(produce("t", good.bytes.slice(0, 30)))), ErrorCode::corrupt_message);
  EXPECT_EQ(outcome(one.call(produce("t", SharedBytes()))), ErrorCode::invalid_record);
  const auto control =
      end_marker_batch({EndMarkerType::commit, CoordinatorEpoch(0)}, ProducerId(1), ProducerEpoch(0), 1);
  EXPECT_EQ(outcome(one.call(produce("t", control.bytes))), ErrorCode::invalid_record);
  EXPECT_EQ(outcome(one.call(produce("t", good.bytes, 5))), ErrorCode::invalid_required_acks);
  EXPECT_EQ(outcome(one.call(produce("none", good.bytes))), ErrorCode::unknown_topic_or_partition);
  const auto zstd = batch_of({"a"}, Compression::zstd);
  EXPECT_EQ(outcome(one.call(produce("t", zstd.bytes), 6)), ErrorCode::unsupported_compression_type);
  auto fetched = one.call(fetch("t", Offset(0)), 12);
  EXPECT_EQ(fetched->responses.at(0).partitions.at(0).high_watermark, Offset(0));
  EXPECT_EQ(outcome(one.call(produce("t", good.bytes))), ErrorCode::none);
}

TEST_F(LogServerTest, a_compressed_batch_that_unpacks_to_too_much_is_refused) {
  auto client = open_served();
  create(*client, "t");
  const auto bomb = batch_of({std::string(257 << 20, '\0')}, Compression::zstd);
  ASSERT_LT(bomb.bytes.size(), 1u << 20);
  EXPECT_EQ(outcome(raw(*client).call(produce("t", bomb.bytes))), ErrorCode::corrupt_message);
}

TEST_F(LogServerTest, old_versions_are_told_what_they_cannot_read) {
  auto client = open_served();
  create(*client, "plain");
  ASSERT_TRUE(client->admin()->create_topic({"zstd", 1, {{"compression.type", "zstd"}}}));
  auto one = raw(*client);
  const auto read = [&](const std::string& topic, std::int16_t version) {
    auto response = one.call(fetch(topic, Offset(0)), version);
    const auto& partition = response.value().responses.at(0).partitions.at(0);
    const bool has_records = partition.records && partition.records->size_bytes() > 0;
    EXPECT_TRUE(partition.error_code == ErrorCode::none || !has_records) << version;
    return partition.error_code;
  };
  EXPECT_EQ(read("plain", 0), ErrorCode::none);  // nothing is there
  for (const char* topic : {"plain", "zstd"}) {
    ASSERT_EQ(outcome(one.call(produce(topic, batch_of({"a"}).bytes))), ErrorCode::none);
  }
  for (std::int16_t version = 0; version <= 12; ++version) {
    EXPECT_EQ(read("plain", version), version < 4 ? ErrorCode::unsupported_version : ErrorCode::none) << version;
    EXPECT_EQ(read("zstd", version), version < 10 ? ErrorCode::unsupported_compression_type : ErrorCode::none);
  }
}

// Topics that are asked for ----------------------------------------------------------------------------------------

// A reader's metadata is neither older nor newer than what is (KIP-320).
TEST_F(LogServerTest, who_believes_in_another_epoch_of_the_leader_is_told_so) {
  auto client = open_served();
  create(*client, "t");
  auto one = raw(*client);
  const LeaderEpoch now = one.call(about("t"))->topics.at(0).partitions.at(0).leader_epoch;
  const std::pair<LeaderEpoch, ErrorCode> rows[] = {{kNoLeaderEpoch, ErrorCode::none},
                                                    {now, ErrorCode::none},
                                                    {now - 1, ErrorCode::fenced_leader_epoch},
                                                    {now + 1, ErrorCode::unknown_leader_epoch}};
  for (const auto& [believed, code] : rows) {
    if (believed < kNoLeaderEpoch || (believed == kNoLeaderEpoch && code != ErrorCode::none)) continue;
    wire::FetchRequest fetch;
    fetch.topics.emplace_back().topic = "t";
    fetch.topics[0].partitions.emplace_back().current_leader_epoch = believed;
    EXPECT_EQ(one.call(fetch, 9)->responses.at(0).partitions.at(0).error_code, code);
    wire::ListOffsetsRequest list;
    list.topics.emplace_back().name = "t";
    list.topics[0].partitions.emplace_back().current_leader_epoch = believed;
    list.topics[0].partitions[0].timestamp = -1;
    EXPECT_EQ(one.call(list, 4)->topics.at(0).partitions.at(0).error_code, code);
    wire::OffsetForLeaderEpochRequest end;
    end.topics.emplace_back().topic = "t";
    end.topics[0].partitions.emplace_back().current_leader_epoch = believed;
    EXPECT_EQ(one.call(end, 2)->topics.at(0).partitions.at(0).error_code, code);
  }
}

TEST_F(LogServerTest, in_a_session_only_what_has_changed_is_asked_for_and_told) {
  auto client = open_served();
  create(*client, "t");
  create(*client, "u");
  auto one = raw(*client);
  auto request = fetch("t", Offset(0));
  request.topics.push_back(fetch("u", Offset(0)).topics[0]);
  request.session_epoch = 0;
  auto answer = one.call(request, 12);
  const std::int32_t id = answer->session_id;
  ASSERT_GT(id, 0);
  EXPECT_EQ(answer->responses.size(), 2u);
  ASSERT_EQ(outcome(one.call(produce("u", batch_of({"v"}).bytes))), ErrorCode::none);
  wire::FetchRequest next;
  next.session_id = id;
  next.session_epoch = 1;
  next.max_bytes = 1 << 20;
  answer = one.call(next, 12);
  EXPECT_EQ(answer->session_id, id);
  ASSERT_EQ(answer->responses.size(), 1u);
  EXPECT_EQ(answer->responses[0].topic, "u");
  EXPECT_FALSE(answer->responses[0].partitions.at(0).records->parts.empty());
  // Read on behind that: nothing has changed.
  next.session_epoch = 2;
  next.topics = fetch("u", Offset(1)).topics;
  EXPECT_TRUE(one.call(next, 12)->responses.empty());
  EXPECT_EQ(one.call(next, 12)->error_code, ErrorCode::invalid_fetch_session_epoch);
  // It is nobody's connection's: another one may go on with it.
  auto other = raw(*client);
  next.session_epoch = 3;
  next.topics = fetch("t", Offset(0)).topics;
  next.forgotten_topics_data.push_back({"u", {}, {PartitionIndex(0)}});
  ASSERT_EQ(outcome(one.call(produce("t", batch_of({"v"}).bytes))), ErrorCode::none);
  answer = other.call(next, 12);
  ASSERT_EQ(answer->responses.size(), 1u);
  EXPECT_EQ(answer->responses[0].topic, "t");
}

TEST_F(LogServerTest, who_asks_about_a_topic_has_it_made) {
  auto client = open_served({.default_partitions = 3});
  auto one = raw(*client);
  auto response = one.call(about("new"));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->topics.at(0).error_code, ErrorCode::none);
  EXPECT_EQ(response->topics.at(0).partitions.size(), 3u);
  EXPECT_EQ(client->admin()->describe_topic("new")->partitions, 3);
  auto forbidden = about("other");
  forbidden.allow_auto_topic_creation = false;
  EXPECT_EQ(one.call(forbidden)->topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_EQ(one.call(about("no good"))->topics.at(0).error_code, ErrorCode::invalid_topic);
  EXPECT_EQ(one.call(about("__consumer_offsets"))->topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
  EXPECT_FALSE(client->admin()->describe_topic("other"));
  // Not by a program's own mistake.
  EXPECT_EQ(client->admin()->describe_topic("typo").error().code, ErrorCode::unknown_topic_or_partition);
}

TEST_F(LogServerTest, a_server_that_makes_no_topics_makes_none) {
  auto client = open_served({.auto_create_topics = false});
  EXPECT_EQ(raw(*client).call(about("new"))->topics.at(0).error_code, ErrorCode::unknown_topic_or_partition);
}

// Options ----------------------------------------------------------------------------------------------------------

TEST_F(LogServerTest, is_called_what_it_is_told_to_be) {
  auto client = open_served({.advertise = {"broker.example:19092"}, .node_id = 7});
  auto one = raw(*client);
  auto metadata = one.call(about("t"));
  ASSERT_TRUE(metadata);
  EXPECT_EQ(metadata->brokers.at(0).node_id, NodeId(7));
  EXPECT_EQ(metadata->brokers.at(0).host, "broker.example");
  EXPECT_EQ(metadata->brokers.at(0).port, 19092);
  EXPECT_EQ(metadata->controller_id, NodeId(7));
  EXPECT_EQ(metadata->topics.at(0).partitions.at(0).leader_id, NodeId(7));
  auto cluster = one.call(wire::DescribeClusterRequest{});
  EXPECT_EQ(cluster->brokers.at(0).host, "broker.example");
  EXPECT_EQ(cluster->controller_id, NodeId(7));
  wire::FindCoordinatorRequest find;
  find.key = "g";
  auto coordinator = one.call(find, 2);
  EXPECT_EQ(coordinator->node_id, NodeId(7));
  EXPECT_EQ(coordinator->host, "broker.example");
  EXPECT_EQ(coordinator->port, 19092);
  find.key.clear();
  find.coordinator_keys = {"g", "h"};
  EXPECT_EQ(one.call(find, 4)->coordinators.at(1).host, "broker.example");
}

TEST_F(LogServerTest, an_address_that_others_reach_needs_permission) {
  for (const char* address : {"0.0.0.0:0", "[::]:0"}) {
    auto refused = open_served({}, {address});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().detail.find("--allow-plaintext"), std::string::npos);
  }
  auto client = open_served({.allow_plaintext = true}, {"0.0.0.0:0"});
  ASSERT_TRUE(client) << client.error().to_string();
  const auto port = HostPort::parse(listening_on(*client).at(0))->port;
  auto metadata = net::RawClient({"127.0.0.1", port}).call(wire::MetadataRequest{});
  EXPECT_EQ(metadata->brokers.at(0).host, "127.0.0.1");  // by which it came
}

TEST_F(LogServerTest, what_makes_no_sense_is_refused) {
  EXPECT_EQ(open_served({}, {"localhost"}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(open_served({.advertise = {"a:1", "b:1"}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(open_served({.advertise = {"a"}}).error().code, ErrorCode::invalid_argument);
  auto read_only = open("log", {.access = Access::read_only, .files = &files, .listen = {"127.0.0.1:0"}});
  EXPECT_EQ(read_only.error().code, ErrorCode::invalid_argument);
  auto first = open_served();
  MemoryFileSystem others;
  auto second = open("log", {.files = &others, .listen = listening_on(*first)});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io_error);
}

TEST_F(LogServerTest, the_limits_are_those_of_the_options) {
  auto client = open_served({.threads = 1,
                             .max_connections = 2,
                             .max_connections_per_address = 1,
                             .max_idle = Millis(300),
                             .max_stall = Millis(200)});
  {
    auto one = raw(*client);
    EXPECT_TRUE(one.call(wire::HeartbeatRequest{}));
    EXPECT_TRUE(raw(*client).is_closed());
    EXPECT_TRUE(one.is_closed());  // idle
  }
  auto half = raw(*client);
  ASSERT_TRUE(half.send(Bytes("\0\0\0\x10", 4)));
  EXPECT_TRUE(half.is_closed());
}

TEST_F(LogServerTest, a_request_above_the_limit_closes_its_connection) {
  auto client = open_served({.max_frame_bytes = 1'000});
  auto one = raw(*client);
  ASSERT_TRUE(one.send(Bytes("\0\0\x03\xe9", 4)));
  EXPECT_TRUE(one.is_closed());
}

TEST_F(LogServerTest, the_broker_says_how_it_is_set) {
  auto client = open_served(
      {.default_partitions = 5, .initial_rebalance_delay = Millis(77), .offsets_retention = Millis(180'000)});
  wire::DescribeConfigsRequest request;
  auto& resource = request.resources.emplace_back();
  resource.resource_type = 4;
  resource.resource_name = "0";
  auto response = raw(*client).call(request);
  ASSERT_TRUE(response);
  std::map<std::string, std::string> told;
  for (const auto& config : response->results.at(0).configs) told[config.name] = config.value.value_or("");
  EXPECT_EQ(told["num.partitions"], "5");
  EXPECT_EQ(told["auto.create.topics.enable"], "true");
  EXPECT_EQ(told["group.initial.rebalance.delay.ms"], "77");
  EXPECT_EQ(told["offsets.retention.minutes"], "3");
}

// The end ----------------------------------------------------------------------------------------------------------

TEST_F(LogServerTest, when_the_log_is_closed_its_clients_are_let_go_and_it_can_be_opened_again) {
  std::optional<net::RawClient> one;
  {
    auto client = open_served();
    create(*client, "t");
    one.emplace(raw(*client));
    auto waits = fetch("t", Offset(0));
    waits.max_wait_ms = 600'000;
    waits.min_bytes = 1;
    ASSERT_TRUE(one->send_request(waits, 12, 1));
  }
  EXPECT_TRUE(one->is_closed());
  EXPECT_TRUE(open_served());
}

}  // namespace
}  // namespace weir::log::log_server_test
