#include "log/broker/handlers/topics.h"

#include <algorithm>
#include <set>

#include "log/broker/broker.h"
#include "log/broker/handlers/errors.h"

namespace weir::log::broker {

namespace {

constexpr std::int8_t kSetForTopic = 1;  // config source "dynamic topic config"
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;

Result<> not_the_logs_own(const std::string& topic) {
  if (!is_coordinator_topic(topic)) return {};
  return fail(ErrorCode::invalid_topic, topic + " is the log's own");
}

// CreateTopics ----------------------------------------------------------------------------------------------------

using Creatable = wire::CreateTopicsRequest::CreatableTopic;
using Created = wire::CreateTopicsResponse::CreatableTopicResult;

Result<std::int32_t> partitions_of(const Creatable& wanted, NodeId here) {
  if (wanted.assignments.empty()) {
    if (wanted.replication_factor != -1 && wanted.replication_factor != 1) {
      return fail(ErrorCode::invalid_replication_factor,
                  std::to_string(wanted.replication_factor) + " replicas, and there is one broker");
    }
    return wanted.num_partitions == -1 ? 1 : wanted.num_partitions;
  }
  if (wanted.num_partitions != -1 || wanted.replication_factor != -1) {
    return fail(ErrorCode::invalid_request, "partitions are either counted or assigned");
  }
  std::set<std::int32_t> indexes;
  for (const auto& assignment : wanted.assignments) {
    if (assignment.broker_ids != std::vector{here}) {
      return fail(ErrorCode::invalid_request, "a replica on a broker that does not exist");
    }
    indexes.insert(assignment.partition_index.value());
  }
  auto count = static_cast<std::int32_t>(indexes.size());
  bool is_row = *indexes.begin() == 0 && *indexes.rbegin() == count - 1 && indexes.size() == wanted.assignments.size();
  if (!is_row) return fail(ErrorCode::invalid_request, "partitions are not 0, 1, 2, ...");
  return count;
}

Result<cluster::Topic> topic_of(const Creatable& wanted, NodeId here) {
  TRY(not_the_logs_own(wanted.name));
  cluster::Topic topic;
  topic.name = wanted.name;
  TRY_VAR(partitions, partitions_of(wanted, here));
  topic.partitions = partitions;
  for (const auto& config : wanted.configs) {
    if (!config.value) return fail(ErrorCode::invalid_config, config.name + " has no value");
    topic.configs[config.name] = *config.value;
  }
  return topic;
}

Result<> create(Broker& broker, const Creatable& wanted, bool validate_only, Created& answer) {
  TRY_VAR(topic, topic_of(wanted, broker.options().node_id));
  TRY_VAR(created,
          validate_only ? broker.topics().validate(std::move(topic)) : broker.topics().create(std::move(topic)));
  answer.topic_id = created.id;
  answer.num_partitions = created.partitions;
  answer.replication_factor = 1;
  for (const auto& [name, value] : created.configs) {
    answer.configs->push_back({name, value, false, kSetForTopic, false});
  }
  return {};
}

bool is_named_twice(const wire::CreateTopicsRequest& request, const std::string& name) {
  return std::count_if(request.topics.begin(), request.topics.end(),
                       [&](const Creatable& one) { return one.name == name; }) > 1;
}

}  // namespace

wire::CreateTopicsResponse create_topics(RequestContext context, wire::CreateTopicsRequest& request) {
  wire::CreateTopicsResponse response;
  for (const auto& wanted : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = wanted.name;
    Result<> outcome = is_named_twice(request, wanted.name)
                           ? fail(ErrorCode::invalid_request, wanted.name + " is named twice")
                           : create(context.broker, wanted, request.validate_only, answer);
    answer.error_code = wire_code(outcome);
    answer.error_message = wire_message(outcome);
  }
  return response;
}

// DeleteTopics ----------------------------------------------------------------------------------------------------

namespace {

Result<> remove(Broker& broker, const std::string& name) {
  TRY(not_the_logs_own(name));
  TRY(broker.topics().remove(name));
  // What is left of its offsets if this fails is only out of date.
  (void)broker.coordinators().offsets().forget_topic(name);
  return {};
}

Result<> remove(Broker& broker, const wire::DeleteTopicsRequest::DeleteTopicState& wanted,
                wire::DeleteTopicsResponse::DeletableTopicResult& answer) {
  answer.name = wanted.name;
  answer.topic_id = wanted.topic_id;
  if (wanted.name) {
    if (auto topic = broker.topics().describe(*wanted.name)) answer.topic_id = topic->id;
    return remove(broker, *wanted.name);
  }
  auto topic = broker.topics().describe(wanted.topic_id);
  if (!topic) return fail(ErrorCode::unknown_topic_id, wanted.topic_id.to_string());
  answer.name = topic->name;
  return remove(broker, topic->name);
}

}  // namespace

wire::DeleteTopicsResponse delete_topics(RequestContext context, wire::DeleteTopicsRequest& request) {
  wire::DeleteTopicsResponse response;
  for (auto& name : request.topic_names) request.topics.push_back({std::move(name), {}});
  for (const auto& wanted : request.topics) {
    auto& answer = response.responses.emplace_back();
    auto outcome = remove(context.broker, wanted, answer);
    answer.error_code = wire_code(outcome);
    answer.error_message = wire_message(outcome);
    if (!request.topic_names.empty()) answer.topic_id = {};  // those versions have no room for it
  }
  return response;
}

// DescribeConfigs -------------------------------------------------------------------------------------------------

namespace {

Result<> describe(Broker& broker, const wire::DescribeConfigsRequest::DescribeConfigsResource& wanted,
                  wire::DescribeConfigsResponse::DescribeConfigsResult& answer) {
  if (wanted.resource_type == kBrokerResource) return {};
  if (wanted.resource_type != kTopicResource) {
    return fail(ErrorCode::invalid_request, "resource of type " + std::to_string(wanted.resource_type));
  }
  auto topic = broker.topics().describe(wanted.resource_name);
  if (!topic) return fail(ErrorCode::unknown_topic_or_partition, wanted.resource_name);
  for (const auto& [name, value] : topic->configs) {
    const auto& keys = wanted.configuration_keys;
    bool is_wanted = !keys || keys->empty() || std::find(keys->begin(), keys->end(), name) != keys->end();
    if (!is_wanted) continue;
    auto& config = answer.configs.emplace_back();
    config.name = name;
    config.value = value;
    config.config_source = kSetForTopic;
  }
  return {};
}

}  // namespace

wire::DescribeConfigsResponse describe_configs(RequestContext context, wire::DescribeConfigsRequest& request) {
  wire::DescribeConfigsResponse response;
  for (const auto& wanted : request.resources) {
    auto& answer = response.results.emplace_back();
    answer.resource_type = wanted.resource_type;
    answer.resource_name = wanted.resource_name;
    auto outcome = describe(context.broker, wanted, answer);
    answer.error_code = wire_code(outcome);
    answer.error_message = wire_message(outcome);
  }
  return response;
}

}  // namespace weir::log::broker
