#include "log/broker/handlers/fetch.h"

#include <algorithm>

#include "log/broker/access.h"
#include "log/broker/broker.h"
#include "log/broker/fetch.h"
#include "log/broker/wire_errors.h"

namespace weir::log::broker {

namespace {

using WantedPartition = wire::FetchRequest::FetchPartition;
using FetchAnswer = wire::FetchResponse::PartitionData;

constexpr std::size_t kMostBytes = 55 * 1024 * 1024;  // fetch.max.bytes of a Kafka broker

std::size_t size_of(std::int32_t bytes) {
  return static_cast<std::size_t>(std::max(bytes, 0));
}

// A topic that packs everything by zstd is not for clients of versions in which nobody knew it (KIP-110).
Result<> check_compression(Partition& partition, std::int16_t version) {
  constexpr std::int16_t kZstd = 10;
  if (version >= kZstd) return {};
  const auto policy = partition.policy();
  if (policy == nullptr || policy->compression() != Compression::zstd) return {};
  return fail(ErrorCode::unsupported_compression_type, "zstd before version 10");
}

// Asked of a name before it is looked up: what may not be read is not known to exist.
Result<> check_permission(const RequestContext& context, const std::string& topic, bool is_replica) {
  if (context.access == nullptr) return {};
  const bool is_allowed = is_replica
                              ? context.access->allows_on_cluster(security::Operation::cluster_action)
                              : context.access->allows(security::Operation::read, security::Resource::topic, topic);
  return is_allowed ? Result<>() : fail(ErrorCode::topic_authorization_failed);
}

Result<std::shared_ptr<Partition>> find(const RequestContext& context, const wire::FetchRequest::FetchTopic& topic,
                                        const WantedPartition& wanted, bool is_replica) {
  Broker& broker = context.broker;
  const bool is_named = topic.topic_id.is_zero();
  if (is_named) WEIR_TRY(check_permission(context, topic.topic, is_replica));
  WEIR_TRY_VAR(partition, is_named ? broker.topics().find(topic.topic, wanted.partition)
                                   : broker.topics().find(topic.topic_id, wanted.partition));
  if (!is_named) WEIR_TRY(check_permission(context, partition->name().topic, is_replica));
  WEIR_TRY(check_leader_epoch(*partition, wanted.current_leader_epoch));
  WEIR_TRY(check_compression(*partition, context.version));
  return partition;
}

// Where the reader's history and the log's part, if they do (KIP-595).
std::optional<storage::LeaderEpochs::End> divergence(Partition& partition, const WantedPartition& wanted) {
  if (wanted.last_fetched_epoch == kNoLeaderEpoch) return std::nullopt;
  auto end =
      partition.with_log([&](storage::PartitionLog& log) { return log.end_of_epoch(wanted.last_fetched_epoch); });
  bool is_same = end.epoch == wanted.last_fetched_epoch && end.end_offset >= wanted.fetch_offset;
  return is_same ? std::nullopt : std::optional(end);
}

struct Plan {
  FetchSpec spec;
  std::vector<std::optional<storage::LeaderEpochs::End>> diverging;  // one a part
};

// Of a replica that follows; consumers have negative ids.
std::optional<NodeId> follower_of(const wire::FetchRequest& request) {
  const NodeId id = std::max(request.replica_id, request.replica_state.replica_id);  // one of them, by version
  return id.value() >= 0 ? std::optional(id) : std::nullopt;
}

Plan plan_of(const RequestContext& context, const wire::FetchRequest& request) {
  Plan plan;
  FetchSpec& spec = plan.spec;
  spec.max_wait = Millis(std::max(request.max_wait_ms, 0));
  spec.min_bytes = size_of(request.min_bytes);
  spec.max_bytes = std::min(size_of(request.max_bytes), kMostBytes);
  bool committed = request.isolation_level == Isolation::read_committed;
  spec.up_to = committed ? storage::ReadUpTo::last_stable_offset : storage::ReadUpTo::high_watermark;
  const auto follower = follower_of(request);
  if (follower) spec.up_to = storage::ReadUpTo::end;
  for (const auto& topic : request.topics) {
    for (const auto& wanted : topic.partitions) {
      auto found = find(context, topic, wanted, follower.has_value());
      plan.diverging.push_back(found ? divergence(**found, wanted) : std::nullopt);
      const bool diverges = plan.diverging.back().has_value();
      if (diverges) spec.max_wait = Millis(0);
      spec.parts.push_back({std::move(found), wanted.fetch_offset, size_of(wanted.partition_max_bytes),
                            diverges ? std::nullopt : follower});
    }
  }
  return plan;
}

// Clients of the oldest versions cannot read what is there.
Result<> can_read(const Records& records, std::int16_t version) {
  constexpr std::int16_t kBatches = 4;
  if (records.parts.empty() || version >= kBatches) return {};
  return fail(ErrorCode::unsupported_version, "records are batches of format 2");
}

// Clients of versions in which nobody knew of broken disks look for another leader.
ErrorCode fetch_code(const Result<>& outcome, std::int16_t version) {
  constexpr std::int16_t kStorageErrors = 6;
  const ErrorCode code = wire_code(outcome);
  return code == ErrorCode::storage_error && version < kStorageErrors ? ErrorCode::not_leader_or_follower : code;
}

FetchAnswer answer_of(const WantedPartition& wanted, FetchedPart& part, bool committed, std::int16_t version) {
  FetchAnswer answer;
  if (part.outcome) part.outcome = can_read(part.records, version);
  if (!part.outcome) part.records = Records{};
  answer.partition_index = wanted.partition;
  answer.error_code = fetch_code(part.outcome, version);
  answer.error_message = wire_message(part.outcome);
  answer.high_watermark = part.positions.high_watermark;
  answer.last_stable_offset = part.positions.last_stable_offset;
  answer.log_start_offset = part.positions.log_start;
  answer.aborted_transactions.reset();
  if (committed) {
    auto& aborted = answer.aborted_transactions.emplace();
    for (const auto& entry : part.aborted) aborted.push_back({entry.producer_id, entry.first_offset});
  }
  answer.records = std::move(part.records);
  return answer;
}

// The reader must cut its own history first: nothing is read for it.
void set_diverging(FetchAnswer& answer, const storage::LeaderEpochs::End& end) {
  answer.records = Records{};
  answer.error_code = ErrorCode::none;
  answer.error_message.reset();
  answer.diverging_epoch = {end.epoch, end.end_offset};
}

}  // namespace

Result<> check_leader_epoch(const Partition& partition, LeaderEpoch believed) {
  if (believed == kNoLeaderEpoch || believed == partition.epoch()) return {};
  const bool is_old = believed < partition.epoch();
  return fail(is_old ? ErrorCode::fenced_leader_epoch : ErrorCode::unknown_leader_epoch,
              partition.name().to_string() + ": epoch " + std::to_string(believed.value()) + ", it is " +
                  std::to_string(partition.epoch().value()));
}

Task<wire::FetchResponse> fetch_records(RequestContext context, wire::FetchRequest request) {
  Broker& broker = context.broker;
  wire::FetchResponse response;
  const auto turn = broker.fetch_sessions().begin(request, context.version, broker.clock().monotonic_ms());
  if (!turn) {
    response.error_code = wire_code(turn.error());
    response.session_id = request.session_id;
    co_return response;
  }
  Plan plan = plan_of(context, request);
  auto parts = co_await fetch(std::move(plan.spec), broker.timers(), broker.clock(), context.executor);

  const bool committed = request.isolation_level == Isolation::read_committed;
  std::size_t at = 0;
  response.responses.reserve(request.topics.size());
  for (auto& topic : request.topics) {
    auto& answers = response.responses.emplace_back();
    answers.topic = std::move(topic.topic);
    answers.topic_id = topic.topic_id;
    answers.partitions.reserve(topic.partitions.size());
    for (const auto& wanted : topic.partitions) {
      answers.partitions.push_back(answer_of(wanted, parts[at], committed, context.version));
      if (const auto& parted = plan.diverging[at]) set_diverging(answers.partitions.back(), *parted);
      ++at;
    }
  }
  broker.fetch_sessions().end(*turn, response);
  co_return response;
}

}  // namespace weir::log::broker
