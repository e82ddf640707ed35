#include "log/broker/groups/consumer/consumer_group.h"

#include <algorithm>

#include "log/base/regex.h"
#include "log/broker/groups/consumer/reconcile.h"

namespace weir::log::broker {

namespace {

constexpr std::int32_t kJoins = 0;  // what a request's epoch may say instead of one
constexpr std::int32_t kLeaves = -1;
constexpr std::int32_t kLeavesForNow = ConsumerMember::kHasLeftForNow;

tl::unexpected<Error> wrong(const char* what) {
  return fail(ErrorCode::invalid_request, what);
}

Result<> check_join(const ConsumerGroup::Request& request) {
  if (request.rebalance_timeout_ms == -1) return wrong("rebalance_timeout_ms must be given by who joins");
  if (!request.topic_partitions || !request.topic_partitions->empty()) {
    return wrong("who joins has no partitions, and says so");
  }
  if (!request.subscribed_topic_names && !request.subscribed_topic_regex) {
    return wrong("who joins must say what it reads");
  }
  return {};
}

bool is_subset(const PartitionsByTopic& some, const PartitionsByTopic& all) {
  bool is_in = true;
  for_each_partition(some, [&](const TopicId& topic, PartitionIndex p) { is_in &= contains(all, topic, p); });
  return is_in;
}

// Everything of a request that may be left out where it has not changed: its sender wants everything said, too.
bool is_full(const ConsumerGroup::Request& request) {
  return request.rebalance_timeout_ms != -1 && (request.subscribed_topic_names || request.subscribed_topic_regex) &&
         request.topic_partitions;
}

}  // namespace

// Requests --------------------------------------------------------------------------------------------------------

Result<> ConsumerGroup::check(const Request& request, std::int16_t version) {
  constexpr std::int16_t kMakesItsOwnId = 1;
  if (request.group_id.empty()) return wrong("group_id must not be empty");
  const bool may_get_an_id = version < kMakesItsOwnId && request.member_epoch == kJoins;
  if (request.member_id.empty() && !may_get_an_id) return wrong("member_id must not be empty");
  if (request.member_epoch < kLeavesForNow) return wrong("member_epoch is none");
  if (request.instance_id && request.instance_id->empty()) return wrong("instance_id must not be empty");
  if (request.rack_id && request.rack_id->empty()) return wrong("rack_id must not be empty");
  if (request.member_epoch == kLeavesForNow && !request.instance_id) {
    return wrong("only an instance can leave for now: instance_id must be given");
  }
  if (request.member_epoch == kJoins) WEIR_TRY(check_join(request));
  if (request.server_assignor && !is_assignor(*request.server_assignor)) {
    return fail(ErrorCode::unsupported_assignor, "'" + *request.server_assignor + "': there are uniform and range");
  }
  if (request.subscribed_topic_regex && !request.subscribed_topic_regex->empty()) {
    const auto regex = Regex::compile(*request.subscribed_topic_regex);
    if (!regex) return fail(ErrorCode::invalid_regular_expression, regex.error().detail);
  }
  return {};
}

Result<ConsumerGroup::Response> ConsumerGroup::heartbeat(const Request& request, const Terms& terms,
                                                         const TopicsView& topics, std::int64_t now_ms) {
  if (request.member_epoch == kLeaves || request.member_epoch == kLeavesForNow) {
    WEIR_TRY_VAR(leaving, find_known(request));
    return leave(*leaving, request.member_epoch);
  }
  WEIR_TRY_VAR(found, find_or_admit(request, terms));
  ConsumerMember& member = *found.member;
  const bool reads_otherwise = take(request, terms, member);
  const bool have_topics_changed = topics_version_ != topics.version();
  if (reads_otherwise || have_topics_changed) resolve_regexes(topics);
  const bool has_other_topics = have_topics_changed && topics_that_are_read(topics) != topics_of_target();
  topics_version_ = topics.version();
  if (found.is_new == IsNew::yes || reads_otherwise || has_other_topics) bump();
  if (epoch_ > target_epoch_) decide_target(topics);
  const bool has_other_partitions = reconcile_member(member, request, reads_otherwise);

  const bool waits = member.state == ReconcileState::unrevoked;
  if (!waits) member.revokes_until_ms = kNever;
  if (waits && (member.revokes_until_ms == kNever || has_other_partitions)) {
    member.revokes_until_ms = now_ms + std::max(member.rebalance_timeout_ms, 0);
  }
  keep_alive(member, now_ms);

  Response response;
  response.member_id = member.id;
  response.member_epoch = member.epoch;
  response.heartbeat_interval_ms = static_cast<std::int32_t>(limits_->consumer_heartbeat_interval.count());
  if (request.member_epoch == kJoins || is_full(request) || has_other_partitions) {
    response.assignment.emplace().topic_partitions = list_of<Response::TopicPartitions>(member.assigned);
  }
  return response;
}

Result<ConsumerGroup::Found> ConsumerGroup::find_or_admit(const Request& request, const Terms& terms) {
  if (request.member_epoch != kJoins) {
    WEIR_TRY_VAR(known, find_known(request));
    WEIR_TRY(check_epoch(*known, request));
    return Found{known, IsNew::no};
  }
  ConsumerMember* before = request.instance_id ? find_instance(*request.instance_id) : find(request.member_id);
  if (before != nullptr && before->id == request.member_id) {  // it comes again, and has nothing
    if (before->has_left_for_now()) before->epoch = before->previous_epoch = 0;
    return Found{before, IsNew::no};
  }
  if (before != nullptr && !before->has_left_for_now()) {
    return fail(ErrorCode::unreleased_instance_id,
                *request.instance_id + " of group " + id_ + " is member " + before->id + ", which has not left");
  }
  if (find(request.member_id) != nullptr) return fail(ErrorCode::invalid_request, "member_id is another instance's");
  if (before != nullptr) return Found{&replace(*before, request, terms), IsNew::no};
  if (members_.size() >= limits_->max_members) {
    return fail(ErrorCode::group_max_size_reached, "group " + id_ + " has " + std::to_string(members_.size()));
  }
  return Found{&admit(request, terms), IsNew::yes};
}

// Where the answer with the next epoch was lost, the one before is taken once more.
Result<> ConsumerGroup::check_epoch(const ConsumerMember& member, const Request& request) const {
  if (request.member_epoch == member.epoch) return {};
  const bool is_before = request.member_epoch == member.previous_epoch && request.member_epoch < member.epoch;
  if (is_before && request.topic_partitions && is_subset(partitions_in(*request.topic_partitions), member.assigned)) {
    return {};
  }
  return fail(ErrorCode::fenced_member_epoch,
              "member " + member.id + " of group " + id_ + " is in epoch " + std::to_string(member.epoch) + ", not " +
                  std::to_string(request.member_epoch) + "; it must give up its partitions and join again");
}

bool ConsumerGroup::take(const Request& request, const Terms& terms, ConsumerMember& member) {
  bool has_changed = false;
  const auto set = [&](auto& field, auto value) {
    if (field == value) return false;
    field = std::move(value);
    has_changed = true;
    return true;
  };
  bool reads_otherwise = false;
  if (const auto& names = request.subscribed_topic_names) {
    reads_otherwise |= set(member.topics, std::set(names->begin(), names->end()));
  }
  if (const auto& regex = request.subscribed_topic_regex) {
    reads_otherwise |= set(member.regex, regex->empty() ? std::nullopt : regex);
  }
  if (request.rack_id) set(member.rack_id, request.rack_id);
  if (request.rebalance_timeout_ms != -1) set(member.rebalance_timeout_ms, request.rebalance_timeout_ms);
  if (request.server_assignor) set(member.assignor, request.server_assignor);
  set(member.client_id, terms.client_id);
  set(member.client_host, terms.client_host);
  if (has_changed) dirty_.members.insert(member.id);
  return reads_otherwise;
}

// Coming and going ------------------------------------------------------------------------------------------------

ConsumerMember* ConsumerGroup::find(const std::string& member_id) {
  const auto found = members_.find(member_id);
  return found == members_.end() ? nullptr : &found->second;
}

ConsumerMember* ConsumerGroup::find_instance(const std::string& instance_id) {
  const auto found = instances_.find(instance_id);
  return found == instances_.end() ? nullptr : find(found->second);
}

Result<ConsumerMember*> ConsumerGroup::find_known(const Request& request) {
  ConsumerMember* known = request.instance_id ? find_instance(*request.instance_id) : find(request.member_id);
  if (known == nullptr) {
    return fail(ErrorCode::unknown_member_id, "group " + id_ + " has no member " + request.member_id);
  }
  if (known->id == request.member_id) return known;
  return fail(ErrorCode::fenced_instance_id, *request.instance_id + " of group " + id_ + " is member " + known->id);
}

ConsumerMember& ConsumerGroup::admit(const Request& request, const Terms& terms) {
  ConsumerMember made;
  made.id = request.member_id.empty() ? terms.fresh_member_id : request.member_id;
  made.instance_id = request.instance_id;
  if (made.instance_id) instances_[*made.instance_id] = made.id;
  dirty_.members.insert(made.id);
  dirty_.currents.insert(made.id);
  std::string id = made.id;
  return members_.insert_or_assign(std::move(id), std::move(made)).first->second;
}

// An instance that had left for now is back under a new id: what was its own is.
ConsumerMember& ConsumerGroup::replace(const ConsumerMember& before, const Request& request, const Terms& terms) {
  ConsumerMember back = before;
  const std::string old_id = before.id;
  back.id = request.member_id.empty() ? terms.fresh_member_id : request.member_id;
  back.epoch = back.previous_epoch = 0;
  disown(before);
  for (auto* changed : {&dirty_.members, &dirty_.currents, &dirty_.targets}) changed->insert({old_id, back.id});
  auto target = targets_.extract(old_id);
  if (!target.empty()) {
    target.key() = back.id;
    targets_.insert(std::move(target));
  }
  members_.erase(old_id);
  instances_[*back.instance_id] = back.id;
  std::string id = back.id;
  ConsumerMember& now = members_.insert_or_assign(std::move(id), std::move(back)).first->second;
  own(now);
  return now;
}

ConsumerGroup::Response ConsumerGroup::leave(ConsumerMember& member, std::int32_t epoch) {
  Response response;
  response.member_id = member.id;
  response.member_epoch = epoch;
  if (epoch == kLeaves) {
    remove(std::string(member.id));
    return response;
  }
  // What is its own stays so until it comes back, or its session ends.
  disown(member);
  member.epoch = member.previous_epoch = kLeavesForNow;
  member.state = ReconcileState::stable;
  member.revoking.clear();
  member.revokes_until_ms = kNever;
  own(member);
  dirty_.currents.insert(member.id);
  return response;
}

void ConsumerGroup::remove(const std::string& member_id) {
  const ConsumerMember& member = members_.at(member_id);
  disown(member);
  if (member.instance_id) instances_.erase(*member.instance_id);
  for (auto* changed : {&dirty_.members, &dirty_.currents}) changed->insert(member_id);
  if (targets_.erase(member_id) > 0) dirty_.targets.insert(member_id);
  members_.erase(member_id);
  bump();
}

void ConsumerGroup::remove_dynamic_members() {
  std::vector<std::string> gone;
  for (const auto& [id, member] : members_) {
    if (!member.instance_id) gone.push_back(id);
  }
  for (const auto& id : gone) remove(id);
}

// What is to be whose ---------------------------------------------------------------------------------------------

void ConsumerGroup::bump() {
  ++epoch_;
  dirty_.epoch = true;
}

void ConsumerGroup::resolve_regexes(const TopicsView& topics) {
  std::set<std::string> wanted;
  for (const auto& [id, member] : members_) {
    if (member.regex) wanted.insert(*member.regex);
  }
  const bool is_old = topics_version_ != topics.version();
  for (const auto& pattern : wanted) {
    if (!is_old && regexes_.contains(pattern)) continue;
    const auto regex = Regex::compile(pattern);
    std::set<std::string> matching;
    if (regex) {
      topics.for_each([&](const TopicsView::Topic& topic) {
        if (regex->matches_whole(topic.name)) matching.insert(topic.name);
      });
    }
    const auto [known, is_new] = regexes_.try_emplace(pattern);
    if (!is_new && known->second == matching) continue;
    known->second = std::move(matching);
    dirty_.regexes.insert(pattern);
  }
  for (auto known = regexes_.begin(); known != regexes_.end();) {
    if (wanted.contains(known->first)) {
      ++known;
      continue;
    }
    dirty_.regexes.insert(known->first);
    known = regexes_.erase(known);
  }
}

std::set<std::string> ConsumerGroup::names_read_by(const ConsumerMember& member) const {
  std::set<std::string> names = member.topics;
  const auto matching = member.regex ? regexes_.find(*member.regex) : regexes_.end();
  if (matching != regexes_.end()) names.insert(matching->second.begin(), matching->second.end());
  return names;
}

std::map<TopicId, std::int32_t> ConsumerGroup::topics_that_are_read(const TopicsView& topics) const {
  std::set<std::string> names;
  for (const auto& [id, member] : members_) names.merge(names_read_by(member));
  std::map<TopicId, std::int32_t> found;
  for (const auto& name : names) {
    if (const auto topic = topics.find(name)) found[topic->id] = topic->partitions;
  }
  return found;
}

std::map<TopicId, std::int32_t> ConsumerGroup::topics_of_target() const {
  std::map<TopicId, std::int32_t> found;
  for (const auto& [id, target] : targets_) {
    for (const auto& [topic, partitions] : target) found[topic] += static_cast<std::int32_t>(partitions.size());
  }
  return found;
}

void ConsumerGroup::decide_target(const TopicsView& topics) {
  AssignInput input;
  for (const auto& [id, member] : members_) {
    auto& one = input.members[id];
    one.order = member.instance_id.value_or(id);
    one.before = target_of(id);
    for (const auto& name : names_read_by(member)) {
      const auto topic = topics.find(name);
      if (!topic) continue;
      one.topics.insert(topic->id);
      input.partitions[topic->id] = topic->partitions;
    }
  }
  for (auto& [id, target] : assign_by(assignor_name(), input)) {
    const auto known = targets_.find(id);
    if (known != targets_.end() && known->second == target) continue;
    targets_[id] = std::move(target);
    dirty_.targets.insert(id);
  }
  target_epoch_ = epoch_;
  dirty_.target_epoch = true;
}

const PartitionsByTopic& ConsumerGroup::target_of(const std::string& member_id) const {
  static const PartitionsByTopic none;
  const auto found = targets_.find(member_id);
  return found == targets_.end() ? none : found->second;
}

std::string_view ConsumerGroup::assignor_name() const {
  std::map<std::string_view, int> votes;
  for (const auto& [id, member] : members_) {
    if (member.assignor) ++votes[*member.assignor];
  }
  std::string_view best = kUniform;
  int most = 0;
  for (const auto& [name, count] : votes) {
    if (count > most) {
      best = name;
      most = count;
    }
  }
  return best;
}

bool ConsumerGroup::reconcile_member(ConsumerMember& member, const Request& request, bool reads_otherwise) {
  if (member.state == ReconcileState::stable && member.epoch == target_epoch_) return false;
  std::optional<PartitionsByTopic> owned;
  if (request.topic_partitions) owned = partitions_in(*request.topic_partitions);
  ReconcileGoal goal{target_epoch_, target_of(member.id),
                     [&](const TopicId& topic, PartitionIndex partition) {
                       const auto owner = owners_.find({topic, partition});
                       return owner == owners_.end() || owner->second == member.id;
                     },
                     owned ? &*owned : nullptr, reads_otherwise};
  ConsumerMember next = member;
  if (!reconcile(next, goal)) return false;
  const bool has_other_partitions = next.assigned != member.assigned;
  disown(member);
  member = std::move(next);
  own(member);
  dirty_.currents.insert(member.id);
  return has_other_partitions;
}

void ConsumerGroup::own(const ConsumerMember& member) {
  for (const auto* some : {&member.assigned, &member.revoking}) {
    for_each_partition(*some, [&](const TopicId& topic, PartitionIndex p) { owners_[{topic, p}] = member.id; });
  }
}

void ConsumerGroup::disown(const ConsumerMember& member) {
  for (const auto* some : {&member.assigned, &member.revoking}) {
    for_each_partition(*some, [&](const TopicId& topic, PartitionIndex p) {
      const auto owner = owners_.find({topic, p});
      if (owner != owners_.end() && owner->second == member.id) owners_.erase(owner);
    });
  }
}

// Time ------------------------------------------------------------------------------------------------------------

void ConsumerGroup::keep_alive(ConsumerMember& member, std::int64_t now_ms) {
  member.alive_until_ms = now_ms + limits_->consumer_session_timeout.count();
  watch(member);
}

// An entry for an earlier time stays, and is looked at then.
void ConsumerGroup::watch(const ConsumerMember& member) {
  if (member.deadline_ms() != kNever) due_.insert({member.deadline_ms(), member.id});
}

void ConsumerGroup::run_due(std::int64_t now_ms) {
  while (!due_.empty() && due_.begin()->first <= now_ms) {
    const std::string id = due_.begin()->second;
    due_.erase(due_.begin());
    const ConsumerMember* member = find(id);
    if (member == nullptr) continue;
    if (member->deadline_ms() <= now_ms) remove(id);
  }
}

// Offsets ---------------------------------------------------------------------------------------------------------

Result<> ConsumerGroup::check_commit(const MemberIdentity& who, InTransaction in_transaction) const {
  const bool is_anonymous = who.generation < 0 && who.member_id.empty() && !who.instance_id;
  // Who reads by hand may move a group without members; old transactional producers do not say who they are.
  if (is_anonymous && (is_empty() || in_transaction == InTransaction::yes)) return {};
  auto checked = check_fetch(who.member_id, who.generation);
  const bool is_stale = !checked && checked.error().code == ErrorCode::stale_member_epoch;
  if (is_stale && in_transaction == InTransaction::yes) {
    return fail(ErrorCode::illegal_generation, checked.error().detail);
  }
  return checked;
}

Result<> ConsumerGroup::check_fetch(const std::string& member_id, std::int32_t epoch) const {
  const auto found = members_.find(member_id);
  if (found == members_.end()) {
    return fail(ErrorCode::unknown_member_id, "group " + id_ + " has no member " + member_id);
  }
  if (found->second.epoch == epoch) return {};
  return fail(ErrorCode::stale_member_epoch, "member " + member_id + " of group " + id_ + " is in epoch " +
                                                 std::to_string(found->second.epoch) + ", not " +
                                                 std::to_string(epoch));
}

bool ConsumerGroup::is_subscribed_to(const std::string& topic) const {
  return std::ranges::any_of(members_, [&](const auto& one) { return names_read_by(one.second).contains(topic); });
}

// What there is ---------------------------------------------------------------------------------------------------

std::string_view ConsumerGroup::state_name() const {
  if (members_.empty()) return "Empty";
  if (epoch_ > target_epoch_) return "Assigning";
  const bool is_settled = std::ranges::all_of(members_, [&](const auto& one) {
    const ConsumerMember& member = one.second;
    return member.has_left_for_now() || (member.state == ReconcileState::stable && member.epoch == target_epoch_);
  });
  return is_settled ? "Stable" : "Reconciling";
}

wire::ConsumerGroupDescribeResponse::DescribedGroup ConsumerGroup::describe(const TopicsView& topics) const {
  using Described = wire::ConsumerGroupDescribeResponse::DescribedGroup;
  constexpr std::int8_t kConsumer = 1;  // a member of the new protocol
  const auto named = [&](const PartitionsByTopic& partitions) {
    std::remove_cvref_t<decltype(Described().members.front().assignment)> list;
    for (const auto& [topic, some] : partitions) {
      const auto known = topics.find(topic);
      list.topic_partitions.push_back({topic, known ? known->name : "", {some.begin(), some.end()}});
    }
    return list;
  };
  Described described;
  described.group_id = id_;
  described.group_state = state_name();
  described.group_epoch = epoch_;
  described.assignment_epoch = target_epoch_;
  described.assignor_name = assignor_name();
  for (const auto& [id, member] : members_) {
    auto& one = described.members.emplace_back();
    one.member_id = id;
    one.instance_id = member.instance_id;
    one.rack_id = member.rack_id;
    one.member_epoch = member.epoch;
    one.client_id = member.client_id;
    one.client_host = member.client_host;
    one.subscribed_topic_names.assign(member.topics.begin(), member.topics.end());
    one.subscribed_topic_regex = member.regex;
    one.assignment = named(member.assigned);
    one.target_assignment = named(target_of(id));
    one.member_type = kConsumer;
  }
  return described;
}

}  // namespace weir::log::broker
