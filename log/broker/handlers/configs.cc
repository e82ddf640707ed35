#include "log/broker/handlers/configs.h"

#include <algorithm>
#include <array>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"
#include "log/cluster/topic_configs.h"

namespace weir::log::broker {

namespace {

// On the wire: kinds of resources, where a value comes from, and what it is.
constexpr std::int8_t kTopicResource = 2;
constexpr std::int8_t kBrokerResource = 4;
constexpr std::int8_t kSetForTopic = 1;
constexpr std::int8_t kGivenToBroker = 4;
constexpr std::int8_t kDefault = 5;
constexpr std::int8_t kString = 2;
constexpr std::int8_t kLong = 5;
constexpr std::int8_t kDouble = 6;
constexpr std::int8_t kList = 7;

using WantedResource = wire::DescribeConfigsRequest::DescribeConfigsResource;
using Described = wire::DescribeConfigsResponse::DescribeConfigsResourceResult;
using cluster::ConfigChange;
using cluster::TopicConfig;

std::int8_t type_of(TopicConfig::Kind kind) {
  switch (kind) {
    case TopicConfig::Kind::integer:
      return kLong;
    case TopicConfig::Kind::ratio:
      return kDouble;
    case TopicConfig::Kind::one_of:
      return kString;
    case TopicConfig::Kind::set_of:
      return kList;
  }
  return kString;
}

bool is_asked_for(const WantedResource& wanted, std::string_view name) {
  const auto& keys = wanted.configuration_keys;
  return !keys || keys->empty() || std::ranges::find(*keys, name) != keys->end();
}

// Fields that came with later versions keep their defaults in earlier ones.
struct Terms {
  std::int16_t version;
  bool with_synonyms;
};

void set_source(Described& config, std::int8_t source, const Terms& terms) {
  if (terms.version == 0) {
    config.is_default = source == kDefault;
  } else {
    config.config_source = source;
  }
}

Described describe(const TopicConfig& known, const std::map<std::string, std::string>& set, const Terms& terms) {
  auto found = set.find(std::string(known.name));
  const bool is_set = found != set.end();
  Described config;
  config.name = known.name;
  config.value = is_set ? found->second : std::string(known.when_unset);
  set_source(config, is_set ? kSetForTopic : kDefault, terms);
  if (terms.version >= 3) config.config_type = type_of(known.kind);
  config.documentation.reset();
  if (!terms.with_synonyms || terms.version == 0) return config;
  if (is_set) config.synonyms.push_back({config.name, found->second, kSetForTopic});
  config.synonyms.push_back({config.name, std::string(known.when_unset), kDefault});
  return config;
}

std::vector<std::pair<std::string, std::string>> configs_of(const BrokerOptions& options) {
  auto ms = [](Millis time) {
    return std::to_string(time.count());
  };
  return {
      {"auto.create.topics.enable", options.auto_create_topics ? "true" : "false"},
      {"group.initial.rebalance.delay.ms", ms(options.groups.initial_rebalance_delay)},
      {"group.max.session.timeout.ms", ms(options.groups.max_session_timeout)},
      {"group.min.session.timeout.ms", ms(options.groups.min_session_timeout)},
      {"log.retention.check.interval.ms", ms(options.retention_interval)},
      {"log.segment.bytes", std::to_string(options.segment_bytes)},
      {"num.partitions", std::to_string(options.default_partitions)},
      {"node.id", std::to_string(options.node_id.value())},
      {"offsets.retention.check.interval.ms", ms(options.expiration_interval)},
      {"offsets.retention.minutes", std::to_string(options.groups.offsets_retention.count() / 60'000)},
      {"offsets.topic.num.partitions", std::to_string(options.coordinator_partitions)},
      {"transaction.state.log.num.partitions", std::to_string(options.coordinator_partitions)},
  };
}

Result<> describe(Broker& broker, const WantedResource& wanted, const Terms& terms, std::vector<Described>& configs) {
  if (wanted.resource_type == kTopicResource) {
    auto topic = broker.topics().describe(wanted.resource_name);
    if (!topic) return fail(ErrorCode::unknown_topic_or_partition, wanted.resource_name);
    for (const auto& known : cluster::topic_configs()) {
      if (is_asked_for(wanted, known.name)) configs.push_back(describe(known, topic->configs, terms));
    }
    return {};
  }
  if (wanted.resource_type != kBrokerResource) {
    return fail(ErrorCode::invalid_request, "resource of type " + std::to_string(wanted.resource_type));
  }
  const std::string here = std::to_string(broker.options().node_id.value());
  if (!wanted.resource_name.empty() && wanted.resource_name != here) {
    return fail(ErrorCode::invalid_request, "this is broker " + here + ", not " + wanted.resource_name);
  }
  for (auto& [name, value] : configs_of(broker.options())) {
    if (!is_asked_for(wanted, name)) continue;
    Described& config = configs.emplace_back();
    config.name = std::move(name);
    config.value = std::move(value);
    config.read_only = true;
    config.documentation.reset();
    set_source(config, kGivenToBroker, terms);
    if (terms.version >= 3) config.config_type = kLong;
  }
  return {};
}

}  // namespace

wire::DescribeConfigsResponse describe_configs(RequestContext context, wire::DescribeConfigsRequest& request) {
  context.broker.refresh_if_read_only();
  const Terms terms{context.version, request.include_synonyms};
  wire::DescribeConfigsResponse response;
  for (const auto& wanted : request.resources) {
    auto& answer = response.results.emplace_back();
    answer.resource_type = wanted.resource_type;
    answer.resource_name = wanted.resource_name;
    auto outcome = describe(context.broker, wanted, terms, answer.configs);
    answer.error_code = wire_code(outcome);
    answer.error_message = wire_message(outcome);
  }
  return response;
}

// Changes ---------------------------------------------------------------------------------------------------------

namespace {

using Configs = std::map<std::string, std::string>;

// `decide` makes the configs that are to be set of those that are.
template <class Resource, class Decide>
Result<> change(Broker& broker, const Resource& resource, ValidateOnly validate_only, Decide decide) {
  if (resource.resource_type == kBrokerResource) {
    return fail(ErrorCode::invalid_request, "a broker's configs cannot be changed while it runs");
  }
  if (resource.resource_type != kTopicResource) {
    return fail(ErrorCode::invalid_request, "resource of type " + std::to_string(resource.resource_type));
  }
  if (is_coordinator_topic(resource.resource_name)) {
    return fail(ErrorCode::invalid_topic, resource.resource_name + " is the log's own");
  }
  auto topic = broker.topics().describe(resource.resource_name);
  if (!topic) return fail(ErrorCode::unknown_topic_or_partition, resource.resource_name);
  Result<Configs> configs = decide(topic->configs);
  if (!configs) return fail(configs.error());
  return broker.topics().set_configs(resource.resource_name, *std::move(configs), validate_only);
}

Result<Configs> replaced(const wire::AlterConfigsRequest::AlterConfigsResource& resource) {
  Configs configs;
  for (const auto& config : resource.configs) {
    if (!config.value) continue;  // unset
    if (!configs.emplace(config.name, *config.value).second) {
      return fail(ErrorCode::invalid_request, config.name + " is named twice");
    }
  }
  return configs;
}

Result<Configs> changed(const wire::IncrementalAlterConfigsRequest::AlterConfigsResource& resource,
                        const Configs& present) {
  std::vector<ConfigChange> changes;
  for (const auto& config : resource.configs) {
    if (config.config_operation < 0 || config.config_operation > 3) {
      return fail(ErrorCode::invalid_request, "operation " + std::to_string(config.config_operation));
    }
    changes.push_back({config.name, ConfigChange::Kind(config.config_operation), config.value});
  }
  return cluster::changed_configs(present, changes);
}

template <class Response, class Resource>
void answer_change(Response& response, const Resource& resource, const Result<>& outcome) {
  response.responses.push_back(
      {wire_code(outcome), wire_message(outcome), resource.resource_type, resource.resource_name});
}

}  // namespace

wire::AlterConfigsResponse alter_configs(RequestContext context, wire::AlterConfigsRequest& request) {
  wire::AlterConfigsResponse response;
  for (const auto& resource : request.resources) {
    auto outcome = change(context.broker, resource, ValidateOnly(request.validate_only),
                          [&](const Configs&) { return replaced(resource); });
    answer_change(response, resource, outcome);
  }
  return response;
}

wire::IncrementalAlterConfigsResponse change_configs(RequestContext context,
                                                     wire::IncrementalAlterConfigsRequest& request) {
  wire::IncrementalAlterConfigsResponse response;
  for (const auto& resource : request.resources) {
    auto outcome = change(context.broker, resource, ValidateOnly(request.validate_only),
                          [&](const Configs& present) { return changed(resource, present); });
    answer_change(response, resource, outcome);
  }
  return response;
}

}  // namespace weir::log::broker
