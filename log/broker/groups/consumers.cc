// GroupService: members of groups of the new protocol (KIP-848).
#include "log/broker/groups/records.h"
#include "log/broker/groups/service.h"

namespace weir::log::broker {

Task<ConsumerGroup::Response> GroupService::consumer_heartbeat(ConsumerGroup::Request request, Caller caller) {
  const std::string member_id = request.member_id;
  auto answer = co_await try_heartbeat(std::move(request), std::move(caller));
  if (answer) co_return *std::move(answer);
  ConsumerGroup::Response refused;
  refused.error_code = code_for_members(answer.error());
  refused.error_message = answer.error().detail;
  refused.member_id = member_id;
  co_return refused;
}

Task<Result<ConsumerGroup::Response>> GroupService::try_heartbeat(ConsumerGroup::Request request, Caller caller) {
  WEIR_CO_TRY(ConsumerGroup::check(request, caller.version));
  WEIR_CO_TRY_VAR(shard, co_await shards_.find_or_make(request.group_id, caller.executor));
  const ConsumerGroup::Terms terms{new_member_id({}), caller.client_id, caller.client_host};
  const TopicsNow topics = topics_now();
  ConsumerGroup::Response response;
  auto written = shard->change([&](GroupCoordinator& groups) WEIR_REQUIRES(shard->mutex) -> Shard::Decided {
    WEIR_TRY_VAR(answer, groups.consumer_heartbeat(request, terms, topics, now()));
    response = std::move(answer);
    return take_changes(*shard);
  });
  WEIR_CO_TRY(co_await settled(std::move(written), caller.executor));
  co_return response;
}

Result<wire::ConsumerGroupDescribeResponse::DescribedGroup> GroupService::describe_consumer(const std::string& group) {
  using Described = wire::ConsumerGroupDescribeResponse::DescribedGroup;
  const auto none = [&] {
    return fail(ErrorCode::group_id_not_found, "group " + group + " is none of the new protocol");
  };
  Shard* shard = shards_.find(group);
  if (shard == nullptr) return none();
  const TopicsNow topics = topics_now();
  return shard->look([&](GroupCoordinator& groups) -> Result<Described> {
    auto described = groups.describe_consumer(group, topics);
    if (!described) return none();
    return *std::move(described);
  });
}

Result<> GroupService::check_fetch(const std::string& group, const std::optional<std::string>& member_id,
                                   std::int32_t epoch) {
  Shard* shard = shards_.find(group);
  const bool is_anonymous = epoch < 0 && (!member_id || member_id->empty());
  if (shard == nullptr || is_anonymous) return {};  // each partition tells whether it is served
  return shard->look([&](GroupCoordinator& groups) { return groups.check_fetch(group, member_id, epoch); });
}

Result<std::optional<GroupService::Entry>> GroupService::take_changes(Shard& shard) {
  auto changes = shard.state.take_changes();
  if (changes.empty()) return std::nullopt;
  auto batch = encode_changes(changes, clock_.wall_ms());
  auto settle = [changes = std::move(changes)](GroupCoordinator& groups, const Result<Offset>& at) {
    for (const auto& change : changes) {
      groups.settled(change, at ? GroupCoordinator::IsWritten::yes : GroupCoordinator::IsWritten::no);
    }
  };
  if (batch) return Entry{*std::move(batch), std::move(settle), own(shard)};
  settle(shard.state, fail(batch.error()));
  return fail(batch.error());
}

// Nobody waits for it: what cannot be written is written with the next change.
void GroupService::append_changes(Shard& shard) {
  auto entry = take_changes(shard);
  if (entry && *entry) (void)shard.append(**std::move(entry));
}

// A state that is known is kept: so another one has another address.
TopicsNow GroupService::topics_now() {
  auto metadata = topics_.metadata();
  MutexLock lock(mutex_);
  if (metadata != last_metadata_) {
    last_metadata_ = metadata;
    ++topics_version_;
  }
  return {std::move(metadata), topics_version_};
}

}  // namespace weir::log::broker
