#include "log/cluster/replica.h"

#include <algorithm>

#include "log/base/assert.h"

namespace weir::log::cluster {

// leadership ------------------------------------------------------------------------------------------------------

Result<> Replica::enter(LeaderEpoch epoch) {
  if (epoch < epoch_) {
    return fail(ErrorCode::fenced_leader_epoch,
                "epoch " + std::to_string(epoch.value()) + ", it is " + std::to_string(epoch_.value()));
  }
  epoch_ = epoch;
  ends_.clear();
  return {};
}

Result<> Replica::become_leader(LeaderEpoch epoch, std::set<NodeId> replicas, std::set<NodeId> in_sync) {
  WEIR_ASSERT(replicas.contains(self_));
  WEIR_TRY(enter(epoch));
  role_ = Role::leader;
  replicas_ = std::move(replicas);
  set_in_sync(std::move(in_sync));
  return {};
}

Result<> Replica::become_follower(LeaderEpoch epoch) {
  WEIR_TRY(enter(epoch));
  role_ = Role::follower;
  leaders_ = Offset(0);
  return {};
}

void Replica::set_in_sync(std::set<NodeId> in_sync) {
  WEIR_ASSERT(role_ == Role::leader && in_sync.contains(self_));
  WEIR_ASSERT(std::ranges::includes(replicas_, in_sync));
  in_sync_ = std::move(in_sync);
  raise();
}

void Replica::set_sync_first(SyncFirst sync_first) {
  sync_first_ = sync_first;
  raise();
}

void Replica::set_min_in_sync(std::int32_t replicas) {
  min_in_sync_ = static_cast<std::size_t>(std::max(replicas, 1));
  raise();
}

// what happens ----------------------------------------------------------------------------------------------------

void Replica::appended(Offset end) {
  WEIR_ASSERT(end >= end_);
  end_ = end;
  raise();
}

void Replica::synced(Offset synced) {
  WEIR_ASSERT(synced <= end_);
  synced_ = std::max(synced_, synced);
  raise();
}

void Replica::truncated(Offset end) {
  end_ = std::min(end_, end);
  synced_ = std::min(synced_, end);
  high_watermark_ = std::min(high_watermark_, end);
}

Result<> Replica::follower_has(NodeId follower, Offset end) {
  if (role_ != Role::leader || follower == self_ || !replicas_.contains(follower)) {
    return fail(ErrorCode::not_leader_or_follower, "node " + std::to_string(follower.value()) + " is no follower here");
  }
  ends_[follower] = end;
  raise();
  return {};
}

void Replica::leader_says(Offset high_watermark) {
  WEIR_ASSERT(role_ == Role::follower);
  leaders_ = std::max(leaders_, high_watermark);
  raise();
}

// what follows ----------------------------------------------------------------------------------------------------

// As many as are wanted, or all, where a topic wants more than it has.
bool Replica::are_enough() const {
  return in_sync_.size() >= std::min(min_in_sync_, replicas_.size());
}

void Replica::raise() {
  Offset reached = durable_end();
  if (role_ == Role::follower) {
    reached = std::min(reached, leaders_);
  } else {
    if (!are_enough()) return;
    for (NodeId node : in_sync_) {
      if (node == self_) continue;
      auto known = ends_.find(node);
      if (known == ends_.end()) return;
      reached = std::min(reached, known->second);
    }
  }
  high_watermark_ = std::max(high_watermark_, reached);
  WEIR_ASSERT(high_watermark_ <= end_ && synced_ <= end_);
}

Result<> Replica::check_append(Until until) const {
  if (role_ != Role::leader) return fail(ErrorCode::not_leader_or_follower, "another node leads");
  if (until == Until::committed && in_sync_.size() < min_in_sync_) {
    return fail(ErrorCode::not_enough_replicas, "min.insync.replicas is " + std::to_string(min_in_sync_) + ", and " +
                                                    std::to_string(in_sync_.size()) + " are in sync");
  }
  return {};
}

std::optional<Result<>> Replica::outcome(Offset end, Until until) const {
  if (until == Until::synced) return synced_ >= end ? std::optional(Result<>{}) : std::nullopt;
  if (role_ != Role::leader) return fail(ErrorCode::not_leader_or_follower, "another node leads");
  if (until == Until::written) return durable_end() >= end ? std::optional(Result<>{}) : std::nullopt;
  if (high_watermark_ < end) return std::nullopt;
  if (in_sync_.size() >= min_in_sync_) return Result<>{};
  return fail(ErrorCode::not_enough_replicas_after_append, "min.insync.replicas is " + std::to_string(min_in_sync_));
}

}  // namespace weir::log::cluster
