#include "log/server/broker_session.h"

#include <algorithm>

#include "log/base/log_line.h"
#include "log/broker/cluster_name.h"
#include "log/broker/coordination/on_pool.h"
#include "log/broker/handlers/permissions.h"
#include "log/security/random.h"
#include "log/security/sasl_client.h"
#include "log/wire/messages/fetch.h"
#include "log/wire/messages/produce.h"
#include "log/wire/messages/sasl_authenticate.h"
#include "log/wire/messages/sasl_handshake.h"

namespace weir::log::server {

namespace {

constexpr std::size_t kNonceBytes = 24;

// The first versions whose clients wait by themselves (KIP-219).
constexpr std::int16_t kProduceTellsFirst = 6;
constexpr std::int16_t kFetchTellsFirst = 8;
constexpr std::int64_t kMostThrottleMs = 0x7fffffff;

std::uint64_t records_in(const wire::ProduceRequest& request) {
  std::uint64_t bytes = 0;
  for (const auto& topic : request.topic_data) {
    for (const auto& partition : topic.partition_data) bytes += partition.records ? partition.records->size_bytes() : 0;
  }
  return bytes;
}
std::uint64_t records_in(const wire::FetchResponse& response) {
  std::uint64_t bytes = 0;
  for (const auto& topic : response.responses) {
    for (const auto& partition : topic.partitions) bytes += partition.records ? partition.records->size_bytes() : 0;
  }
  return bytes;
}

std::string user_principal(const std::string& name) {
  return "User:" + name;
}

security::SaslServer::Options sasl_options(broker::Broker& broker, const std::vector<std::string>& mechanisms) {
  security::SaslServer::Options options;
  options.mechanisms = mechanisms;
  options.find = [&broker](const std::string& user) -> std::optional<security::Credentials> {
    const auto metadata = broker.topics().metadata();
    const auto* found = metadata->find_user(user);
    return found == nullptr ? std::nullopt : std::optional(*found);
  };
  options.nonce = [] {
    return security::nonce_of(security::random_bytes(kNonceBytes));
  };
  options.secret = broker::cluster_secret_of(broker);
  return options;
}

// Woken by the broker's timers.
Task<Result<>> pause(broker::Broker& broker, Millis time, Executor& executor) {
  if (time.count() <= 0) co_return Result<>{};
  auto waiter = std::make_shared<Waiter>(executor);  // shared: with the timer
  broker.timers().at(broker.clock().deadline_ns(time), [waiter] { waiter->wake(); });
  co_await *waiter;
  co_return Result<>{};
}

}  // namespace

BrokerSession::BrokerSession(broker::Broker& broker, const BrokerService::Options& options,
                             const broker::AccessPolicy& policy, Meters& meters, net::Peer peer)
    : broker_(broker), options_(options), policy_(policy), meters_(meters), peer_(std::move(peer)) {
  if (has_sasl()) {
    sasl_ = std::make_shared<security::SaslServer>(sasl_options(broker_, options_.mechanisms[peer_.listener]));
    return;
  }
  if (!options_.is_guarded) return;
  auto principal = peer_.certificate ? user_principal(*peer_.certificate) : std::string(security::kAnonymous);
  access_.emplace(broker_.topics(), policy_, security::Subject{std::move(principal), peer_.host});
}

net::Session::Stage BrokerSession::stage() const {
  if (is_over_) return Stage::over;
  return sasl_ == nullptr || access_ ? Stage::proven : Stage::unproven;
}

// A user who was removed, or can no more be known by what it was known by, has to go.
bool BrokerSession::is_welcome() {
  if (user_.empty()) return true;
  const auto metadata = broker_.topics().metadata();
  const auto* user = metadata->find_user(user_);
  return user != nullptr && user->contains(proved_by_);
}

bool BrokerSession::is_expired() const {
  return expires_ns_ != 0 && broker_.clock().monotonic_ns() >= expires_ns_;
}

// What may come when. An error closes the connection.
Result<> BrokerSession::check_turn(wire::ApiKey api) {
  if (!is_welcome()) return fail(ErrorCode::illegal_sasl_state, "a request of somebody who is no user any more");
  const bool is_sasl = api == wire::ApiKey::sasl_handshake || api == wire::ApiKey::sasl_authenticate;
  if (sasl_ == nullptr || is_sasl || api == wire::ApiKey::api_versions) return {};
  if (!access_) return fail(ErrorCode::illegal_sasl_state, "a request of somebody who has not said who it is");
  if (sasl_->is_exchanging()) return fail(ErrorCode::illegal_sasl_state, "a request while it says who it is");
  if (is_expired())
    return fail(ErrorCode::illegal_sasl_state, "its session is over, and it has not said again who it is");
  return {};
}

std::optional<Task<Result<>>> BrokerSession::answer(const net::Call& call, void* request, void* response) {
  if (auto turn = check_turn(call.api); !turn) {
    log_line::info("{}: {}", peer_.host, turn.error().detail);
    return fail_late(call.executor);
  }
  if (call.api == wire::ApiKey::sasl_handshake) {
    return shake_hands(call, static_cast<wire::SaslHandshakeRequest*>(request)->mechanism, response);
  }
  if (call.api == wire::ApiKey::sasl_authenticate) {
    return authenticate(call, std::move(static_cast<wire::SaslAuthenticateRequest*>(request)->auth_bytes), response);
  }
  return hand_over(call, request, response);
}

std::optional<Task<Result<>>> BrokerSession::hand_over(const net::Call& call, void* request, void* response) {
  const bool is_muted = muted_until_ns_ != 0 && broker_.clock().monotonic_ns() < muted_until_ns_;
  if (is_muted) return hand_over_later(call, request, response);
  if (call.api == wire::ApiKey::produce || call.api == wire::ApiKey::fetch) {
    auto metadata = broker_.topics().metadata();
    if (!metadata->quotas().all().empty()) return metered(call, std::move(metadata), request, response);
  }
  const broker::RequestContext context{broker_,
                                       call.version,
                                       call.executor,
                                       call.client_id,
                                       call.client_host,
                                       &call.here,
                                       access_ ? &*access_ : nullptr};
  return broker::answer_if_allowed(*broker::find_handler(call.api), context, request, response);
}

Task<Result<>> BrokerSession::hand_over_later(net::Call call, void* request, void* response) {
  const std::int64_t left_ms = (muted_until_ns_ - broker_.clock().monotonic_ns() + 999'999) / 1'000'000;
  WEIR_CO_TRY(co_await pause(broker_, Millis(left_ms), call.executor));
  muted_until_ns_ = 0;
  auto later = hand_over(call, request, response);
  if (later) co_return co_await *std::move(later);
  co_return Result<>{};
}

// Versions before KIP-219 hold the answer back themselves; those from there on are told at once.
Task<Result<>> BrokerSession::metered(net::Call call, std::shared_ptr<const cluster::Metadata> metadata, void* request,
                                      void* response) {
  const bool is_produce = call.api == wire::ApiKey::produce;
  const std::uint64_t sent = is_produce ? records_in(*static_cast<wire::ProduceRequest*>(request)) : 0;
  const broker::RequestContext context{broker_,
                                       call.version,
                                       call.executor,
                                       call.client_id,
                                       call.client_host,
                                       &call.here,
                                       access_ ? &*access_ : nullptr};
  auto later = broker::answer_if_allowed(*broker::find_handler(call.api), context, request, response);
  if (later) WEIR_CO_TRY(co_await *std::move(later));
  std::string_view user = access_ ? std::string_view(access_->who().principal) : security::kAnonymous;
  user.remove_prefix(std::string_view("User:").size());
  auto& fetched = *static_cast<wire::FetchResponse*>(response);
  const Millis throttle =
      is_produce
          ? meters_.add(metadata->quotas(), user, call.client_id, cluster::kProducerByteRate, sent)
          : meters_.add(metadata->quotas(), user, call.client_id, cluster::kConsumerByteRate, records_in(fetched));
  if (throttle.count() == 0) co_return Result<>{};
  if (call.version < (is_produce ? kProduceTellsFirst : kFetchTellsFirst)) {
    co_return co_await pause(broker_, throttle, call.executor);
  }
  const auto told = static_cast<std::int32_t>(std::min<std::int64_t>(throttle.count(), kMostThrottleMs));
  if (is_produce) {
    static_cast<wire::ProduceResponse*>(response)->throttle_time_ms = told;
  } else {
    fetched.throttle_time_ms = told;
  }
  muted_until_ns_ = broker_.clock().deadline_ns(throttle);
  co_return Result<>{};
}

// SASL ------------------------------------------------------------------------------------------------------------

// Guessing passwords takes time, also for who tells at once that it failed.
Task<Result<>> BrokerSession::fail_late(Executor& executor) {
  (void)co_await pause(broker_, options_.failed_authentication_delay, executor);
  co_return fail(ErrorCode::illegal_sasl_state, "not its turn");
}

std::optional<Task<Result<>>> BrokerSession::shake_hands(const net::Call& call, const std::string& mechanism,
                                                         void* response) {
  auto& answer = *static_cast<wire::SaslHandshakeResponse*>(response);
  const bool is_again = access_.has_value();
  if (sasl_ == nullptr || (is_again && options_.max_reauthentication.count() == 0)) {
    answer.error_code = ErrorCode::illegal_sasl_state;
    return std::nullopt;
  }
  answer.mechanisms = sasl_->mechanisms();
  auto shaken = sasl_->handshake(mechanism);
  if (shaken) {
    takes_tokens_ = call.version == 0;
    return std::nullopt;
  }
  log_line::info("{}: SASL: {}", peer_.host, shaken.error().to_string());
  answer.error_code = shaken.error().code;
  is_over_ = true;
  return pause(broker_, options_.failed_authentication_delay, call.executor);
}

Task<Result<>> BrokerSession::authenticate(net::Call call, OwnedBytes token, void* response) {
  auto& answer = *static_cast<wire::SaslAuthenticateResponse*>(response);
  answer.error_message.reset();
  if (sasl_ == nullptr || !sasl_->is_exchanging()) {
    answer.error_code = ErrorCode::illegal_sasl_state;
    answer.error_message = "SaslHandshake comes first";
    is_over_ = sasl_ != nullptr;
    co_return Result<>{};
  }
  std::function<Result<OwnedBytes>()> step = [sasl = sasl_, token = std::move(token)] {
    return sasl->step(token);
  };
  auto stepped = co_await broker::on_pool(broker_.options().pool, std::move(step), call.executor);
  if (stepped) {
    answer.auth_bytes = *std::move(stepped);
    if (sasl_->is_done()) prove(call.version, response);
    co_return Result<>{};
  }
  log_line::info("{}: {}", peer_.host, stepped.error().detail);
  answer.error_code = ErrorCode::sasl_authentication_failed;
  answer.error_message = stepped.error().detail;
  is_over_ = true;
  co_return co_await pause(broker_, options_.failed_authentication_delay, call.executor);
}

void BrokerSession::prove(std::int16_t version, void* response) {
  takes_tokens_ = false;
  user_ = sasl_->user();
  proved_by_ = sasl_->proved_by();
  if (!access_) access_.emplace(broker_.topics(), policy_, security::Subject{user_principal(user_), peer_.host});
  const Millis lifetime = options_.max_reauthentication;
  if (lifetime.count() == 0) return;
  expires_ns_ = broker_.clock().deadline_ns(lifetime);
  auto& answer = *static_cast<wire::SaslAuthenticateResponse*>(response);
  if (version >= 1) answer.session_lifetime_ms = lifetime.count();
}

}  // namespace weir::log::server
