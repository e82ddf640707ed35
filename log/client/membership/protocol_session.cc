#include "log/client/membership/protocol_session.h"

#include "log/client/membership/group_calls.h"

namespace weir::log {

namespace {

constexpr std::int64_t kJoinPauseNs = 100'000'000;

std::shared_ptr<Transport> transport_of(const std::shared_ptr<Client>& client) {
  return {client, &client->transport()};  // lives as long as the client
}

}  // namespace

ProtocolSession::ProtocolSession(const Client& client, ProtocolSessionOptions options, Asks asks,
                                 std::function<void()> on_news)
    : options_(std::move(options)),
      asks_(std::move(asks)),
      client_(std::make_shared<Client>(client)),
      connection_{transport_of(client_), client_->clock(), options_.request_timeout,
                  Loop(client_->clock(), std::move(on_news))},
      view_(connection_),
      heartbeats_(transport_of(client_), client_->clock(),
                  std::make_shared<Runner>(client_->clock(), "weir-heartbeat")),
      pulse_(std::make_shared<Pulse>(Pulse::Terms{options_.heartbeat_interval, options_.rebalance_timeout,
                                                  [this] {
                                                    connection_.loop.post(std::noop_coroutine());
                                                  }})),
      state_(options_.group_id, std::nullopt) {
  started_ = heartbeats_.add(pulse_);
}

ProtocolSession::~ProtocolSession() {
  pulse_->close();
  heartbeats_.remove(pulse_);
}

void ProtocolSession::polled() {
  pulse_->polled(now_ns());
}

void ProtocolSession::rejoin() {
  if (state_.phase() == MemberState::Phase::stable) state_.rejoin();
}

Result<std::optional<ProtocolSession::Event>> ProtocolSession::step() {
  polled();
  while (connection_.loop.resume_ready(std::chrono::nanoseconds(0))) continue;
  for (;;) {
    std::erase_if(on_the_way_, [](const auto& task) { return task.done(); });
    if (auto news = pulse_->take_news()) {
      if (auto outcome = state_.heard(news->code, news->generation)) take(std::move(*outcome));
    }
    if (auto joined = std::exchange(joined_, std::nullopt)) {
      is_waiting_ = false;
      take_joined(*std::move(joined));
    }
    if (auto synced = std::exchange(synced_, std::nullopt)) {
      is_waiting_ = false;
      take_synced(*std::move(synced));
    }
    if (error_) {
      not_before_ns_ = now_ns() + kJoinPauseNs;
      return fail(*std::exchange(error_, std::nullopt));
    }
    if (!events_.empty()) {
      Event event = std::move(events_.front());
      events_.erase(events_.begin());
      return event;
    }
    if (is_waiting_) return std::nullopt;
    if (state_.phase() == MemberState::Phase::stable) {
      beat_if_due();
      if (state_.phase() == MemberState::Phase::stable) return std::nullopt;
      continue;
    }
    if (now_ns() < not_before_ns_) return std::nullopt;
    start_join();
  }
}

std::int64_t ProtocolSession::next_step_ns() const {
  const std::int64_t pause_ns = connection_.loop.next_due_ns();
  if (is_waiting_) return pause_ns;
  if (state_.phase() == MemberState::Phase::stable) return std::min(pulse_->next_ns(), pause_ns);
  return std::min(not_before_ns_, pause_ns);
}

void ProtocolSession::take(MemberState::Outcome outcome) {
  if (outcome.has_lost) {
    pulse_->stop();
    events_.clear();
    events_.push_back(Lost{});
  }
  if (outcome.next == MemberState::Next::join_later) not_before_ns_ = now_ns() + kJoinPauseNs;
  if (outcome.next == MemberState::Next::fail) error_ = std::move(outcome.error);
}

void ProtocolSession::start_join() {
  asks_.before_join();
  wire::JoinGroupRequest request;
  request.group_id = state_.who().group_id;
  request.member_id = state_.who().member_id;
  request.session_timeout_ms = saturated_int32(options_.session_timeout.count());
  request.rebalance_timeout_ms = saturated_int32(options_.rebalance_timeout.count());
  request.protocol_type = options_.protocol_type;
  for (auto& [name, bytes] : asks_.says()) request.protocols.push_back({name, std::move(bytes)});
  pulse_->stop();  // from here on the coordinator knows that it lives
  state_.joining();
  start(join(std::move(request), ++attempt_));
}

void ProtocolSession::take_joined(Result<wire::JoinGroupResponse> response) {
  if (!response) return take(state_.unanswered(response.error().at("group " + state_.who().group_id)));
  auto outcome = state_.joined(*response);
  if (outcome.next == MemberState::Next::divide || outcome.next == MemberState::Next::sync) {
    start_sync(*response, outcome.next == MemberState::Next::divide);
  } else {
    take(std::move(outcome));
  }
}

Result<> ProtocolSession::lead(const wire::JoinGroupResponse& joined, wire::SyncGroupRequest& request) {
  std::map<std::string, OwnedBytes> members;
  for (const auto& member : joined.members) members[member.member_id] = OwnedBytes(member.metadata);
  WEIR_TRY_VAR(told, asks_.assign(state_.protocol(), members));
  for (auto& [member, bytes] : told) request.assignments.push_back({member, std::move(bytes)});
  return {};
}

void ProtocolSession::start_sync(const wire::JoinGroupResponse& joined, bool leads) {
  wire::SyncGroupRequest request;
  request.group_id = state_.who().group_id;
  request.generation_id = state_.who().generation;
  request.member_id = state_.who().member_id;
  request.protocol_type = joined.protocol_type;
  request.protocol_name = joined.protocol_name;
  if (leads) {
    if (auto led = lead(joined, request); !led) {
      error_ = std::move(led).error();
      state_.rejoin();
      return;
    }
  }
  start(sync(std::move(request), ++attempt_));
}

void ProtocolSession::take_synced(Result<wire::SyncGroupResponse> response) {
  if (!response) return take(state_.unanswered(response.error().at("group " + state_.who().group_id)));
  auto outcome = state_.synced(response->error_code);
  if (outcome.next != MemberState::Next::use) return take(std::move(outcome));
  pulse_->begin(state_.who(), now_ns());
  heartbeats_.look();
  events_.push_back(Assigned{OwnedBytes(response->assignment), state_.protocol(), state_.is_leader()});
}

void ProtocolSession::start(Task<Result<>> task) {
  if (!task.start()) on_the_way_.push_back(std::move(task));
}

Task<Result<>> ProtocolSession::join(wire::JoinGroupRequest request, std::uint64_t attempt) {
  is_waiting_ = true;
  auto response = co_await join_group(connection_, view_, std::move(request));
  if (attempt == attempt_) joined_ = std::move(response);
  co_return Result<>{};
}

Task<Result<>> ProtocolSession::sync(wire::SyncGroupRequest request, std::uint64_t attempt) {
  is_waiting_ = true;
  auto response = co_await sync_group(connection_, view_, std::move(request));
  if (attempt == attempt_) synced_ = std::move(response);
  co_return Result<>{};
}

Task<Result<>> ProtocolSession::beat(GroupMetadata who) {
  const std::int32_t generation = who.generation;
  auto answered = co_await send_heartbeat(connection_, view_, std::move(who));
  if (!answered) pulse_->heard(answered.error().code, generation);
  co_return Result<>{};
}

void ProtocolSession::beat_if_due() {
  if (auto due = pulse_->take_due(now_ns())) start(beat(*std::move(due)));
}

void ProtocolSession::leave() {
  pulse_->stop();
  events_.clear();
  if (const auto who = state_.who(); !who.member_id.empty()) {
    const Millis timeout = std::exchange(connection_.timeout, Millis(0));  // once
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
