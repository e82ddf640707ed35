#include "log/broker/handlers/groups.h"

#include <functional>
#include <type_traits>

#include "log/broker/broker.h"
#include "log/broker/handlers/errors.h"

namespace weir::log::broker {

namespace {

// OffsetCommit and TxnOffsetCommit differ in who commits, not in what.

using Commit = std::function<Result<std::vector<Result<>>>(const std::vector<OffsetToCommit>&)>;

template <class Partition>
OffsetToCommit offset_of(const std::string& topic, Partition& wanted, std::int64_t now_ms) {
  CommittedOffset value{wanted.committed_offset, wanted.committed_leader_epoch,
                        std::move(wanted.committed_metadata).value_or(""), now_ms};
  return {{topic, wanted.partition_index}, std::move(value)};
}

// Fills the answer topic by topic, in the request's order. Partitions that do not exist are not committed.
template <class Request, class Response>
void commit_all(Broker& broker, Request& request, Response& response, const Commit& commit) {
  std::vector<OffsetToCommit> offsets;
  using Answer = typename std::remove_reference_t<decltype(response.topics.front().partitions.front())>;
  std::vector<Answer*> answers;  // one for each of them
  const std::int64_t now_ms = broker.clock().wall_ms();
  response.topics.resize(request.topics.size());
  for (std::size_t i = 0; i < request.topics.size(); ++i) {
    auto& topic = request.topics[i];
    auto& answer = response.topics[i];
    answer.name = topic.name;
    answer.partitions.resize(topic.partitions.size());
    for (std::size_t j = 0; j < topic.partitions.size(); ++j) {
      auto& part = answer.partitions[j];
      part.partition_index = topic.partitions[j].partition_index;
      auto known = broker.topics().find(topic.name, part.partition_index);
      if (!known) {
        part.error_code = wire_code(known.error());
        part.error_message = wire_message(known.error());
        continue;
      }
      offsets.push_back(offset_of(topic.name, topic.partitions[j], now_ms));
      answers.push_back(&part);
    }
  }
  if (offsets.empty()) return;
  auto outcomes = commit(offsets);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Result<> outcome = outcomes ? (*outcomes)[i] : Result<>(fail(outcomes.error()));
    answers[i]->error_code = wire_code(outcome);
    answers[i]->error_message = wire_message(outcome);
  }
}

}  // namespace

wire::OffsetCommitResponse commit_offsets(RequestContext context, wire::OffsetCommitRequest& request) {
  const MemberIdentity member{request.group_id, request.generation_id_or_member_epoch, request.member_id,
                              request.group_instance_id};
  wire::OffsetCommitResponse response;
  commit_all(context.broker, request, response, [&](const std::vector<OffsetToCommit>& offsets) {
    return context.broker.coordinators().offsets().commit(member, offsets);
  });
  return response;
}

wire::TxnOffsetCommitResponse commit_offsets_in_transaction(RequestContext context,
                                                            wire::TxnOffsetCommitRequest& request) {
  const MemberIdentity member{request.group_id, request.generation_id, request.member_id, request.group_instance_id};
  const GroupOffsets::InProducersTransaction in{request.transactional_id,
                                                {request.producer_id, request.producer_epoch}};
  wire::TxnOffsetCommitResponse response;
  Coordinators& coordinators = context.broker.coordinators();
  commit_all(context.broker, request, response, [&](const std::vector<OffsetToCommit>& offsets) {
    return coordinators.offsets().commit(member, offsets, in, coordinators.transactions());
  });
  return response;
}

// OffsetFetch -----------------------------------------------------------------------------------------------------

namespace {

template <class Answer>
Answer fetch_offset(GroupOffsets& offsets, const std::string& group, const TopicPartition& partition,
                    RequireStable stable) {
  Answer answer;
  answer.partition_index = partition.partition;
  answer.committed_offset = kNoOffset;
  auto committed = offsets.fetch(group, partition, stable);
  if (!committed) {
    answer.error_code = wire_code(committed.error());
    if constexpr (requires { answer.error_message; }) answer.error_message = wire_message(committed.error());
  } else if (*committed) {
    answer.committed_offset = (*committed)->offset;
    answer.committed_leader_epoch = (*committed)->leader_epoch;
    answer.metadata = (*committed)->metadata;
  }
  return answer;
}

// `wanted` is a list of topics with partitions, or null for all that the group committed.
template <class Topics, class Answers>
void fetch_group(GroupOffsets& offsets, const std::string& group, const Topics& wanted, RequireStable stable,
                 Answers& answers) {
  using Answer = typename decltype(answers.front().partitions)::value_type;
  if (wanted) {
    for (const auto& topic : *wanted) {
      auto& answer = answers.emplace_back();
      answer.name = topic.name;
      for (auto index : topic.partition_indexes) {
        answer.partitions.push_back(fetch_offset<Answer>(offsets, group, {topic.name, index}, stable));
      }
    }
    return;
  }
  for (const auto& partition : offsets.partitions_of(group)) {
    auto answer = fetch_offset<Answer>(offsets, group, partition, stable);
    if (answer.error_code == ErrorCode::none && answer.committed_offset == kNoOffset) continue;
    if (answers.empty() || answers.back().name != partition.topic) answers.emplace_back().name = partition.topic;
    answers.back().partitions.push_back(std::move(answer));
  }
}

}  // namespace

wire::OffsetFetchResponse fetch_offsets(RequestContext context, wire::OffsetFetchRequest& request) {
  context.broker.refresh_if_read_only();
  GroupOffsets& offsets = context.broker.coordinators().offsets();
  const auto stable = request.require_stable ? RequireStable::yes : RequireStable::no;
  wire::OffsetFetchResponse response;
  if (request.groups.empty()) {
    fetch_group(offsets, request.group_id, request.topics, stable, response.topics);
  }
  for (const auto& group : request.groups) {
    auto& answer = response.groups.emplace_back();
    answer.group_id = group.group_id;
    fetch_group(offsets, group.group_id, group.topics, stable, answer.topics);
  }
  return response;
}

}  // namespace weir::log::broker
