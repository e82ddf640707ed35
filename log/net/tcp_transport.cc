#include "log/net/tcp_transport.h"

#include <atomic>
#include <utility>

#include <boost/asio/post.hpp>

#include "log/net/link_pool.h"
#include "log/net/node_table.h"
#include "log/wire/dispatch.h"
#include "log/wire/messages/find_coordinator.h"
#include "log/wire/messages/metadata.h"
#include "log/wire/messages/produce.h"

namespace weir::log::net {

namespace {

LinkPool::Options pool_options(const TcpOptions& options, std::shared_ptr<const TlsContext> tls) {
  LinkPool::Options chosen;
  chosen.link = {options.client_id, options.max_frame_bytes, options.max_in_flight, options.security, std::move(tls)};
  chosen.connect_timeout = options.connect_timeout;
  chosen.reconnect_backoff = options.reconnect_backoff;
  chosen.reconnect_backoff_max = options.reconnect_backoff_max;
  chosen.seed = options.seed;
  return chosen;
}

HostPort place_of(const std::string& host, std::int32_t port) {
  return {host, static_cast<std::uint16_t>(port)};
}

bool has_answer(wire::ApiKey api, const void* request) {
  return api != wire::ApiKey::produce || static_cast<const wire::ProduceRequest*>(request)->acks != 0;
}

// Would the others say the same? They know the same users, and are trusted by the same files.
bool is_final(ErrorCode code) {
  return code == ErrorCode::sasl_authentication_failed || code == ErrorCode::unsupported_sasl_mechanism ||
         code == ErrorCode::illegal_sasl_state || code == ErrorCode::invalid_argument;
}

// Shared by the caller, which may go, and the io thread.
struct Answered {
  explicit Answered(Executor& executor) : waiter(executor) {}
  Result<SharedBytes> frame;  // before it is woken
  Waiter waiter;
};

}  // namespace

class TcpTransport::Impl final : private Runner::Work {
 public:
  Impl(std::vector<HostPort> bootstrap, const TcpOptions& options, std::shared_ptr<const TlsContext> tls, Clock& clock,
       std::shared_ptr<Runner> runner)
      : options_(options),
        clock_(clock),
        runner_(std::move(runner)),
        pool_(thread_, clock, timers_, pool_options(options, std::move(tls))),
        nodes_(std::move(bootstrap)) {
    timers_.on_earlier([this] { runner_->look(); });
  }
  ~Impl() override {
    if (is_started_) runner_->remove(*this);
    pool_.close();
    // Behind what has been posted: nobody posts any more.
    boost::asio::post(thread_.context(), [this] { thread_.context().stop(); });
    thread_.join();
  }

  Result<> start() {
    WEIR_TRY(thread_.start("weir-net"));
    WEIR_TRY(runner_->add(*this));
    is_started_ = true;
    return {};
  }

  Task<Result<>> call(NodeId node, wire::ApiKey api, void* request, void* response, Executor& executor);

 private:
  std::int64_t step(std::int64_t now_ns) override { return timers_.run_due(now_ns).value_or(Runner::kNever); }

  Task<Result<LinkPool::Lease>> lease(NodeId node, wire::AnswerTime time, Executor& executor);
  // One request over one link: the answer's frame.
  Task<Result<SharedBytes>> ask(LinkPool::Lease lease, const wire::ClientApi& api, const void* request,
                                std::int16_t version, Executor& executor);
  std::int64_t deadline_of(const wire::ClientApi& api, const void* request) const;
  void learn(wire::ApiKey api, const void* response, const Executor& caller) WEIR_EXCLUDES(mutex_);
  void failed(const HostPort& at) WEIR_EXCLUDES(mutex_);

