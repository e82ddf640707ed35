#include "log/net/broker_link.h"

#include <utility>

#include <boost/asio/connect.hpp>

#include "log/base/cursor.h"
#include "log/security/random.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"
#include "log/wire/messages/sasl_handshake.h"

namespace weir::log::net {

namespace {

constexpr std::int16_t kIntroduction = 3;  // of ApiVersions; brokers before Kafka 2.4 answer it in version 0
constexpr const char* kSoftware = "weir";
constexpr const char* kSoftwareVersion = "0.1.0";

Result<wire::GatheredBytes> introduction_frame(std::int16_t version, const std::string& client_id) {
  wire::ApiVersionsRequest request;
  request.client_software_name = kSoftware;
  request.client_software_version = kSoftwareVersion;
  return wire::request_frame(*wire::find_api_ops(wire::ApiKey::api_versions), &request, version, 0, client_id);
}

// A broker that does not know the version says so in version 0, whatever was asked (KIP-511); what else it says then is
// not relied upon.
Result<wire::ApiVersionsResponse> parse_introduction(const SharedBytes& frame, std::int16_t version) {
  WEIR_TRY_VAR(parsed, wire::parse_response_frame(frame, 0));
  Reader code(parsed.body.view());
  wire::ApiVersionsResponse response;
  response.error_code = ErrorCode(code.int16());
  if (response.error_code == ErrorCode::unsupported_version) return response;
  const auto& ops = wire::find_api_ops(wire::ApiKey::api_versions)->response;
  WEIR_TRY(wire::decode_body(ops, &response, version, parsed.body));
  return response;
}

}  // namespace

BrokerLink::BrokerLink(IoThread& thread, Clock& clock, HostPort at, const Options& options, Events events)
    : thread_(thread),
      clock_(clock),
      at_(std::move(at)),
      options_(options),
      events_(std::move(events)),
      resolver_(thread.context()),
      socket_(thread.context()),
      reader_(options.max_frame_bytes) {}

Error BrokerLink::failed(const SystemError& error, const char* doing) const {
  return {ErrorCode::io_error, at_.to_string() + ": " + doing + error.message()};
}

Error BrokerLink::broken(const std::string& why) const {
  return {ErrorCode::io_error, at_.to_string() + ": " + why};
}

// Opening ---------------------------------------------------------------------------------------------------------

void BrokerLink::open() {
  if (is_closed_) return;
  // Names are looked up by a thread of Asio's own.
  resolver_.async_resolve(at_.host, std::to_string(at_.port), [self = shared_from_this()](auto error, auto found) {
    if (self->is_closed_) return;
    if (error) return self->close(self->failed(error, "looking up the host: "));
    boost::asio::async_connect(self->socket_, found, [self](SystemError error, const auto&) {
      if (self->is_closed_) return;
      if (error) return self->close(self->failed(error, ""));
      SystemError ignored;
      self->socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
      self->socket_.non_blocking(true, ignored);
      self->connected();
    });
  });
}

void BrokerLink::connected() {
  if (options_.tls != nullptr) {
    tls_.emplace(*options_.tls, at_.host, options_.security.tls_verify_host);
    tls_->start();
    write_next();
  } else {
    introduce(kIntroduction);
  }
  read_more();
}

void BrokerLink::introduce(std::int16_t version) {
  was_introduced_ = true;
  auto frame = introduction_frame(version, options_.client_id);
  if (!frame) return close(frame.error());
  auto request = std::make_shared<LinkRequest>();
  request->frame = *std::move(frame);
  request->done = [self = shared_from_this(), version](Result<SharedBytes> answer) {
    self->introduced(version, std::move(answer));
  };
  first_.push_back(std::move(request));
  write_next();
}

void BrokerLink::introduced(std::int16_t version, Result<SharedBytes> frame) {
  if (!frame) return;  // it is closed
  auto answer = parse_introduction(*frame, version);
  if (!answer) return close(broken("its answer to ApiVersions is none: " + answer.error().to_string()));
  if (answer->error_code == ErrorCode::unsupported_version && version > 0) return introduce(0);
  if (answer->error_code != ErrorCode::none) return close(broken("ApiVersions: " + name_of(answer->error_code)));
  versions_.emplace(at_.to_string(), *answer);
  if (!options_.security.sasl_mechanism.empty()) return begin_authentication();
  is_open_ = true;
  events_.on_open();
}

// Who comes ---------------------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t kNonceBytes = 24;
constexpr int kPartOfLifetime = 85;  // of a hundred, as Kafka's clients have it at least

}  // namespace

Error BrokerLink::refused(const std::string& why) const {
  return {ErrorCode::sasl_authentication_failed,
          at_.to_string() + ": as " + options_.security.user + ", by " + options_.security.sasl_mechanism + ": " + why};
}

