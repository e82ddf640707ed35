#include "log/broker/handlers/permission_looks.h"
#include "log/wire/messages/add_offsets_to_txn.h"
#include "log/wire/messages/add_partitions_to_txn.h"
#include "log/wire/messages/describe_transactions.h"
#include "log/wire/messages/end_txn.h"
#include "log/wire/messages/init_producer_id.h"
#include "log/wire/messages/list_transactions.h"
#include "log/wire/messages/txn_offset_commit.h"
#include "log/wire/messages/write_txn_markers.h"

namespace weir::log::broker::permission {

namespace {

constexpr auto kTransactionDenied = ErrorCode::transactional_id_authorization_failed;
constexpr auto kTopicInTransactionDenied = ErrorCode::topic_authorization_failed;

Verdict look(const RequestContext&, Asked may, wire::InitProducerIdRequest& request,
             wire::InitProducerIdResponse& response) {
  if (request.transactional_id) {
    if (may.transaction(Operation::write, *request.transactional_id)) return allowed();
    response.error_code = kTransactionDenied;
    return refused();
  }
  if (may.cluster(Operation::idempotent_write) || may.any(Operation::write, Resource::topic)) return allowed();
  response.error_code = ErrorCode::cluster_authorization_failed;
  return refused();
}

// AddPartitionsToTxn ----------------------------------------------------------------------------------------------

using Topics = std::vector<wire::AddPartitionsToTxnRequest::AddPartitionsToTxnTopic>;
using TopicResults = std::vector<wire::AddPartitionsToTxnResponse::AddPartitionsToTxnTopicResult>;

template <class CodeOf>
TopicResults results_of(const Topics& topics, CodeOf code_of) {
  TopicResults results;
  for (const auto& topic : topics) {
    auto& told = results.emplace_back();
    told.name = topic.name;
    for (const auto index : topic.partitions)
      told.results_by_partition.push_back({index, code_of(topic), std::nullopt});
  }
  return results;
}

// What is told where not all of it may be; nullopt: all may.
std::optional<TopicResults> refusal_of(Asked may, const std::string& id, const Topics& topics) {
  if (!may.transaction(Operation::write, id)) {
    return results_of(topics, [](const auto&) { return kTransactionDenied; });
  }
  const auto may_write = [&](const auto& topic) {
    return may.topic(Operation::write, topic.name);
  };
  if (std::ranges::all_of(topics, may_write)) return std::nullopt;
  return results_of(topics, [&](const auto& topic) {
    return may_write(topic) ? ErrorCode::operation_not_attempted : kTopicInTransactionDenied;
  });
}

Verdict look(const RequestContext& context, Asked may, wire::AddPartitionsToTxnRequest& request,
             wire::AddPartitionsToTxnResponse& response) {
  constexpr std::int16_t kSeveral = 4;
  if (context.version < kSeveral) {
    auto refusal = refusal_of(may, request.v3_and_below_transactional_id, request.v3_and_below_topics);
    if (!refusal) return allowed();
    response.results_by_topic_v3_and_below = *std::move(refusal);
    return refused();
  }
  // What brokers ask each other; clients that ask it may what they might in the versions before.
  if (may.cluster(Operation::cluster_action)) return allowed();
  std::vector<wire::AddPartitionsToTxnResponse::AddPartitionsToTxnResult> denied;
  std::erase_if(request.transactions, [&](const auto& one) {
    auto refusal = refusal_of(may, one.transactional_id, one.topics);
    if (refusal) denied.push_back({one.transactional_id, *std::move(refusal)});
    return refusal.has_value();
  });
  if (denied.empty()) return allowed();
  if (request.transactions.empty()) {
    response.results_by_transaction = std::move(denied);
    return refused();
  }
  return then<wire::AddPartitionsToTxnResponse>([denied = std::move(denied)](wire::AddPartitionsToTxnResponse& told) {
    told.results_by_transaction.insert(told.results_by_transaction.end(), denied.begin(), denied.end());
  });
}

// -----------------------------------------------------------------------------------------------------------------

Verdict look(const RequestContext&, Asked may, wire::AddOffsetsToTxnRequest& request,
             wire::AddOffsetsToTxnResponse& response) {
  if (!may.transaction(Operation::write, request.transactional_id)) {
    response.error_code = kTransactionDenied;
    return refused();
  }
  if (may.group(Operation::read, request.group_id)) return allowed();
  response.error_code = ErrorCode::group_authorization_failed;
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::EndTxnRequest& request, wire::EndTxnResponse& response) {
  if (may.transaction(Operation::write, request.transactional_id)) return allowed();
  response.error_code = kTransactionDenied;
  return refused();
}

void deny_offsets_in_transaction(const wire::TxnOffsetCommitRequest::TxnOffsetCommitRequestTopic& topic, ErrorCode code,
                                 wire::TxnOffsetCommitResponse& response) {
  auto& answer = response.topics.emplace_back();
  answer.name = topic.name;
  for (const auto& partition : topic.partitions) {
    answer.partitions.push_back({partition.partition_index, code, std::nullopt});
  }
}

Verdict look(const RequestContext&, Asked may, wire::TxnOffsetCommitRequest& request,
             wire::TxnOffsetCommitResponse& response) {
  const bool may_write = may.transaction(Operation::write, request.transactional_id);
  if (!may_write || !may.group(Operation::read, request.group_id)) {
    const auto code = may_write ? ErrorCode::group_authorization_failed : kTransactionDenied;
    for (const auto& topic : request.topics) deny_offsets_in_transaction(topic, code, response);
    return refused();
  }
  auto denied = take_denied(request.topics, [&](const auto& topic) { return may.topic(Operation::read, topic.name); });
  if (denied.empty()) return allowed();
  return then<wire::TxnOffsetCommitResponse>([denied = std::move(denied)](wire::TxnOffsetCommitResponse& told) {
    for (const auto& topic : denied) deny_offsets_in_transaction(topic, kTopicInTransactionDenied, told);
  });
}

Verdict look(const RequestContext&, Asked may, wire::WriteTxnMarkersRequest& request,
             wire::WriteTxnMarkersResponse& response) {
  if (may.cluster(Operation::cluster_action) || may.cluster(Operation::alter)) return allowed();
  for (const auto& marker : request.markers) {
    auto& told = response.markers.emplace_back();
    told.producer_id = marker.producer_id;
    for (const auto& topic : marker.topics) {
      auto& answer = told.topics.emplace_back();
      answer.name = topic.name;
      for (const auto index : topic.partition_indexes) {
        answer.partitions.push_back({index, ErrorCode::cluster_authorization_failed});
      }
    }
  }
  return refused();
}

Verdict look(const RequestContext&, Asked may, wire::DescribeTransactionsRequest& request,
             wire::DescribeTransactionsResponse&) {
  auto denied = take_denied(request.transactional_ids,
                            [&](const std::string& id) { return may.transaction(Operation::describe, id); });
  return then<wire::DescribeTransactionsResponse>(
      [may, denied = std::move(denied)](wire::DescribeTransactionsResponse& response) {
        for (auto& one : response.transaction_states) {
          std::erase_if(one.topics, [&](const auto& topic) { return !may.topic(Operation::describe, topic.topic); });
        }
        for (const auto& id : denied) {
          auto& told = response.transaction_states.emplace_back();
          told.transactional_id = id;
          told.error_code = kTransactionDenied;
        }
      });
}

Verdict look(const RequestContext&, Asked may, wire::ListTransactionsRequest&, wire::ListTransactionsResponse&) {
  return then<wire::ListTransactionsResponse>([may](wire::ListTransactionsResponse& response) {
    std::erase_if(response.transaction_states,
                  [&](const auto& one) { return !may.transaction(Operation::describe, one.transactional_id); });
  });
}

constexpr PermissionRow kTransactionRows[] = {
    row<wire::InitProducerIdRequest, look>(),       row<wire::AddPartitionsToTxnRequest, look>(),
    row<wire::AddOffsetsToTxnRequest, look>(),      row<wire::EndTxnRequest, look>(),
    row<wire::TxnOffsetCommitRequest, look>(),      row<wire::WriteTxnMarkersRequest, look>(),
    row<wire::DescribeTransactionsRequest, look>(), row<wire::ListTransactionsRequest, look>(),
};

}  // namespace

std::span<const PermissionRow> transaction_rows() {
  return kTransactionRows;
}

}  // namespace weir::log::broker::permission
