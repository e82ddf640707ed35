#include "log/broker/broker.h"
#include "log/broker/handlers/permission_looks.h"
#include "log/model/topic_name.h"
#include "log/wire/messages/create_partitions.h"
#include "log/wire/messages/create_topics.h"
#include "log/wire/messages/delete_records.h"
#include "log/wire/messages/delete_topics.h"
#include "log/wire/messages/describe_producers.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/list_offsets.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/offset_for_leader_epoch.h"
#include "log/wire/messages/produce.h"

namespace weir::log::broker::permission {

namespace {

constexpr auto kTopicDenied = ErrorCode::topic_authorization_failed;

// Requests that are a list of topics, each with a list of partitions: those that are denied are answered one by one.
// `answer_of(topic)` gives an answer with the topic's name, to whose partitions `add` adds one that is denied.
template <class Response, auto kAnswers, class Topic, class Fill>
Verdict deny_topics(std::vector<Topic> denied, Fill fill) {
  if (denied.empty()) return allowed();
  return then<Response>([denied = std::move(denied), fill](Response& response) {
    for (const auto& topic : denied) fill(topic, (response.*kAnswers).emplace_back());
  });
}

Verdict look(const RequestContext&, Asked may, wire::ProduceRequest& request, wire::ProduceResponse& response) {
  using Topic = wire::ProduceRequest::TopicProduceData;
  using Answer = wire::ProduceResponse::TopicProduceResponse;
  const auto deny = [](const Topic& topic, Answer& answer, ErrorCode code) {
    answer.name = topic.name;
    for (const auto& partition : topic.partition_data) {
      auto& told = answer.partition_responses.emplace_back();
      told.index = partition.index;
      told.error_code = code;
      told.base_offset = kNoOffset;
    }
  };
  if (request.transactional_id && !may.transaction(Operation::write, *request.transactional_id)) {
    for (const auto& topic : request.topic_data) {
      deny(topic, response.responses.emplace_back(), ErrorCode::transactional_id_authorization_failed);
    }
    return refused();
  }
  auto denied =
      take_denied(request.topic_data, [&](const Topic& topic) { return may.topic(Operation::write, topic.name); });
  return deny_topics<wire::ProduceResponse, &wire::ProduceResponse::responses>(
      std::move(denied), [deny](const Topic& topic, Answer& answer) { deny(topic, answer, kTopicDenied); });
}

Verdict look(const RequestContext&, Asked may, wire::ListOffsetsRequest& request, wire::ListOffsetsResponse&) {
  using Topic = wire::ListOffsetsRequest::ListOffsetsTopic;
  auto denied =
      take_denied(request.topics, [&](const Topic& topic) { return may.topic(Operation::describe, topic.name); });
  return deny_topics<wire::ListOffsetsResponse, &wire::ListOffsetsResponse::topics>(
      std::move(denied), [](const Topic& topic, auto& answer) {
        answer.name = topic.name;
        for (const auto& partition : topic.partitions) {
          auto& told = answer.partitions.emplace_back();
          told.partition_index = partition.partition_index;
          told.error_code = kTopicDenied;
        }
      });
}

Verdict look(const RequestContext&, Asked may, wire::OffsetForLeaderEpochRequest& request,
             wire::OffsetForLeaderEpochResponse&) {
  using Topic = wire::OffsetForLeaderEpochRequest::OffsetForLeaderTopic;
  const bool is_replica = request.replica_id.value() >= 0;
  const bool may_all = is_replica && may.cluster(Operation::cluster_action);
  auto denied = take_denied(request.topics, [&](const Topic& topic) {
    return may_all || (!is_replica && may.topic(Operation::describe, topic.topic));
  });
  return deny_topics<wire::OffsetForLeaderEpochResponse, &wire::OffsetForLeaderEpochResponse::topics>(
      std::move(denied), [](const Topic& topic, auto& answer) {
        answer.topic = topic.topic;
        for (const auto& partition : topic.partitions) {
          auto& told = answer.partitions.emplace_back();
          told.partition = partition.partition;
          told.error_code = kTopicDenied;
        }
      });
}

Verdict look(const RequestContext&, Asked may, wire::DeleteRecordsRequest& request, wire::DeleteRecordsResponse&) {
  using Topic = wire::DeleteRecordsRequest::DeleteRecordsTopic;
  auto denied =
      take_denied(request.topics, [&](const Topic& topic) { return may.topic(Operation::remove, topic.name); });
  return deny_topics<wire::DeleteRecordsResponse, &wire::DeleteRecordsResponse::topics>(
      std::move(denied), [](const Topic& topic, auto& answer) {
        answer.name = topic.name;
        for (const auto& partition : topic.partitions) {
          answer.partitions.push_back({partition.partition_index, kNoOffset, kTopicDenied});
        }
      });
}

Verdict look(const RequestContext&, Asked may, wire::DescribeProducersRequest& request,
             wire::DescribeProducersResponse&) {
  using Topic = wire::DescribeProducersRequest::TopicRequest;
  auto denied = take_denied(request.topics, [&](const Topic& topic) { return may.topic(Operation::read, topic.name); });
  return deny_topics<wire::DescribeProducersResponse, &wire::DescribeProducersResponse::topics>(
      std::move(denied), [](const Topic& topic, auto& answer) {
        answer.name = topic.name;
        for (const auto index : topic.partition_indexes) {
          auto& told = answer.partitions.emplace_back();
          told.partition_index = index;
          told.error_code = kTopicDenied;
        }
      });
}

Verdict look(const RequestContext&, Asked may, wire::CreatePartitionsRequest& request,
             wire::CreatePartitionsResponse&) {
  using Topic = wire::CreatePartitionsRequest::CreatePartitionsTopic;
  auto denied =
      take_denied(request.topics, [&](const Topic& topic) { return may.topic(Operation::alter, topic.name); });
  return deny_topics<wire::CreatePartitionsResponse, &wire::CreatePartitionsResponse::results>(
      std::move(denied), [](const Topic& topic, auto& answer) {
        answer.name = topic.name;
        answer.error_code = kTopicDenied;
      });
}

// What may be made is told as it was made only to who may see configs.
Verdict look(const RequestContext&, Asked may, wire::CreateTopicsRequest& request, wire::CreateTopicsResponse&) {
  using Topic = wire::CreateTopicsRequest::CreatableTopic;
  const bool may_all = may.cluster(Operation::create);
  auto denied = take_denied(request.topics,
                            [&](const Topic& topic) { return may_all || may.topic(Operation::create, topic.name); });
  return then<wire::CreateTopicsResponse>([may, denied = std::move(denied)](wire::CreateTopicsResponse& response) {
    for (auto& told : response.topics) {
      if (told.error_code != ErrorCode::none || may.topic(Operation::describe_configs, told.name)) continue;
      told.topic_config_error_code = kTopicDenied;
      told.num_partitions = -1;
      told.replication_factor = -1;
      told.configs = std::vector<wire::CreateTopicsResponse::CreatableTopicConfigs>();
    }
    for (const auto& topic : denied) {
      auto& told = response.topics.emplace_back();
      told.name = topic.name;
      told.error_code = kTopicDenied;
      told.error_message = "Authorization failed.";
    }
  });
}

Verdict look(const RequestContext& context, Asked may, wire::DeleteTopicsRequest& request,
             wire::DeleteTopicsResponse&) {
  using Topic = wire::DeleteTopicsRequest::DeleteTopicState;
  const auto& topics = context.broker.topics();
  auto denied = take_denied(request.topics, [&](const Topic& topic) {
    std::optional<std::string> name = topic.name;
    if (!name) {
      auto known = topics.describe(topic.topic_id);
      if (!known) return true;  // it is told that nobody knows it
      name = known->name;
    }
    return may.topic(Operation::remove, *name);
  });
  auto denied_names =
      take_denied(request.topic_names, [&](const std::string& name) { return may.topic(Operation::remove, name); });
  for (auto& name : denied_names) denied.push_back({std::move(name), {}});
  if (denied.empty()) return allowed();
  return then<wire::DeleteTopicsResponse>([denied = std::move(denied)](wire::DeleteTopicsResponse& response) {
    for (const auto& topic : denied) {
      // Of an id, its name is not told.
      response.responses.push_back({topic.name, topic.topic_id, kTopicDenied, std::nullopt});
    }
  });
}

// Metadata --------------------------------------------------------------------------------------------------------

using MetadataTopic = wire::MetadataRequest::MetadataRequestTopic;

bool may_make(Asked may, const std::string& name) {
  return may.cluster(Operation::create) || may.topic(Operation::create, name);
}

// Would the handler make it?
bool is_to_be_made(const RequestContext& context, const wire::MetadataRequest& request, const MetadataTopic& topic) {
  constexpr std::int16_t kMayForbid = 4;
  const bool wants = request.allow_auto_topic_creation || context.version < kMayForbid;
  return wants && context.broker.options().auto_create_topics && topic.name && is_legal_topic_name(*topic.name) &&
         !context.broker.topics().describe(*topic.name);
}

// Of those that were asked for by name the error is told, by id that nobody knows them.
std::vector<MetadataTopic> denied_of(const RequestContext& context, Asked may, wire::MetadataRequest& request) {
  if (!request.topics) return {};
  return take_denied(*request.topics, [&](const MetadataTopic& topic) {
    if (!topic.name) {
      auto known = context.broker.topics().describe(topic.topic_id);
      return !known || may.topic(Operation::describe, known->name);
    }
    if (!may.topic(Operation::describe, *topic.name)) return false;
    return !is_to_be_made(context, request, topic) || may_make(may, *topic.name);
  });
}

Verdict look(const RequestContext& context, Asked may, wire::MetadataRequest& request, wire::MetadataResponse&) {
  constexpr std::int16_t kNullName = 12;
  const bool wants_all = !request.topics || (context.version == 0 && request.topics->empty());
  const bool tells_topics = request.include_topic_authorized_operations;
  const bool tells_cluster = request.include_cluster_authorized_operations;
  auto denied = wants_all ? std::vector<MetadataTopic>() : denied_of(context, may, request);
  // An empty list would mean all of them, before version 1.
  const bool has_none_left = context.version == 0 && !wants_all && request.topics->empty();
  if (has_none_left) request.topics->push_back({{}, std::string()});  // no topic, and none is made of it
  const auto finish = [=, denied = std::move(denied), version = context.version](wire::MetadataResponse& response) {
    if (has_none_left) response.topics.clear();
    if (wants_all) {
      std::erase_if(response.topics, [&](const auto& topic) { return !may.topic(Operation::describe, *topic.name); });
    }
    for (auto& topic : response.topics) {
      if (!tells_topics || topic.error_code != ErrorCode::none) continue;
      topic.topic_authorized_operations = may.operations_on(Resource::topic, *topic.name);
    }
    for (const auto& topic : denied) {
      auto& told = response.topics.emplace_back();
      told.name = topic.name;
      told.topic_id = topic.topic_id;
      told.error_code = topic.name ? kTopicDenied : ErrorCode::unknown_topic_id;
      if (!topic.name && version < kNullName) told.name.emplace();
    }
    if (tells_cluster) {
      response.cluster_authorized_operations =
          may.cluster(Operation::describe) ? may.operations_on(Resource::cluster, security::kClusterName) : 0;
    }
  };
  return then<wire::MetadataResponse>(finish);
}

constexpr PermissionRow kTopicRows[] = {
    row<wire::ProduceRequest, look>(),          everybody<wire::FetchRequest>(),
    row<wire::ListOffsetsRequest, look>(),      row<wire::MetadataRequest, look>(true),
    row<wire::CreateTopicsRequest, look>(),     row<wire::DeleteTopicsRequest, look>(),
    row<wire::DeleteRecordsRequest, look>(),    row<wire::OffsetForLeaderEpochRequest, look>(),
    row<wire::CreatePartitionsRequest, look>(), row<wire::DescribeProducersRequest, look>(),
};

}  // namespace

std::span<const PermissionRow> topic_rows() {
  return kTopicRows;
}

}  // namespace weir::log::broker::permission
