// ConsumerGroup: what it is in the log.
#include <algorithm>
#include <utility>

#include "log/broker/groups/consumer/consumer_group.h"

namespace weir::log::broker {

namespace {

ConsumerMemberEntry::Value to_value(const ConsumerMember& member) {
  ConsumerMemberEntry::Value value;
  value.instance_id = member.instance_id;
  value.rack_id = member.rack_id;
  value.client_id = member.client_id;
  value.client_host = member.client_host;
  value.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
  value.subscribed_topic_regex = member.regex;
  value.rebalance_timeout_ms = member.rebalance_timeout_ms;
  value.server_assignor = member.assignor;
  return value;
}

ConsumerCurrentEntry::Value to_current_value(const ConsumerMember& member) {
  using Value = ConsumerCurrentEntry::Value;
  Value value;
  value.member_epoch = member.epoch;
  value.previous_member_epoch = member.previous_epoch;
  value.state = static_cast<std::int8_t>(member.state);
  value.assigned_partitions = list_of<Value::TopicPartitions>(member.assigned);
  value.partitions_pending_revocation = list_of<Value::TopicPartitions>(member.revoking);
  return value;
}

}  // namespace

// What is gone is taken back; what is there says itself.
std::vector<ConsumerRecord> ConsumerGroup::take_records() {
  const Dirty dirty = std::exchange(dirty_, {});
  std::vector<ConsumerRecord> records;
  for (const auto& pattern : dirty.regexes) {
    ConsumerRegexEntry entry{{id_, pattern}};
    const auto known = regexes_.find(pattern);
    if (known != regexes_.end()) entry.value.emplace().topics.assign(known->second.begin(), known->second.end());
    records.emplace_back(std::move(entry));
  }
  for (const auto& id : dirty.members) {
    const auto* member = find(id);
    records.emplace_back(ConsumerMemberEntry{{id_, id}, member ? std::optional(to_value(*member)) : std::nullopt});
  }
  if (dirty.epoch) records.emplace_back(ConsumerGroupEntry{{id_}, ConsumerGroupEntry::Value{epoch_}});
  for (const auto& id : dirty.targets) {
    ConsumerMemberTargetEntry entry{{id_, id}};
    if (targets_.contains(id)) {
      entry.value.emplace().topic_partitions =
          list_of<ConsumerMemberTargetEntry::Value::TopicPartition>(targets_.at(id));
    }
    records.emplace_back(std::move(entry));
  }
  if (dirty.target_epoch) records.emplace_back(ConsumerTargetEntry{{id_}, ConsumerTargetEntry::Value{target_epoch_}});
  for (const auto& id : dirty.currents) {
    const auto* member = find(id);
    records.emplace_back(
        ConsumerCurrentEntry{{id_, id}, member ? std::optional(to_current_value(*member)) : std::nullopt});
  }
  return records;
}

namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

}  // namespace

void ConsumerGroup::failed(const std::vector<ConsumerRecord>& records) {
  for (const auto& record : records) {
    std::visit(Overloaded{[&](const ConsumerGroupEntry&) { dirty_.epoch = true; },
                          [&](const ConsumerTargetEntry&) { dirty_.target_epoch = true; },
                          [&](const ConsumerMemberEntry& one) { dirty_.members.insert(one.key.member_id); },
                          [&](const ConsumerMemberTargetEntry& one) { dirty_.targets.insert(one.key.member_id); },
                          [&](const ConsumerCurrentEntry& one) { dirty_.currents.insert(one.key.member_id); },
                          [&](const ConsumerRegexEntry& one) {
                            dirty_.regexes.insert(one.key.regular_expression);
                          }},
               record);
  }
}

