#include "log/client/membership/group_member.h"

#include <algorithm>

#include "log/client/assignors/cooperative_sticky.h"
#include "log/client/membership/group_calls.h"

namespace weir::log {

namespace {

constexpr std::int64_t kPauseNs = 100'000'000;  // retry.backoff.ms

using Kind = AssignmentChange::Kind;

std::vector<std::shared_ptr<const Assignor>> assignors_of(const ConsumerOptions& options) {
  if (!options.assignors.empty()) return options.assignors;
  return {std::make_shared<CooperativeStickyAssignor>()};
}

// Those of `these` that are not among `others`.
std::vector<TopicPartition> without(const std::vector<TopicPartition>& these,
                                    const std::vector<TopicPartition>& others) {
  std::vector<TopicPartition> rest;
  for (const auto& one : these) {
    if (std::ranges::find(others, one) == others.end()) rest.push_back(one);
  }
  return rest;
}

}  // namespace

GroupMember::GroupMember(Connection& connection, ClusterView& view, const ConsumerOptions& options,
                         std::shared_ptr<Heartbeats> heartbeats, Subscription subscription)
    : connection_(connection),
      view_(view),
      options_(options),
      assignors_(assignors_of(options)),
      heartbeats_(std::move(heartbeats)),
      pulse_(std::make_shared<Pulse>(Pulse::Terms{options.heartbeat_interval, options.max_poll_interval,
                                                  [&connection] {
                                                    connection.loop.post(std::noop_coroutine());
                                                  }})),
      subscription_(std::move(subscription)),
      state_(*options.group_id, options.group_instance_id) {
  started_ = heartbeats_->add(pulse_);
}

GroupMember::~GroupMember() {
  pulse_->close();
  heartbeats_->remove(pulse_);
}

bool GroupMember::is_cooperative() const {
  return std::ranges::all_of(assignors_, [](const auto& assignor) {
    auto protocols = assignor->protocols();
    return std::ranges::find(protocols, RebalanceProtocol::cooperative) != protocols.end();
  });
}

void GroupMember::subscribe(Subscription subscription, Rejoins rejoins) {
  subscription_ = std::move(subscription);
  if (rejoins == Rejoins::no) return;
  refresh_ns_ = 0;
  rejoin();
}

void GroupMember::rejoin() {
  if (state_.phase() == MemberState::Phase::stable) state_.rejoin();
}

// Steps -----------------------------------------------------------------------------------------------------------

void GroupMember::polled() {
  pulse_->polled(now_ns());
}

Result<std::optional<AssignmentChange>> GroupMember::step() {
  for (;;) {
    if (!changes_.empty()) {
      auto change = std::move(changes_.front());
      changes_.pop_front();
      owned_ = change.assignment;
      return change;
    }
    if (error_) {
      auto error = *std::exchange(error_, std::nullopt);
      not_before_ns_ = now_ns() + kPauseNs;
      return fail(std::move(error));
    }
    take_news();
    take_answers();
    if (!changes_.empty() || error_) continue;
    if (is_waiting_) return std::nullopt;
    if (state_.phase() == MemberState::Phase::stable) {
      beat_if_due();
      refresh_if_due();
      if (state_.phase() == MemberState::Phase::stable && changes_.empty()) return std::nullopt;
      continue;
    }
    if (now_ns() < not_before_ns_) return std::nullopt;
    if (!std::exchange(is_prepared_, true)) {
      prepare_join();
    } else {
      start_join();
    }
  }
}

std::int64_t GroupMember::next_step_ns() const {
  if (is_waiting_) return Pulse::kNever;
  if (state_.phase() == MemberState::Phase::stable) return std::min(pulse_->next_ns(), refresh_ns_);
  return not_before_ns_;
}

void GroupMember::take_news() {
  auto news = pulse_->take_news();
  if (!news) return;
  if (auto outcome = state_.heard(news->code, news->generation)) take(std::move(*outcome));
}

void GroupMember::commit_refused(ErrorCode code, std::int32_t generation) {
  if (auto outcome = state_.heard(code, generation)) take(std::move(*outcome));
}

void GroupMember::take(MemberState::Outcome outcome) {
  if (outcome.has_lost) lose();
  if (outcome.next == MemberState::Next::join_later) join_later(std::move(outcome.error));
  if (outcome.next == MemberState::Next::fail) error_ = std::move(outcome.error);
}

// It is tried on and on, but the user is told why nothing comes.
void GroupMember::join_later(Error why) {
  not_before_ns_ = now_ns() + kPauseNs;
  if (!told_at_ns_) told_at_ns_ = connection_.clock.deadline_ns(options_.request_timeout);
  if (now_ns() < *told_at_ns_ || why.code == ErrorCode::none) return;
  told_at_ns_.reset();
  error_ = std::move(why);
}

void GroupMember::lose() {
  pulse_->stop();
  is_prepared_ = false;
  changes_.clear();
  if (!owned_.empty()) changes_.push_back({Kind::lost, owned_, {}});
}

// Joining ---------------------------------------------------------------------------------------------------------

void GroupMember::prepare_join() {
  if (owned_.empty()) return;
  if (!is_cooperative()) {
    changes_.push_back({Kind::revoked, owned_, {}});
    return;
  }
  // What it does not read any more it does not hold on to.
  std::vector<TopicPartition> unread;
  std::ranges::copy_if(owned_, std::back_inserter(unread),
                       [this](const TopicPartition& one) { return !subscription_.contains(one.topic); });
  if (!unread.empty() && !subscription_.has_pattern()) {
    changes_.push_back({Kind::revoked, unread, without(owned_, unread)});
  }
}

Result<wire::JoinGroupRequest> GroupMember::join_request() {
  if (subscription_.has_pattern()) {
    WEIR_TRY_VAR(existing, connection_.loop.run(view_.list_topics()));
    (void)subscription_.match(existing);
  }
  wire::JoinGroupRequest request;
  request.group_id = state_.who().group_id;
  request.member_id = state_.who().member_id;
  request.group_instance_id = state_.who().group_instance_id;
  request.session_timeout_ms = saturated_int32(options_.session_timeout.count());
  request.rebalance_timeout_ms = saturated_int32(options_.max_poll_interval.count());
  request.protocol_type = "consumer";
  for (const auto& assignor : assignors_) {
    wire::ConsumerSubscription subscription;
    subscription.topics = subscription_.topics();
    subscription.user_data = assignor->subscription_user_data(last_assignment_);
    subscription.owned_partitions = owned_;
    subscription.generation = last_assignment_.generation;
    subscription.rack = options_.rack;
    WEIR_TRY_VAR(bytes, wire::subscription_bytes(subscription));
    request.protocols.push_back({std::string(assignor->name()), std::move(bytes)});
  }
  return request;
}

void GroupMember::start_join() {
  if (before_join_) before_join_();
  auto request = join_request();
  if (!request) {
    error_ = std::move(request).error();
    return;
  }
  pulse_->stop();  // from here on the coordinator knows that it lives
  state_.joining();
  start(join(*std::move(request), ++attempt_));
}

void GroupMember::take_answers() {
  std::erase_if(on_the_way_, [](const auto& task) { return task.done(); });
  if (auto joined = std::exchange(joined_, std::nullopt)) {
    is_waiting_ = false;
    take_joined(*std::move(joined));
  }
  if (auto synced = std::exchange(synced_, std::nullopt)) {
    is_waiting_ = false;
    take_synced(*std::move(synced));
  }
}

void GroupMember::take_joined(Result<wire::JoinGroupResponse> response) {
  if (!response) {
    take(state_.unanswered(response.error().at("group " + state_.who().group_id)));
    return;
  }
  auto outcome = state_.joined(*response);
  if (response->error_code == ErrorCode::invalid_session_timeout) {
    outcome.error.detail += ": the coordinator takes no session_timeout of " +
                            std::to_string(options_.session_timeout.count()) +
                            " ms (group.min.session.timeout.ms, group.max.session.timeout.ms)";
  }
  if (outcome.next == MemberState::Next::divide || outcome.next == MemberState::Next::sync) {
    start_sync(*response, outcome.next == MemberState::Next::divide);
  } else {
    take(std::move(outcome));
  }
}

Result<> GroupMember::lead(const wire::JoinGroupResponse& joined, bool divides, wire::SyncGroupRequest& request) {
  auto assignor = std::ranges::find(assignors_, state_.protocol(), [](const auto& one) { return one->name(); });
  if (assignor == assignors_.end()) {
    return fail(ErrorCode::inconsistent_group_protocol, "the group chose " + state_.protocol());
  }
  WEIR_TRY_VAR(members, subscribed_members(joined));
  const auto topics = topics_of(members);
  // Topics that do not exist are left out; which, the view says.
  auto learned = connection_.loop.run(view_.learn_again(topics));
  if (!learned && learned.error().code != ErrorCode::unknown_topic_or_partition) return learned;
  divided_ = count_partitions(view_, topics);
  if (!divides) return {};
  WEIR_TRY_VAR(assignments, divide(**assignor, members, divided_));
  request.assignments = std::move(assignments);
  return {};
}

void GroupMember::start_sync(const wire::JoinGroupResponse& joined, bool divides) {
  divided_.clear();
  wire::SyncGroupRequest request;
  request.group_id = state_.who().group_id;
  request.generation_id = state_.who().generation;
  request.member_id = state_.who().member_id;
  request.group_instance_id = state_.who().group_instance_id;
  request.protocol_type = joined.protocol_type;
  request.protocol_name = joined.protocol_name;
  if (state_.is_leader()) {
    if (auto led = lead(joined, divides, request); !led) {
      error_ = std::move(led).error();
      state_.rejoin();
      return;
    }
  }
  start(sync(std::move(request), ++attempt_));
}

void GroupMember::take_synced(Result<wire::SyncGroupResponse> response) {
  if (!response) {
    take(state_.unanswered(response.error().at("group " + state_.who().group_id)));
    return;
  }
  auto outcome = state_.synced(response->error_code);
  if (outcome.next != MemberState::Next::use) {
    take(std::move(outcome));
    return;
  }
  told_at_ns_.reset();
  auto assignment = wire::parse_assignment(response->assignment);
  if (response->assignment.empty()) assignment = wire::ConsumerAssignment{};
  if (!assignment) {
    error_ = assignment.error().at("the assignment in group " + state_.who().group_id);
    state_.rejoin();
    return;
  }
  told_ = std::move(assignment->user_data);
  take_assignment(std::move(assignment->partitions));
}

void GroupMember::take_assignment(std::vector<TopicPartition> assignment) {
  const std::int64_t now = now_ns();
  pulse_->begin(state_.who(), now);
  heartbeats_->look();
  refresh_ns_ = saturated_sum(now, saturated_product(options_.metadata_max_age.count(), 1'000'000));
  is_prepared_ = false;
  last_assignment_ = {assignment, state_.who().generation};
  auto revoked = without(owned_, assignment);
  auto added = without(assignment, owned_);
  if (!revoked.empty()) {
    changes_.push_back({Kind::revoked, revoked, without(owned_, revoked)});
    state_.rejoin();  // so that those who are to have it get it
  }
  changes_.push_back({Kind::assigned, std::move(added), std::move(assignment)});
}

// Requests on their way -------------------------------------------------------------------------------------------

void GroupMember::start(Task<Result<>> task) {
  if (!task.start()) on_the_way_.push_back(std::move(task));
}

Task<Result<>> GroupMember::join(wire::JoinGroupRequest request, std::uint64_t attempt) {
  is_waiting_ = true;
  auto response = co_await join_group(connection_, view_, std::move(request));
  if (attempt == attempt_) joined_ = std::move(response);
  co_return Result<>{};
}

Task<Result<>> GroupMember::sync(wire::SyncGroupRequest request, std::uint64_t attempt) {
  is_waiting_ = true;
  auto response = co_await sync_group(connection_, view_, std::move(request));
  if (attempt == attempt_) synced_ = std::move(response);
  co_return Result<>{};
}

Task<Result<>> GroupMember::beat(GroupMetadata who) {
  const std::int32_t generation = who.generation;
  auto answered = co_await send_heartbeat(connection_, view_, std::move(who));
  if (!answered) pulse_->heard(answered.error().code, generation);
  co_return Result<>{};
}

// While all is well -----------------------------------------------------------------------------------------------

void GroupMember::beat_if_due() {
  auto due = pulse_->take_due(now_ns());
  if (!due) return;
  start(beat(std::move(*due)));
  take_news();
}

// What cannot be learned now is learned the next time.
void GroupMember::refresh_if_due() {
  if (now_ns() < refresh_ns_) return;
  refresh_ns_ = saturated_sum(now_ns(), saturated_product(options_.metadata_max_age.count(), 1'000'000));
  bool has_changed = false;
  if (subscription_.has_pattern()) {
    auto existing = connection_.loop.run(view_.list_topics());
    has_changed = existing && subscription_.match(*existing);
  }
  if (state_.is_leader() && !divided_.empty()) {
    std::vector<std::string> topics;
    for (const auto& [topic, count] : divided_) topics.push_back(topic);
    (void)connection_.loop.run(view_.learn_again(topics));
    has_changed |= count_partitions(view_, topics) != divided_;
  }
  if (has_changed && state_.phase() == MemberState::Phase::stable) state_.rejoin();
}

void GroupMember::leave(InstanceToo instance_too) {
  pulse_->stop();
  changes_.clear();
  owned_.clear();
  is_prepared_ = false;
  const auto who = state_.who();
  const bool stays = who.group_instance_id.has_value() && instance_too == InstanceToo::no;
  if (!stays && !who.member_id.empty()) {
    // Once: whoever goes does not wait for a coordinator that cannot be found.
    const Millis timeout = std::exchange(connection_.timeout, Millis(0));
    (void)connection_.loop.run(leave_group(connection_, view_, who));
    connection_.timeout = timeout;
  }
  ++attempt_;  // whatever is on its way, nobody waits for it
  is_waiting_ = false;
  joined_.reset();
  synced_.reset();
  state_.left();
}

}  // namespace weir::log
