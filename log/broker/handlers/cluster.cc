#include "log/broker/handlers/cluster.h"

#include "log/broker/broker.h"
#include "log/broker/handlers/handlers.h"
#include "log/broker/wire_errors.h"
#include "log/model/topic_name.h"

namespace weir::log::broker {

namespace {

using TopicAnswer = wire::MetadataResponse::MetadataResponseTopic;

TopicAnswer describe(Broker& broker, const cluster::Topic& topic) {
  const NodeId here = broker.options().node_id;
  TopicAnswer answer;
  answer.name = topic.name;
  answer.topic_id = topic.id;
  answer.is_internal = topic.is_internal;
  answer.partitions.resize(static_cast<std::size_t>(topic.partitions));
  for (std::int32_t i = 0; i < topic.partitions; ++i) {
    auto& partition = answer.partitions[static_cast<std::size_t>(i)];
    partition.partition_index = PartitionIndex(i);
    partition.leader_id = here;
    partition.leader_epoch = broker.topics().leader_epoch();
    partition.replica_nodes = {here};
    partition.isr_nodes = {here};
  }
  return answer;
}

TopicAnswer describe(Broker& broker, const wire::MetadataRequest::MetadataRequestTopic& wanted) {
  auto topic = wanted.name ? broker.topics().describe(*wanted.name) : broker.topics().describe(wanted.topic_id);
  if (topic) return describe(broker, *topic);
  TopicAnswer answer;
  answer.name = wanted.name;
  answer.topic_id = wanted.topic_id;
  if (!wanted.name) {
    answer.error_code = ErrorCode::unknown_topic_id;
  } else if (!is_legal_topic_name(*wanted.name)) {
    answer.error_code = ErrorCode::invalid_topic;
  } else {
    answer.error_code = ErrorCode::unknown_topic_or_partition;
  }
  return answer;
}

}  // namespace

wire::MetadataResponse metadata(RequestContext context, wire::MetadataRequest& request) {
  Broker& broker = context.broker;
  broker.refresh_if_read_only();
  const BrokerOptions& options = broker.options();
  wire::MetadataResponse response;
  response.brokers.push_back({options.node_id, options.host, options.port, std::nullopt});
  response.controller_id = options.node_id;
  response.cluster_id = options.cluster_id;
  bool wants_all = !request.topics || (context.version == 0 && request.topics->empty());
  if (wants_all) {
    for (const auto& topic : broker.topics().list()) response.topics.push_back(describe(broker, topic));
  } else {
    for (const auto& wanted : *request.topics) response.topics.push_back(describe(broker, wanted));
  }
  return response;
}

wire::DescribeClusterResponse describe_cluster(RequestContext context, wire::DescribeClusterRequest& request) {
  constexpr std::int8_t kBrokers = 1;  // against controllers
  const BrokerOptions& options = context.broker.options();
  wire::DescribeClusterResponse response;
  response.cluster_id = options.cluster_id;
  response.controller_id = options.node_id;
  if (request.endpoint_type != kBrokers) {
    response.error_code = ErrorCode::invalid_request;
    response.error_message = "this is a broker";
    return response;
  }
  response.brokers.push_back({options.node_id, options.host, options.port, std::nullopt});
  return response;
}

wire::FindCoordinatorResponse find_coordinator(RequestContext context, wire::FindCoordinatorRequest& request) {
  const BrokerOptions& options = context.broker.options();
  Result<> known;
  if (request.key_type != wire::CoordinatorType::group && request.key_type != wire::CoordinatorType::transaction) {
    known =
        fail(ErrorCode::invalid_request, "coordinator of type " + std::to_string(static_cast<int>(request.key_type)));
  }
  wire::FindCoordinatorResponse response;
  if (request.coordinator_keys.empty()) {
    response.error_code = wire_code(known);
    response.error_message = wire_message(known);
    response.node_id = options.node_id;
    response.host = options.host;
    response.port = options.port;
  }
  for (auto& key : request.coordinator_keys) {
    auto& coordinator = response.coordinators.emplace_back();
    coordinator.key = std::move(key);
    coordinator.node_id = options.node_id;
    coordinator.host = options.host;
    coordinator.port = options.port;
    coordinator.error_code = wire_code(known);
    coordinator.error_message = wire_message(known);
  }
  return response;
}

wire::ApiVersionsResponse api_versions(RequestContext, wire::ApiVersionsRequest&) {
  wire::ApiVersionsResponse response;
  for (const auto& handler : handlers()) {
    response.api_keys.push_back({handler.api, handler.min_version, handler.max_version});
  }
  return response;
}

}  // namespace weir::log::broker