  const TcpOptions options_;
  Clock& clock_;
  const std::shared_ptr<Runner> runner_;  // shared: with other work of the client
  Timers timers_;
  IoThread thread_;
  LinkPool pool_;
  std::atomic<std::int32_t> last_correlation_id_ = 0;
  bool is_started_ = false;
  Mutex mutex_;
  NodeTable nodes_ WEIR_GUARDED_BY(mutex_);
};

// Where to -----------------------------------------------------------------------------------------------------------

Task<Result<LinkPool::Lease>> TcpTransport::Impl::lease(NodeId node, wire::AnswerTime time, Executor& executor) {
  if (node != kAnyNode) {
    std::optional<HostPort> at;
    {
      MutexLock lock(mutex_);
      at = nodes_.find(node);
    }
    if (!at) co_return fail(ErrorCode::io_error, "where node " + std::to_string(node.value()) + " is, is not known");
    co_return co_await pool_.lease(*std::move(at), time, executor, LinkPool::Knows::the_node);
  }
  std::size_t left = 0;
  {
    MutexLock lock(mutex_);
    left = nodes_.everybody().size();
  }
  std::string causes;
  for (;;) {
    HostPort at;
    {
      MutexLock lock(mutex_);
      at = nodes_.any();
    }
    auto found = co_await pool_.lease(at, time, executor, LinkPool::Knows::nothing_of_it);
    if (found || found.error().code == ErrorCode::closed) co_return found;
    if (is_final(found.error().code)) co_return found;
    failed(at);
    causes += (causes.empty() ? "" : "; ") + found.error().detail;
    if (--left == 0) co_return fail(ErrorCode::io_error, std::move(causes));
  }
}

void TcpTransport::Impl::failed(const HostPort& at) {
  MutexLock lock(mutex_);
  nodes_.failed(at);
}

void TcpTransport::Impl::learn(wire::ApiKey api, const void* response, const Executor& caller) {
  if (api == wire::ApiKey::metadata) {
    std::map<NodeId, HostPort> nodes;
    for (const auto& broker : static_cast<const wire::MetadataResponse*>(response)->brokers) {
      nodes[broker.node_id] = place_of(broker.host, broker.port);
    }
    for (const auto& [node, at] : nodes) pool_.looked_up(at, caller);
    MutexLock lock(mutex_);
    nodes_.learn(std::move(nodes));
  } else if (api == wire::ApiKey::find_coordinator) {
    for (const auto& one : static_cast<const wire::FindCoordinatorResponse*>(response)->coordinators) {
      if (one.error_code != ErrorCode::none) continue;
      MutexLock lock(mutex_);
      nodes_.learn(one.node_id, place_of(one.host, one.port));
    }
  }
}

// Asking -------------------------------------------------------------------------------------------------------------

std::int64_t TcpTransport::Impl::deadline_of(const wire::ClientApi& api, const void* request) const {
  const Millis own = api.patience == nullptr ? Millis(0) : api.patience(request);
  return clock_.deadline_ns(Millis(saturated_sum(own.count(), options_.request_timeout.count())));
}

Task<Result<>> TcpTransport::Impl::call(NodeId node, wire::ApiKey api, void* request, void* response,
                                        Executor& executor) {
  const auto* row = wire::find_client_api(api);
  if (row == nullptr) {
    co_return fail(ErrorCode::unsupported_version, "api " + std::to_string(static_cast<int>(api)));
  }
  WEIR_CO_TRY_VAR(leased, co_await lease(node, row->answer_time, executor));
  const HostPort at = leased.link().at();
  WEIR_CO_TRY_VAR(version, leased.link().versions().version_for(*row, request));
  if (row->fit != nullptr) {
    if (auto fits = row->fit(request, version); !fits) co_return fail(fits.error().at(at.to_string()));
  }
  auto frame = co_await ask(std::move(leased), *row, request, version, executor);
  if (!frame) {
    if (node == kAnyNode) failed(at);
    co_return fail(std::move(frame).error());
  }
  if (frame->empty()) co_return Result<>{};  // nobody wanted an answer
  const auto& ops = *wire::find_api_ops(api);
  const auto header_version = wire::response_header_version(api, version, ops.first_flexible_version);
  auto parsed = wire::parse_response_frame(*frame, header_version);
  Result<> decoded = parsed ? wire::decode_body(ops.response, response, version, parsed->body)
                            : Result<>(fail(std::move(parsed).error()));
  if (!decoded) {
    co_return fail(ErrorCode::corrupt_message,
                   at.to_string() + ", the answer to " + std::string(ops.name) + ": " + decoded.error().to_string());
  }
  if (row->lift != nullptr) row->lift(request, response, version);
  learn(api, response, executor);
  co_return Result<>{};
}

Task<Result<SharedBytes>> TcpTransport::Impl::ask(LinkPool::Lease leased, const wire::ClientApi& api,
                                                  const void* request, std::int16_t version, Executor& executor) {
  const auto& ops = *wire::find_api_ops(api.api);
  auto sent = std::make_shared<LinkRequest>();  // shared: with the io thread
  sent->correlation_id = ++last_correlation_id_;
  sent->is_answered = has_answer(api.api, request);
  WEIR_CO_TRY_VAR(frame, wire::request_frame(ops, request, version, sent->correlation_id, options_.client_id));
  sent->frame = std::move(frame);
  auto answered = std::make_shared<Answered>(executor);  // shared: with the io thread

  const std::string late = leased.link().at().to_string() + ": no answer to " + std::string(ops.name) + " within " +
                           std::to_string(options_.request_timeout.count()) + " ms";
  const std::int64_t deadline_ns = deadline_of(api, request);
  const auto timer = timers_.at(deadline_ns, [close = leased.closer(), late] { close({ErrorCode::timed_out, late}); });
  sent->done = [this, answered, deadline_ns, timer](Result<SharedBytes> outcome) {
    timers_.cancel(deadline_ns, timer);
    answered->frame = std::move(outcome);
    answered->waiter.wake();
  };
  std::move(leased).use(std::move(sent));
  co_await answered->waiter;
  co_return std::move(answered->frame);
}

// --------------------------------------------------------------------------------------------------------------------

TcpTransport::TcpTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TcpTransport::~TcpTransport() = default;

Result<std::shared_ptr<TcpTransport>> TcpTransport::start(std::vector<HostPort> bootstrap, TcpOptions options,
                                                          Clock& clock, std::shared_ptr<Runner> runner) {
  if (bootstrap.empty()) return fail(ErrorCode::invalid_argument, "no server is named");
  std::shared_ptr<const TlsContext> tls;
  if (const ClientSecurity& security = options.security; security.tls) {
    WEIR_TRY_VAR(texts, read_tls_files({security.tls_certificate, security.tls_key, security.tls_ca}));
    auto context = TlsContext::of_client(texts);
    if (!context) return fail(context.error().at("TLS"));
    tls = *std::move(context);
  }
  auto impl = std::make_unique<Impl>(std::move(bootstrap), options, std::move(tls), clock, std::move(runner));
  WEIR_TRY(impl->start());
  return std::shared_ptr<TcpTransport>(new TcpTransport(std::move(impl)));  // shared: as clients hold transports
}

Task<Result<>> TcpTransport::call_erased(NodeId node, wire::ApiKey api, void* request, void* response,
                                         Executor& executor) {
  return impl_->call(node, api, request, response, executor);
}

}  // namespace weir::log::net
