#include "log/broker/handlers/groups.h"

#include <type_traits>

#include "log/broker/broker.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

// OffsetCommit and TxnOffsetCommit differ in who commits, not in what.

template <class Partition>
OffsetToCommit offset_of(const std::string& topic, Partition& wanted, std::int64_t now_ms) {
  CommittedOffset value{wanted.committed_offset, wanted.committed_leader_epoch,
                        std::move(wanted.committed_metadata).value_or(""), now_ms};
  return {{topic, wanted.partition_index}, std::move(value)};
}

template <class Response>
using AnswerOf = typename std::remove_reference_t<decltype(Response().topics.front().partitions.front())>;

// What is to be committed, and where the answer to each stands.
template <class Response>
struct ToCommit {
  std::vector<OffsetToCommit> offsets;
  std::vector<AnswerOf<Response>*> answers;
};

// Fills the answer topic by topic, in the request's order. Partitions that do not exist are not committed.
template <class Request, class Response>
ToCommit<Response> to_commit(Broker& broker, Request& request, Response& response) {
  ToCommit<Response> found;
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
      found.offsets.push_back(offset_of(topic.name, topic.partitions[j], now_ms));
      found.answers.push_back(&part);
    }
  }
  return found;
}

template <class Answer>
void tell(const std::vector<Answer*>& answers, const Result<GroupService::Outcomes>& outcomes) {
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Result<> outcome = outcomes ? (*outcomes)[i] : Result<>(fail(outcomes.error()));
    answers[i]->error_code = wire_code(outcome);
    answers[i]->error_message = wire_message(outcome);
  }
}

}  // namespace

Task<wire::OffsetCommitResponse> commit_offsets(RequestContext context, wire::OffsetCommitRequest request) {
  MemberIdentity member{request.group_id, request.generation_id_or_member_epoch, request.member_id,
                        request.group_instance_id};
  wire::OffsetCommitResponse response;
  auto wanted = to_commit(context.broker, request, response);
  if (wanted.offsets.empty()) co_return response;
  tell(wanted.answers, co_await context.broker.coordinators().groups().commit(
                           std::move(member), std::move(wanted.offsets), context.executor));
  co_return response;
}

Task<wire::TxnOffsetCommitResponse> commit_offsets_in_transaction(RequestContext context,
                                                                  wire::TxnOffsetCommitRequest request) {
  MemberIdentity member{request.group_id, request.generation_id, request.member_id, request.group_instance_id};
  Coordinators& coordinators = context.broker.coordinators();
  GroupService::InProducersTransaction in;
  in.producer = {request.producer_id, request.producer_epoch};
  in.append = [&transactions = coordinators.transactions(), id = request.transactional_id](Partition& partition,
                                                                                           const RecordBatch& batch) {
    return transactions.append(id, partition, batch, storage::Origin::coordinator);
  };
  wire::TxnOffsetCommitResponse response;
  auto wanted = to_commit(context.broker, request, response);
  if (wanted.offsets.empty()) co_return response;
  tell(wanted.answers, co_await coordinators.groups().commit(std::move(member), std::move(wanted.offsets),
                                                             std::move(in), context.executor));
  co_return response;
}

// OffsetFetch -----------------------------------------------------------------------------------------------------

namespace {

template <class Answer>
Answer fetch_offset(GroupService& groups, const std::string& group, const TopicPartition& partition,
                    RequireStable stable) {
  Answer answer;
  answer.partition_index = partition.partition;
  answer.committed_offset = kNoOffset;
  auto committed = groups.fetch(group, partition, stable);
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
void fetch_group(GroupService& groups, const std::string& group, const Topics& wanted, RequireStable stable,
                 Answers& answers) {
  using Answer = typename decltype(answers.front().partitions)::value_type;
  if (wanted) {
    for (const auto& topic : *wanted) {
      auto& answer = answers.emplace_back();
      answer.name = topic.name;
      for (auto index : topic.partition_indexes) {
        answer.partitions.push_back(fetch_offset<Answer>(groups, group, {topic.name, index}, stable));
      }
    }
    return;
  }
  for (const auto& partition : groups.partitions_of(group)) {
    auto answer = fetch_offset<Answer>(groups, group, partition, stable);
    if (answer.error_code == ErrorCode::none && answer.committed_offset == kNoOffset) continue;
    if (answers.empty() || answers.back().name != partition.topic) answers.emplace_back().name = partition.topic;
    answers.back().partitions.push_back(std::move(answer));
  }
}

}  // namespace

wire::OffsetFetchResponse fetch_offsets(RequestContext context, wire::OffsetFetchRequest& request) {
  context.broker.refresh_if_read_only();
  GroupService& groups = context.broker.coordinators().groups();
  const auto stable = request.require_stable ? RequireStable::yes : RequireStable::no;
  wire::OffsetFetchResponse response;
  if (request.groups.empty()) {
    fetch_group(groups, request.group_id, request.topics, stable, response.topics);
  }
  for (const auto& group : request.groups) {
    auto& answer = response.groups.emplace_back();
    answer.group_id = group.group_id;
    const auto checked = groups.check_fetch(group.group_id, group.member_id, group.member_epoch);
    answer.error_code = wire_code(checked);
    if (!checked) continue;
    fetch_group(groups, group.group_id, group.topics, stable, answer.topics);
  }
  return response;
}

}  // namespace weir::log::broker
