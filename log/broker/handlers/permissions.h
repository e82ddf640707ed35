// What each API asks of who calls, as Kafka's brokers ask it: one row an API. A request is looked at before its handler
// sees it: what is not allowed is taken out, and answered with an error behind the handler's back; a name that may not
// be described gets the same answer whether or not it exists.
//
//   Produce                  write topic, write transactional_id
//   Fetch                    read topic; of a replica: cluster_action (asked by the handler, which knows sessions)
//   ListOffsets              describe topic
//   Metadata                 describe topic; to make one: create cluster or topic
//   OffsetCommit             read group, read topic
//   OffsetFetch              describe group, describe topic
//   FindCoordinator          describe group, describe transactional_id
//   JoinGroup, SyncGroup, Heartbeat, LeaveGroup                read group
//   ConsumerGroupHeartbeat   read group, describe topic
//   DescribeGroups, ConsumerGroupDescribe, ListGroups          describe group; ListGroups: or cluster
//   CreateTopics             create cluster or topic; to be told configs: describe_configs topic
//   DeleteTopics             delete topic, describe topic
//   DeleteRecords            delete topic
//   CreatePartitions         alter topic
//   InitProducerId           write transactional_id; or idempotent_write cluster, or write on any topic
//   OffsetForLeaderEpoch     describe topic
//   AddPartitionsToTxn       write transactional_id, write topic
//   AddOffsetsToTxn          write transactional_id, read group
//   EndTxn                   write transactional_id
//   TxnOffsetCommit          write transactional_id, read group, read topic
//   WriteTxnMarkers          cluster_action
//   DescribeAcls             describe cluster
//   CreateAcls, DeleteAcls   alter cluster
//   DescribeConfigs          describe_configs topic, or cluster for a broker's
//   AlterConfigs, IncrementalAlterConfigs    alter_configs topic, or cluster
//   DescribeLogDirs          describe cluster
//   DeleteGroups, OffsetDelete               delete group; OffsetDelete: and read topic
//   DescribeProducers        read topic
//   DescribeTransactions, ListTransactions   describe transactional_id; and describe topic
//   DescribeClientQuotas, AlterClientQuotas  describe_configs cluster, alter_configs cluster
//   DescribeUserScramCredentials, AlterUserScramCredentials   describe cluster, alter cluster
//   ApiVersions, SaslHandshake, SaslAuthenticate, DescribeCluster   nothing
#pragma once

#include <functional>
#include <span>

#include "log/broker/handlers/handlers.h"

namespace weir::log::broker {

// What is to become of a request.
struct Verdict {
  bool is_refused = false;              // the response says so already
  std::function<void(void*)> finish{};  // what is to be done to the handler's response; null: nothing
};

struct PermissionRow {
  wire::ApiKey api;
  // Takes out of the request what is not allowed. Null: everybody may, or the handler asks.
  Verdict (*look)(const RequestContext& context, void* request, void* response);
  bool tells_operations = false;  // also where everything is allowed
};

// By api, ascending.
std::span<const PermissionRow> permission_rows();

// As `handler.answer`, for what `context.access` allows.
Later answer_if_allowed(const Handler& handler, const RequestContext& context, void* request, void* response);

}  // namespace weir::log::broker