std::vector<ConsumerRecord> ConsumerGroup::tombstones() const {
  ConsumerGroup gone(id_, *limits_);
  gone.dirty_ = dirty_;
  for (const auto& [id, member] : members_) {
    for (auto* some : {&gone.dirty_.members, &gone.dirty_.currents}) some->insert(id);
  }
  for (const auto& [id, target] : targets_) gone.dirty_.targets.insert(id);
  for (const auto& [pattern, topics] : regexes_) gone.dirty_.regexes.insert(pattern);
  gone.dirty_.epoch = gone.dirty_.target_epoch = false;
  auto records = gone.take_records();
  records.emplace_back(ConsumerTargetEntry{{id_}});
  records.emplace_back(ConsumerGroupEntry{{id_}});
  return records;
}

void ConsumerGroup::load(const ConsumerRecord& record, std::int64_t now_ms) {
  std::visit(
      Overloaded{[&](const ConsumerGroupEntry& one) { epoch_ = one.value ? one.value->epoch : 0; },
                 [&](const ConsumerTargetEntry& one) { target_epoch_ = one.value ? one.value->assignment_epoch : 0; },
                 [&](const ConsumerMemberEntry& one) { load_member(one, now_ms); },
                 [&](const ConsumerMemberTargetEntry& one) {
                   targets_.erase(one.key.member_id);
                   if (one.value) targets_[one.key.member_id] = partitions_in(one.value->topic_partitions);
                 },
                 [&](const ConsumerCurrentEntry& one) { load_current(one, now_ms); },
                 [&](const ConsumerRegexEntry& one) {
                   regexes_.erase(one.key.regular_expression);
                   if (!one.value) return;
                   regexes_[one.key.regular_expression] = {one.value->topics.begin(), one.value->topics.end()};
                 }},
      record);
}

ConsumerMember& ConsumerGroup::loaded(const std::string& member_id) {
  ConsumerMember& member = members_[member_id];
  member.id = member_id;
  return member;
}

void ConsumerGroup::load_member(const ConsumerMemberEntry& entry, std::int64_t now_ms) {
  ConsumerMember& member = loaded(entry.key.member_id);
  const auto instance = member.instance_id ? instances_.find(*member.instance_id) : instances_.end();
  if (instance != instances_.end() && instance->second == member.id) instances_.erase(instance);
  if (!entry.value) {
    disown(member);
    members_.erase(entry.key.member_id);
    return;
  }
  member.instance_id = entry.value->instance_id;
  member.rack_id = entry.value->rack_id;
  member.client_id = entry.value->client_id;
  member.client_host = entry.value->client_host;
  member.topics = {entry.value->subscribed_topic_names.begin(), entry.value->subscribed_topic_names.end()};
  member.regex = entry.value->subscribed_topic_regex;
  member.rebalance_timeout_ms = entry.value->rebalance_timeout_ms;
  member.assignor = entry.value->server_assignor;
  if (member.instance_id) instances_[*member.instance_id] = member.id;
  begin_times(member, now_ms);
}

void ConsumerGroup::load_current(const ConsumerCurrentEntry& entry, std::int64_t now_ms) {
  if (!entry.value && find(entry.key.member_id) == nullptr) return;
  ConsumerMember& member = loaded(entry.key.member_id);
  const ConsumerCurrentEntry::Value value = entry.value.value_or(ConsumerCurrentEntry::Value());
  disown(member);
  member.epoch = value.member_epoch;
  member.previous_epoch = value.previous_member_epoch;
  member.state = ReconcileState(value.state);
  member.assigned = partitions_in(value.assigned_partitions);
  member.revoking = partitions_in(value.partitions_pending_revocation);
  own(member);
  begin_times(member, now_ms);
}

void ConsumerGroup::begin_times(ConsumerMember& member, std::int64_t now_ms) {
  const bool revokes = member.state == ReconcileState::unrevoked;
  member.revokes_until_ms = revokes ? now_ms + std::max(member.rebalance_timeout_ms, 0) : kNever;
  keep_alive(member, now_ms);
}

}  // namespace weir::log::broker