template <class Request, class Use>
void BrokerLink::ask(const Request& request, std::int16_t version, Use use) {
  using Response = typename Request::Response;
  const auto& api = *wire::find_api_ops(Request::kApiKey);
  auto frame = wire::request_frame(api, &request, version, 0, options_.client_id);
  if (!frame) return close(frame.error());
  auto sent = std::make_shared<LinkRequest>();
  sent->frame = *std::move(frame);
  sent->done = [self = shared_from_this(), &api, version, use](Result<SharedBytes> answer) {
    if (!answer) return;  // it is closed
    Response response;
    auto parsed = wire::parse_response_frame(
        *answer, wire::response_header_version(api.api, version, api.first_flexible_version));
    auto decoded =
        parsed ? wire::decode_body(api.response, &response, version, parsed->body) : Result<>(fail(parsed.error()));
    if (!decoded) return self->close(self->broken("its answer to " + std::string(api.name) + " is none"));
    use(response);
  };
  first_.push_back(std::move(sent));
  write_next();
}

void BrokerLink::begin_authentication() {
  const ClientSecurity& security = options_.security;
  auto client = security::SaslClient::make(security.sasl_mechanism, security.user, security.password,
                                           security::nonce_of(security::random_bytes(kNonceBytes)));
  if (!client) return close(client.error().at(at_.to_string()));
  wire::SaslHandshakeRequest request;
  request.mechanism = security.sasl_mechanism;
  const auto& authenticate_row = *wire::find_client_api(wire::ApiKey::sasl_authenticate);
  const auto handshake = versions_->version_for(*wire::find_client_api(wire::ApiKey::sasl_handshake), &request);
  const auto version = versions_->version_for(authenticate_row, nullptr);
  if (!handshake) return close(handshake.error());
  if (!version) return close(version.error());
  sasl_.emplace(*std::move(client));
  ask(request, *handshake, [this, version = *version](const wire::SaslHandshakeResponse& answer) {
    if (answer.error_code == ErrorCode::none) return authenticate(sasl_->first(), version);
    std::string offered;
    for (const auto& name : answer.mechanisms) offered += (offered.empty() ? "" : ", ") + name;
    const std::string why =
        answer.error_code == ErrorCode::unsupported_sasl_mechanism
            ? "the broker does not know the mechanism " + options_.security.sasl_mechanism + ", but: " + offered
            : "the broker asks nobody who it is there: " + name_of(answer.error_code);
    close({answer.error_code, at_.to_string() + ": " + why});
  });
}

void BrokerLink::authenticate(OwnedBytes token, std::int16_t version) {
  wire::SaslAuthenticateRequest request;
  request.auth_bytes = std::move(token);
  ask(request, version,
      [this, version](const wire::SaslAuthenticateResponse& answer) { authenticated(answer, version); });
}

void BrokerLink::authenticated(const wire::SaslAuthenticateResponse& answer, std::int16_t version) {
  if (answer.error_code != ErrorCode::none) {
    return close(refused(answer.error_message.value_or("") + " (" + name_of(answer.error_code) + ")"));
  }
  auto next = sasl_->next(answer.auth_bytes);
  if (!next) return close(refused(next.error().detail));
  if (*next) return authenticate(**std::move(next), version);
  sasl_.reset();
  authenticate_at_ns_ = 0;
  if (answer.session_lifetime_ms > 0) {
    authenticate_at_ns_ = clock_.deadline_ns(Millis(answer.session_lifetime_ms / 100 * kPartOfLifetime +
                                                    answer.session_lifetime_ms % 100 * kPartOfLifetime / 100));
  }
  if (std::exchange(is_open_, true)) return write_next();
  events_.on_open();
}

bool BrokerLink::is_time_to_authenticate() const {
  return is_open_ && !sasl_ && authenticate_at_ns_ != 0 && clock_.monotonic_ns() >= authenticate_at_ns_;
}

// Requests --------------------------------------------------------------------------------------------------------

void BrokerLink::send(std::shared_ptr<LinkRequest> request) {
  if (is_closed_) return request->done(fail(broken("the connection is closed")));
  unsent_.push_back(std::move(request));
  write_next();
}

void BrokerLink::write_next() {
  if (outgoing_ != nullptr || is_closed_) return;
  if (tls_ && tls_->has_outgoing()) {
    outgoing_ = std::make_unique<Outgoing>(wire::GatheredBytes{tls_->take_outgoing(), {}});
    return write_rest();
  }
  if (is_time_to_authenticate() && unanswered_.empty()) begin_authentication();
  const bool is_held = sasl_ || is_time_to_authenticate();  // until the broker knows again who it is
  auto& next = first_.empty() ? unsent_ : first_;
  const bool may_leave = first_.empty() ? !is_held && unanswered_.size() < options_.max_in_flight : true;
  if (is_closed_ || outgoing_ != nullptr || next.empty() || !may_leave) return;
  leaving_ = std::move(next.front());
  next.pop_front();
  if (leaving_->is_answered) unanswered_.push_back(leaving_);
  write(std::move(leaving_->frame));
}

