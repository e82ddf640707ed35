#include "log/broker/handlers/topics.h"

#include <algorithm>
#include <functional>
#include <set>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

constexpr std::int8_t kSetForTopic = 1;  // config source "dynamic topic config"

Result<> not_the_logs_own(const std::string& topic) {
  if (!is_coordinator_topic(topic)) return {};
  return fail(ErrorCode::invalid_topic, topic + " is the log's own");
}

// CreateTopics ----------------------------------------------------------------------------------------------------

using Creatable = wire::CreateTopicsRequest::CreatableTopic;
using Created = wire::CreateTopicsResponse::CreatableTopicResult;

Result<std::int32_t> partitions_of(const Creatable& wanted, const BrokerOptions& options) {
  if (wanted.assignments.empty()) {
    if (wanted.replication_factor != -1 && wanted.replication_factor != 1) {
      return fail(ErrorCode::invalid_replication_factor,
                  std::to_string(wanted.replication_factor) + " replicas, and there is one broker");
    }
    return wanted.num_partitions == -1 ? options.default_partitions : wanted.num_partitions;
  }
  if (wanted.num_partitions != -1 || wanted.replication_factor != -1) {
    return fail(ErrorCode::invalid_request, "partitions are either counted or assigned");
  }
  std::set<std::int32_t> indexes;
  for (const auto& assignment : wanted.assignments) {
    if (assignment.broker_ids != std::vector{options.node_id}) {
      return fail(ErrorCode::invalid_request, "a replica on a broker that does not exist");
    }
    indexes.insert(assignment.partition_index.value());
  }
  auto count = static_cast<std::int32_t>(indexes.size());
  bool is_row = *indexes.begin() == 0 && *indexes.rbegin() == count - 1 && indexes.size() == wanted.assignments.size();
  if (!is_row) return fail(ErrorCode::invalid_request, "partitions are not 0, 1, 2, ...");
  return count;
}

Result<cluster::Topic> topic_of(const Creatable& wanted, const BrokerOptions& options) {
  WEIR_TRY(not_the_logs_own(wanted.name));
  cluster::Topic topic;
  topic.name = wanted.name;
  WEIR_TRY_VAR(partitions, partitions_of(wanted, options));
  topic.partitions = partitions;
  for (const auto& config : wanted.configs) {
    if (!config.value) return fail(ErrorCode::invalid_config, config.name + " has no value");
    topic.configs[config.name] = *config.value;
  }
  return topic;
}

Result<> create(Broker& broker, const Creatable& wanted, bool validate_only, Created& answer) {
  WEIR_TRY_VAR(topic, topic_of(wanted, broker.options()));
  WEIR_TRY_VAR(created,
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

Task<Result<>> remove(RequestContext context, std::string name) {
  WEIR_CO_TRY(not_the_logs_own(name));
  Broker& broker = context.broker;
  std::function<Result<>()> work = [&broker, name] {
    return broker.topics().remove(name);
  };
  WEIR_CO_TRY(co_await on_pool(broker.topics().pool(), std::move(work), context.executor));
  // What is left of its offsets if this fails is only out of date.
  (void)co_await broker.coordinators().groups().forget_topic(std::move(name), context.executor);
  co_return Result<>{};
}

using Deletable = wire::DeleteTopicsResponse::DeletableTopicResult;

// Which topic is it? Its answer says so.
Result<std::string> name_of(Broker& broker, const wire::DeleteTopicsRequest::DeleteTopicState& wanted,
                            Deletable& answer) {
  answer.name = wanted.name;
  answer.topic_id = wanted.topic_id;
  if (wanted.name) {
    if (auto topic = broker.topics().describe(*wanted.name)) answer.topic_id = topic->id;
    return *wanted.name;
  }
  auto topic = broker.topics().describe(wanted.topic_id);
  if (!topic) return fail(ErrorCode::unknown_topic_id, wanted.topic_id.to_string());
  answer.name = topic->name;
  return topic->name;
}

}  // namespace

Task<wire::DeleteTopicsResponse> delete_topics(RequestContext context, wire::DeleteTopicsRequest request) {
  wire::DeleteTopicsResponse response;
  for (auto& name : request.topic_names) request.topics.push_back({std::move(name), {}});
  for (const auto& wanted : request.topics) {
    Deletable answer;
    auto name = name_of(context.broker, wanted, answer);
    Result<> outcome;
    if (name) {
      outcome = co_await remove(context, *std::move(name));
    } else {
      outcome = fail(name.error());
    }
    answer.error_code = wire_code(outcome);
    answer.error_message = wire_message(outcome);
    if (!request.topic_names.empty()) answer.topic_id = {};  // those versions have no room for it
    response.responses.push_back(std::move(answer));
  }
  co_return response;
}

// CreatePartitions ------------------------------------------------------------------------------------------------

namespace {

Result<> add_partitions(Broker& broker, const wire::CreatePartitionsRequest::CreatePartitionsTopic& wanted,
                        ValidateOnly validate_only) {
  WEIR_TRY(not_the_logs_own(wanted.name));
  if (wanted.assignments) {
    auto topic = broker.topics().describe(wanted.name);
    const auto there = topic ? topic->partitions : 0;
    const bool fits = static_cast<std::int64_t>(wanted.assignments->size()) == wanted.count - there;
    const std::vector here{broker.options().node_id};
    const bool are_here =
        std::ranges::all_of(*wanted.assignments, [&](const auto& one) { return one.broker_ids == here; });
    if (topic && (!fits || !are_here)) {
      return fail(ErrorCode::invalid_request, "each new partition has one replica, on the one broker");
    }
  }
  return broker.topics().add_partitions(wanted.name, wanted.count, validate_only);
}

}  // namespace

wire::CreatePartitionsResponse create_partitions(RequestContext context, wire::CreatePartitionsRequest& request) {
  wire::CreatePartitionsResponse response;
  for (const auto& wanted : request.topics) {
    const bool is_twice = std::ranges::count(request.topics, wanted.name,
                                             &wire::CreatePartitionsRequest::CreatePartitionsTopic::name) > 1;
    Result<> outcome = is_twice ? fail(ErrorCode::invalid_request, wanted.name + " is named twice")
                                : add_partitions(context.broker, wanted, ValidateOnly(request.validate_only));
    response.results.push_back({wanted.name, wire_code(outcome), wire_message(outcome)});
  }
  return response;
}

}  // namespace weir::log::broker
