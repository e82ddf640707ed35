#include "log/client/log_admin.h"

#include <algorithm>
#include <charconv>

#include "log/client/cure.h"
#include "log/client/group_admin.h"
#include "log/client/group_offsets.h"
#include "log/client/record_deletion.h"
#include "log/client/repeated_call.h"
#include "log/client/transaction_admin.h"
#include "log/wire/messages/create_partitions.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_configs.h"
#include "log/wire/messages/incremental_alter_configs.h"

namespace weir::log {

namespace {

constexpr Millis kTimeout{30'000};
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;
constexpr std::int8_t kSetOnTopic = 1;  // where a value comes from: not a default
constexpr std::int8_t kIsDefault = 5;
constexpr std::int8_t kSet = 0;  // what is done to a config
constexpr std::int8_t kUnset = 1;

// The request to the broker that decides about topics, again while errors say that this helps; the response holds one
// outcome, which `outcome_of` finds.
template <class Request>
Task<Result<>> call_controller(Connection& connection, Request request,
                               Error (*outcome_of)(const typename Request::Response&)) {
  Retry retry = connection.retry();
  NodeId controller = kAnyNode;
  for (;;) {
    auto response = co_await connection.call(controller, request);
    Error error = response ? outcome_of(*response) : response.error();
    if (error.code == ErrorCode::none) co_return Result<>{};
    const bool helps = cure_of(error.code) != Cure::none && error.code != ErrorCode::unknown_topic_or_partition;
    if (!co_await retry.again_if(helps)) co_return fail(std::move(error));
    wire::MetadataRequest metadata;  // no topics: only who is the controller
    auto known = co_await connection.call(kAnyNode, std::move(metadata));
    controller = known ? known->controller_id : kAnyNode;
  }
}

// How many replicas a topic of the cluster has if nothing is said, for brokers that want to be told (before KIP-464).
Task<Result<std::int16_t>> default_replicas(Connection& connection) {
  constexpr const char* kConfig = "default.replication.factor";
  WEIR_CO_TRY_VAR(known, co_await call_repeatedly(connection, kAnyNode, wire::MetadataRequest{}));
  if (known.brokers.empty()) co_return fail(ErrorCode::leader_not_available, "no broker");
  const NodeId broker = known.brokers.front().node_id;
  wire::DescribeConfigsRequest request;
  request.resources.push_back({kBrokerResource, std::to_string(broker.value()), std::vector<std::string>{kConfig}});
  WEIR_CO_TRY_VAR(response, co_await call_repeatedly(connection, broker, std::move(request)));
  for (const auto& result : response.results) {
    if (result.error_code != ErrorCode::none) {
      co_return fail(result.error_code, std::string(kConfig) + ": " + result.error_message.value_or(""));
    }
    for (const auto& config : result.configs) {
      if (config.name != kConfig || !config.value) continue;
      std::int16_t replicas = 1;
      std::from_chars(config.value->data(), config.value->data() + config.value->size(), replicas);
      co_return replicas;
    }
  }
  co_return static_cast<std::int16_t>(1);  // what Kafka's brokers take it for
}

Error create_outcome(const wire::CreateTopicsResponse& response) {
  if (response.topics.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the topic"};
  const auto& topic = response.topics.front();
  return {topic.error_code, topic.error_message.value_or("")};
}

Error remove_outcome(const wire::DeleteTopicsResponse& response) {
  if (response.responses.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the topic"};
  const auto& topic = response.responses.front();
  return {topic.error_code, topic.error_message.value_or("")};
}

Error alter_outcome(const wire::IncrementalAlterConfigsResponse& response) {
  if (response.responses.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the topic"};
  const auto& topic = response.responses.front();
  return {topic.error_code, topic.error_message.value_or("")};
}

Error grow_outcome(const wire::CreatePartitionsResponse& response) {
  if (response.results.size() != 1) return {ErrorCode::unknown_server_error, "no answer for the topic"};
  const auto& topic = response.results.front();
  return {topic.error_code, topic.error_message.value_or("")};
}

// Of the one resource that was asked about.
Task<Result<std::vector<ConfigEntry>>> configs_of(Connection& connection, NodeId node, std::int8_t type,
                                                  std::string name) {
  wire::DescribeConfigsRequest request;
  request.resources.push_back({type, std::move(name), std::nullopt});
  WEIR_CO_TRY_VAR(response, co_await call_repeatedly(connection, node, std::move(request)));
  if (response.results.size() != 1) co_return fail(ErrorCode::unknown_server_error, "DescribeConfigs: no answer");
  auto& result = response.results.front();
  if (result.error_code != ErrorCode::none) co_return fail(result.error_code, result.error_message.value_or(""));
  std::vector<ConfigEntry> entries;
  for (auto& config : result.configs) {
    entries.push_back({.name = std::move(config.name),
                       .value = config.is_sensitive ? std::nullopt : std::move(config.value),
                       .is_default = config.is_default || config.config_source == kIsDefault,
                       .is_read_only = config.read_only});
  }
  std::ranges::sort(entries, {}, &ConfigEntry::name);
  co_return entries;
}

}  // namespace

LogAdmin::LogAdmin(std::shared_ptr<Transport> transport, Clock& clock)
    : connection_{std::move(transport), clock, kTimeout}, view_(connection_) {}

Result<> LogAdmin::create_topic(const NewTopic& topic) {
  return connection_.loop.run(create(topic));
}

Result<> LogAdmin::delete_topic(const std::string& name) {
  return connection_.loop.run(remove(name));
}

Result<std::vector<TopicDescription>> LogAdmin::list_topics() {
  return connection_.loop.run(describe(std::nullopt));
}

Result<TopicDescription> LogAdmin::describe_topic(const std::string& name) {
  WEIR_TRY_VAR(topics, connection_.loop.run(describe(name)));
  if (topics.size() != 1) return fail(ErrorCode::unknown_topic_or_partition, "topic " + name);
  return std::move(topics.front());
}

Result<> LogAdmin::alter_topic(const std::string& name, const ConfigChanges& changes) {
  return connection_.loop.run(alter(name, changes));
}

Result<> LogAdmin::add_partitions(const std::string& name, std::int32_t partitions) {
  return connection_.loop.run(grow(name, partitions));
}

Result<std::vector<GroupListing>> LogAdmin::list_groups() {
  return connection_.loop.run(log::list_groups(connection_));
}

Result<GroupDescription> LogAdmin::describe_group(const std::string& group) {
  return connection_.loop.run(log::describe_group(connection_, view_, group));
}

Result<std::map<TopicPartition, OffsetAndMetadata>> LogAdmin::group_offsets(const std::string& group) {
  return connection_.loop.run(fetch_all_group_offsets(connection_, view_, group));
}

Result<> LogAdmin::set_group_offsets(const std::string& group, std::span<const PartitionOffset> offsets) {
  if (offsets.empty()) return {};
  GroupMetadata nobody;
  nobody.group_id = group;
  return connection_.loop.run(commit_group_offsets(connection_, view_, nobody, {offsets.begin(), offsets.end()}));
}

Result<> LogAdmin::delete_group_offsets(const std::string& group, std::span<const TopicPartition> partitions) {
  return connection_.loop.run(
      log::delete_group_offsets(connection_, view_, group, {partitions.begin(), partitions.end()}));
}

Result<> LogAdmin::delete_group(const std::string& group) {
  return connection_.loop.run(log::delete_group(connection_, view_, group));
}

Result<std::vector<TransactionListing>> LogAdmin::list_transactions() {
  return connection_.loop.run(log::list_transactions(connection_));
}

Result<TransactionDescription> LogAdmin::describe_transaction(const std::string& transactional_id) {
  return connection_.loop.run(log::describe_transaction(connection_, view_, transactional_id));
}

Result<std::vector<ActiveProducer>> LogAdmin::active_producers(const TopicPartition& partition) {
  return connection_.loop.run(log::active_producers(connection_, view_, partition));
}

Result<> LogAdmin::abort_transaction(const TopicPartition& partition, Offset start) {
  return connection_.loop.run(log::abort_transaction(connection_, view_, partition, start));
}

Result<std::vector<ConfigEntry>> LogAdmin::topic_configs(const std::string& topic) {
  return connection_.loop.run(configs_of_topic(topic));
}

Result<std::vector<ConfigEntry>> LogAdmin::broker_configs(std::optional<NodeId> broker) {
  return connection_.loop.run(configs_of_broker(broker));
}

Result<std::map<TopicPartition, Offset>> LogAdmin::delete_records(const std::map<TopicPartition, Offset>& before) {
  return connection_.loop.run(log::delete_records(connection_, view_, before));
}

Task<Result<>> LogAdmin::create(NewTopic topic) {
  wire::CreateTopicsRequest request;
  request.timeout_ms = saturated_int32(kTimeout.count());
  auto& wanted = request.topics.emplace_back();
  wanted.name = topic.name;
  wanted.num_partitions = topic.partitions;
  wanted.replication_factor = -1;  // the cluster's default
  for (const auto& [name, value] : topic.configs) wanted.configs.push_back({name, value});
  auto outcome = co_await call_controller(connection_, request, create_outcome);
  if (!outcome && outcome.error().code == ErrorCode::unsupported_version) {
    WEIR_CO_TRY_VAR(replicas, co_await default_replicas(connection_));
    request.topics.front().replication_factor = replicas;
    outcome = co_await call_controller(connection_, std::move(request), create_outcome);
  }
  if (!outcome) co_return fail(outcome.error().at("topic " + topic.name));
  // Done when a client can use it: brokers learn of it a little later than the controller.
  Retry retry = connection_.retry();
  for (;;) {
    auto known = co_await describe(topic.name);
    if (known) co_return Result<>{};
    if (!co_await retry.again_if(cure_of(known.error().code) != Cure::none)) co_return fail(known.error());
  }
}

Task<Result<>> LogAdmin::remove(std::string name) {
  wire::DeleteTopicsRequest request;
  request.timeout_ms = saturated_int32(kTimeout.count());
  request.topics.push_back({name, {}});
  auto outcome = co_await call_controller(connection_, std::move(request), remove_outcome);
  if (!outcome) co_return fail(outcome.error().at("topic " + name));
  co_return Result<>{};
}

Task<Result<>> LogAdmin::alter(std::string name, ConfigChanges changes) {
  wire::IncrementalAlterConfigsRequest request;
  auto& wanted = request.resources.emplace_back();
  wanted.resource_type = kTopicResource;
  wanted.resource_name = name;
  for (auto& [config, value] : changes) wanted.configs.push_back({config, value ? kSet : kUnset, value});
  auto outcome = co_await call_controller(connection_, std::move(request), alter_outcome);
  if (!outcome) co_return fail(outcome.error().at("topic " + name));
  co_return Result<>{};
}

Task<Result<>> LogAdmin::grow(std::string name, std::int32_t partitions) {
  wire::CreatePartitionsRequest request;
  request.timeout_ms = saturated_int32(kTimeout.count());
  auto& wanted = request.topics.emplace_back();
  wanted.name = name;
  wanted.count = partitions;
  wanted.assignments.reset();
  auto outcome = co_await call_controller(connection_, std::move(request), grow_outcome);
  if (!outcome) co_return fail(outcome.error().at("topic " + name));
  co_return Result<>{};
}

Task<Result<std::vector<TopicDescription>>> LogAdmin::describe(std::optional<std::string> name) {
  wire::MetadataRequest request;
  request.allow_auto_topic_creation = false;
  if (name) {
    request.topics->push_back({{}, *name});
  } else {
    request.topics.reset();
  }
  WEIR_CO_TRY_VAR(response, co_await call_repeatedly(connection_, kAnyNode, std::move(request)));
  std::vector<TopicDescription> topics;
  for (auto& topic : response.topics) {
    if (topic.error_code != ErrorCode::none) co_return fail(topic.error_code, "topic " + topic.name.value_or(""));
    topics.push_back({std::move(topic.name).value_or(""),
                      topic.topic_id,
                      static_cast<std::int32_t>(topic.partitions.size()),
                      topic.is_internal,
                      {}});
  }
  WEIR_CO_TRY(co_await add_configs(topics));
  co_return topics;
}

Task<Result<>> LogAdmin::add_configs(std::vector<TopicDescription>& topics) {
  if (topics.empty()) co_return Result<>{};
  wire::DescribeConfigsRequest request;
  for (const auto& topic : topics) request.resources.push_back({kTopicResource, topic.name, std::nullopt});
  WEIR_CO_TRY_VAR(response, co_await call_repeatedly(connection_, kAnyNode, std::move(request)));
  for (const auto& result : response.results) {
    // Removed since: it was there when the topics were listed.
    if (result.error_code == ErrorCode::unknown_topic_or_partition) continue;
    // Who may see a topic may not for that see its configs: they are told as if none were set.
    if (result.error_code == ErrorCode::topic_authorization_failed) continue;
    if (result.error_code != ErrorCode::none) {
      co_return fail(result.error_code,
                     "configs of " + result.resource_name + ": " + result.error_message.value_or(""));
    }
    for (auto& topic : topics) {
      if (topic.name != result.resource_name) continue;
      for (const auto& config : result.configs) {
        if (config.config_source == kSetOnTopic) topic.configs[config.name] = config.value.value_or("");
      }
    }
  }
  co_return Result<>{};
}

Task<Result<std::vector<ConfigEntry>>> LogAdmin::configs_of_topic(std::string topic) {
  auto entries = co_await configs_of(connection_, kAnyNode, kTopicResource, topic);
  if (!entries) co_return fail(entries.error().at("topic " + topic));
  co_return entries;
}

Task<Result<std::vector<ConfigEntry>>> LogAdmin::configs_of_broker(std::optional<NodeId> broker) {
  if (!broker) {
    WEIR_CO_TRY_VAR(known, co_await call_repeatedly(connection_, kAnyNode, wire::MetadataRequest{}));
    if (known.brokers.empty()) co_return fail(ErrorCode::leader_not_available, "no broker");
    broker = known.brokers.front().node_id;
  }
  const std::string name = std::to_string(broker->value());
  auto entries = co_await configs_of(connection_, *broker, kBrokerResource, name);
  if (!entries) co_return fail(entries.error().at("broker " + name));
  co_return entries;
}

}  // namespace weir::log
