#include "log/broker/groups/consumer/reconcile.h"

#include <tuple>
#include <utility>

namespace weir::log::broker {

namespace {

void put(PartitionsByTopic& all, const TopicId& topic, PartitionIndex partition) {
  all[topic].insert(partition);
}

bool still_owns(const PartitionsByTopic& some, const PartitionsByTopic* owned) {
  if (owned == nullptr) return true;  // it has not said otherwise
  bool owns = false;
  for_each_partition(some, [&](const TopicId& topic, PartitionIndex p) { owns |= contains(*owned, topic, p); });
  return owns;
}

struct Step {
  PartitionsByTopic kept;
  PartitionsByTopic revoking;
  PartitionsByTopic added;
  bool has_unreleased = false;
};

Step step_of(const ConsumerMember& member, const ReconcileGoal& goal) {
  Step step;
  for_each_partition(member.assigned, [&](const TopicId& topic, PartitionIndex p) {
    put(contains(goal.target, topic, p) ? step.kept : step.revoking, topic, p);
  });
  for_each_partition(goal.target, [&](const TopicId& topic, PartitionIndex p) {
    if (contains(step.kept, topic, p)) return;
    if (goal.is_free(topic, p)) {
      put(step.added, topic, p);
    } else {
      step.has_unreleased = true;
    }
  });
  return step;
}

void move_to(ConsumerMember& member, std::int32_t epoch) {
  if (member.epoch == epoch) return;
  member.previous_epoch = std::exchange(member.epoch, epoch);
}

// What is not the target's any more is to be given up at once, though the member cannot go on yet.
void give_up_more(ConsumerMember& member, const ReconcileGoal& goal) {
  PartitionsByTopic kept;
  for_each_partition(member.assigned, [&](const TopicId& topic, PartitionIndex p) {
    put(goal.target.contains(topic) ? kept : member.revoking, topic, p);
  });
  member.assigned = std::move(kept);
}

}  // namespace

bool reconcile(ConsumerMember& member, const ReconcileGoal& goal) {
  if (member.state == ReconcileState::stable && member.epoch == goal.epoch) return false;
  const auto before = std::tuple(member.epoch, member.state, member.assigned, member.revoking);
  if (member.state == ReconcileState::unrevoked && still_owns(member.revoking, goal.owned)) {
    if (goal.reads_otherwise) give_up_more(member, goal);
  } else {
    Step step = step_of(member, goal);
    if (!step.revoking.empty() && still_owns(step.revoking, goal.owned)) {
      // What it has given up in this epoch before stays its own until it is in the next one: the answer that said so
      // may be lost, and what it was told before is still good for it.
      member.state = ReconcileState::unrevoked;
      member.assigned = std::move(step.kept);
      for (auto& [topic, partitions] : step.revoking) member.revoking[topic].merge(partitions);
    } else {
      member.state = step.has_unreleased ? ReconcileState::unreleased : ReconcileState::stable;
      member.assigned = std::move(step.kept);
      for (auto& [topic, partitions] : step.added) member.assigned[topic].merge(partitions);
      member.revoking.clear();
      move_to(member, goal.epoch);
    }
  }
  return before != std::tuple(member.epoch, member.state, member.assigned, member.revoking);
}

}  // namespace weir::log::broker