void BrokerLink::write(wire::GatheredBytes frame) {
  if (tls_) {
    frame.for_each_run([this](Bytes run) { tls_->write(run); });
    frame = {tls_->take_outgoing(), {}};
  }
  outgoing_ = std::make_unique<Outgoing>(std::move(frame));
  write_rest();
}

void BrokerLink::write_rest() {
  socket_.async_write_some(outgoing_->rest(), [self = shared_from_this()](SystemError error, std::size_t bytes) {
    if (self->is_closed_) return;
    if (error) return self->close(self->failed(error, ""));
    self->outgoing_->sent(bytes);
    if (!self->outgoing_->is_done()) return self->write_rest();
    self->outgoing_.reset();
    const auto left = std::move(self->leaving_);
    if (left != nullptr && !left->is_answered) left->done(SharedBytes());
    self->write_next();
  });
}

// Answers ---------------------------------------------------------------------------------------------------------

// It is always waited for: so it is noticed when a broker goes. Read at once when there is something, because the
// thread's scratch is everybody's.
void BrokerLink::read_more() {
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read, [self = shared_from_this()](SystemError error) {
    if (self->is_closed_) return;
    if (error) return self->close(self->failed(error, ""));
    self->read_what_is_there();
  });
}

void BrokerLink::read_what_is_there() {
  for (bool is_full = true; is_full;) {
    const auto room = tls_ ? thread_.scratch() : reader_.room(thread_.scratch());
    SystemError error;
    const std::size_t bytes = socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
    if (error == boost::asio::error::would_block) break;
    if (error == boost::asio::error::eof) return close(closed_by_broker());
    if (error) return close(failed(error, ""));
    auto taken = received(room, bytes);
    if (taken) taken = take_answers();
    if (!taken && taken.error().code == ErrorCode::closed) return close(closed_by_broker());
    if (!taken) return close(taken.error().at(at_.to_string()));
    if (is_closed_) return;
    is_full = bytes == room.size();
  }
  read_more();
}

// What it may mean that it has gone, is said where it can be told.
Error BrokerLink::closed_by_broker() const {
  if (tls_ && !tls_->is_established()) {
    return broken("the connection was closed before TLS was established: does the broker speak it there?");
  }
  if (!versions_) return broken("the connection was closed before a broker introduced itself");
  const bool may_want_sasl = options_.security.sasl_mechanism.empty() && !was_answered_;
  return broken(std::string("the broker closed the connection") +
                (may_want_sasl ? " at the first request: does it want to know who comes (SASL)?" : ""));
}

Result<> BrokerLink::received(std::span<char> room, std::size_t count) {
  if (!tls_) return reader_.received(room, count);
  tls_->received({room.data(), count});
  for (;;) {
    const auto plain = reader_.room(thread_.scratch());
    auto read = tls_->read(plain);
    if (!read) {
      write_next();  // an alert: the broker is told why
      return fail(read.error());
    }
    if (*read == 0) break;
    WEIR_TRY(reader_.received(plain, *read));
  }
  if (tls_->is_established() && !was_introduced_) introduce(kIntroduction);
  write_next();
  return {};
}

Result<> BrokerLink::take_answers() {
  while (!is_closed_ && reader_.has_frame()) {
    SharedBytes frame = reader_.next();
    Reader header(frame.view());
    const std::int32_t correlation_id = header.int32();
    if (!header.ok() || unanswered_.empty() || unanswered_.front()->correlation_id != correlation_id) {
      const auto awaited =
          unanswered_.empty() ? std::string("none") : std::to_string(unanswered_.front()->correlation_id);
      return fail(ErrorCode::corrupt_message,
                  "an answer to request " + std::to_string(correlation_id) + " where that to " + awaited + " is next");
    }
    const auto request = std::move(unanswered_.front());
    unanswered_.pop_front();
    if (is_open_) was_answered_ = true;
    request->done(std::move(frame));
  }
  if (!is_closed_) write_next();
  return {};
}

void BrokerLink::close(Error why) {
  if (std::exchange(is_closed_, true)) return;
  const auto self = shared_from_this();
  SystemError ignored;
  resolver_.cancel();
  socket_.close(ignored);
  auto told = std::move(unanswered_);
  if (leaving_ != nullptr && !leaving_->is_answered) told.push_back(leaving_);
  for (auto& request : first_) told.push_back(std::move(request));
  first_.clear();
  for (auto& request : unsent_) told.push_back(std::move(request));
  unsent_.clear();
  const auto on_closed = std::exchange(events_, {}).on_closed;  // they hold this
  on_closed(why);
  for (const auto& request : told) request->done(fail(why));
}

}  // namespace weir::log::net
