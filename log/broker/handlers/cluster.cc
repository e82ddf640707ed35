#include "log/broker/handlers/cluster.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "log/base/log_line.h"
#include "log/broker/broker.h"
#include "log/broker/cluster_name.h"
#include "log/broker/coordination/on_pool.h"
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

TopicAnswer describe(Broker& broker, const wire::MetadataRequest::MetadataRequestTopic& wanted, std::int16_t version) {
  constexpr std::int16_t kById = 12;  // an answer has always a name before
  auto topic = wanted.name ? broker.topics().describe(*wanted.name) : broker.topics().describe(wanted.topic_id);
  if (topic) return describe(broker, *topic);
  TopicAnswer answer;
  answer.name = wanted.name;
  answer.topic_id = wanted.topic_id;
  if (!wanted.name) {
    if (version < kById) answer.name.emplace();
    answer.error_code = ErrorCode::unknown_topic_id;
  } else if (!is_legal_topic_name(*wanted.name)) {
    answer.error_code = ErrorCode::invalid_topic;
  } else {
    answer.error_code = ErrorCode::unknown_topic_or_partition;
  }
  return answer;
}

HostPort address_of(const RequestContext& context) {
  const BrokerOptions& options = context.broker.options();
  return context.here != nullptr ? *context.here : HostPort{options.host, static_cast<std::uint16_t>(options.port)};
}

void describe_broker(const RequestContext& context, wire::MetadataResponse& response) {
  const BrokerOptions& options = context.broker.options();
  HostPort address = address_of(context);
  response.brokers.push_back({options.node_id, std::move(address.host), address.port, std::nullopt});
  response.controller_id = options.node_id;
  response.cluster_id = cluster_id_of(context.broker);
}

// Those that there are not and that are to be made.
std::vector<std::string> topics_to_make(const RequestContext& context, const wire::MetadataRequest& request) {
  std::vector<std::string> names;
  constexpr std::int16_t kMayForbid = 4;  // before that version every request made topics
  const bool is_allowed = request.allow_auto_topic_creation || context.version < kMayForbid;
  const Broker& broker = context.broker;
  if (!is_allowed || context.here == nullptr || !broker.options().auto_create_topics) return names;
  for (const auto& wanted : *request.topics) {
    if (!wanted.name || !is_legal_topic_name(*wanted.name) || is_coordinator_topic(*wanted.name)) continue;
    if (!context.broker.topics().describe(*wanted.name)) names.push_back(*wanted.name);
  }
  return names;
}

// What became of it is seen by whoever describes it then: another request may have made it meanwhile.
void make_topic(Broker& broker, const std::string& name) {
  cluster::Topic topic;
  topic.name = name;
  topic.partitions = broker.options().default_partitions;
  auto made = broker.topics().create(std::move(topic));
  if (!made && made.error().code != ErrorCode::topic_already_exists) {
    log_line::warn("topic {} was asked for and could not be made: {}", name, made.error().to_string());
  }
}

Task<Result<>> describe_when_made(RequestContext context, std::vector<std::string> names,
                                  std::vector<wire::MetadataRequest::MetadataRequestTopic> wanted,
                                  wire::MetadataResponse* response) {
  Broker& broker = context.broker;
  std::function<bool()> work = [&broker, names = std::move(names)] {
    for (const auto& name : names) make_topic(broker, name);
    return true;
  };
  (void)co_await on_pool(broker.options().pool, std::move(work), context.executor);
  for (const auto& one : wanted) response->topics.push_back(describe(broker, one, context.version));
  co_return Result<>{};
}

// What ApiVersions says of the program that asks (KIP-511).
bool is_legal_software_name(std::string_view name) {
  const auto is_inner = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.';
  };
  return !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) != 0 &&
         std::isalnum(static_cast<unsigned char>(name.back())) != 0 && std::ranges::all_of(name, is_inner);
}

}  // namespace

Later metadata(RequestContext context, wire::MetadataRequest& request, wire::MetadataResponse& response) {
  Broker& broker = context.broker;
  broker.refresh_if_read_only();
  describe_broker(context, response);
  bool wants_all = !request.topics || (context.version == 0 && request.topics->empty());
  if (wants_all) {
    for (const auto& topic : broker.topics().list()) response.topics.push_back(describe(broker, topic));
    return std::nullopt;
  }
  auto names = topics_to_make(context, request);
  if (!names.empty()) return describe_when_made(context, std::move(names), std::move(*request.topics), &response);
  for (const auto& wanted : *request.topics) response.topics.push_back(describe(broker, wanted, context.version));
  return std::nullopt;
}

wire::DescribeClusterResponse describe_cluster(RequestContext context, wire::DescribeClusterRequest& request) {
  constexpr std::int8_t kBrokers = 1;  // against controllers
  const BrokerOptions& options = context.broker.options();
  wire::DescribeClusterResponse response;
  response.cluster_id = cluster_id_of(context.broker);
  response.controller_id = options.node_id;
  if (request.endpoint_type != kBrokers) {
    response.error_code = ErrorCode::invalid_request;
    response.error_message = "this is a broker";
    return response;
  }
  HostPort address = address_of(context);
  response.brokers.push_back({options.node_id, std::move(address.host), address.port, std::nullopt});
  return response;
}

wire::FindCoordinatorResponse find_coordinator(RequestContext context, wire::FindCoordinatorRequest& request) {
  const NodeId node = context.broker.options().node_id;
  const HostPort here = address_of(context);
  Result<> known;
  if (request.key_type != wire::CoordinatorType::group && request.key_type != wire::CoordinatorType::transaction) {
    known =
        fail(ErrorCode::invalid_request, "coordinator of type " + std::to_string(static_cast<int>(request.key_type)));
  }
  constexpr std::int16_t kSeveralKeys = 4;  // then an answer has no place for one alone
  wire::FindCoordinatorResponse response;
  if (context.version < kSeveralKeys) {
    response.error_code = wire_code(known);
    response.error_message = wire_message(known);
    response.node_id = node;
    response.host = here.host;
    response.port = here.port;
  }
  for (auto& key : request.coordinator_keys) {
    auto& coordinator = response.coordinators.emplace_back();
    coordinator.key = std::move(key);
    coordinator.node_id = node;
    coordinator.host = here.host;
    coordinator.port = here.port;
    coordinator.error_code = wire_code(known);
    coordinator.error_message = wire_message(known);
  }
  return response;
}

wire::ApiVersionsResponse api_versions(RequestContext context, wire::ApiVersionsRequest& request) {
  constexpr std::int16_t kNamesSoftware = 3;
  wire::ApiVersionsResponse response;
  const bool is_named =
      is_legal_software_name(request.client_software_name) && is_legal_software_name(request.client_software_version);
  if (context.version >= kNamesSoftware && context.here != nullptr && !is_named) {
    response.error_code = ErrorCode::invalid_request;
    return response;
  }
  for (const auto& handler : handlers()) {
    response.api_keys.push_back({handler.api, handler.min_version, handler.max_version});
  }
  return response;
}

}  // namespace weir::log::broker
