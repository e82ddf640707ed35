#include "log/net/connection.h"

#include <boost/asio/post.hpp>

#include "log/base/log_line.h"
#include "log/net/unanswered.h"
#include "log/wire/messages/api_versions.h"
#include "log/wire/messages/sasl_authenticate.h"

namespace weir::log::net {

namespace {

constexpr int kReadsInARow = 4;  // then others have their turn

bool has_to_wait(const boost::system::error_code& error) {
  return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
}

}  // namespace

Connection::Connection(boost::asio::ip::tcp::socket socket, Peer peer, HostPort here, const TlsContext* tls,
                       Environment environment)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      here_(std::move(here)),
      environment_(std::move(environment)),
      frames_(environment_.options.max_frame_bytes) {
  if (tls != nullptr) tls_.emplace(*tls);
}

void Connection::begin() {
  touch();
  began_ns_ = touched_ns_;
  if (!tls_) begin_session();
  wait_for_input();
}

void Connection::finish() {
  is_finishing_ = true;
  frames_.clear();
  serve();
}

void Connection::close(std::string_view why) {
  if (is_closed_) return;
  is_closed_ = true;
  log_line::debug("{}: connection closed: {}", peer_.host, why);
  take_back_request();
  frames_.clear();
  SystemError ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  outgoing_.reset();
  environment_.on_closed(*this);
}

void Connection::look_at_time() {
  const std::int64_t quiet_ns = environment_.clock.monotonic_ns() - touched_ns_;
  const auto is_longer = [quiet_ns](Millis limit) {
    return quiet_ns >= saturated_product(limit.count(), 1'000'000);
  };
  const ServerOptions& options = environment_.options;
  if (is_unproven()) {
    const std::int64_t since_ns = environment_.clock.monotonic_ns() - began_ns_;
    const std::int64_t most_ns = saturated_product(options.max_unproven.count(), std::int64_t{1'000'000});
    if (since_ns >= most_ns) return close("it has not said in time who it is");
  } else if (session_ != nullptr && !session_->is_welcome()) {
    return close("who it is of is welcome no more");
  }
  if (outgoing_) {
    if (is_longer(options.max_stall)) close("it takes nothing of its answer");
  } else if (!current_) {
    const bool is_within = frames_.is_within_frame() || (tls_ && !tls_->is_established());
    if (is_within && is_longer(options.max_stall)) return close("its request does not go on");
    if (is_longer(options.max_idle)) close("it was idle");
  }
}

// What waits ------------------------------------------------------------------------------------------------------

void Connection::post(std::coroutine_handle<> waiting) {
  MutexLock lock(mutex_);
  posted_.push_back(waiting);
  if (posted_.size() > 1) return;
  boost::asio::post(environment_.thread.context(), [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->resume_posted();
  });
}

void Connection::resume_posted() {
  std::vector<std::coroutine_handle<>> posted;
  {
    MutexLock lock(mutex_);
    posted.swap(posted_);
  }
  if (!current_ || !current_->task) return;  // taken back meanwhile
  for (auto waiting : posted) waiting.resume();
  if (!current_->task->done()) return;
  answered(current_->task->take());
  serve();
}

void Connection::take_back_request() {
  if (!current_) return;
  current_->task.reset();  // from here on nothing of it is posted
  current_.reset();
  MutexLock lock(mutex_);
  posted_.clear();
}

// Who it is -------------------------------------------------------------------------------------------------------

bool Connection::is_unproven() const {
  if (!has_session_) return true;
  return session_ != nullptr && session_->stage() == Session::Stage::unproven;
}

void Connection::begin_session() {
  has_session_ = true;
  if (tls_) peer_.certificate = tls_->peer_subject();
  session_ = environment_.service.begin(peer_);
  if (is_unproven()) frames_.set_max_bytes(environment_.options.max_unproven_bytes);
}

// What comes ------------------------------------------------------------------------------------------------------

void Connection::wait_for_input() {
  if (waits_for_input_ || !wants_input()) return;
  waits_for_input_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read, [self = shared_from_this()](const SystemError& error) {
    self->waits_for_input_ = false;
    if (self->is_closed_) return;
    if (error) return self->close(error.message());
    self->receive();
    self->serve();
  });
}

void Connection::receive() {
  for (int i = 0; i < kReadsInARow && wants_input(); ++i) {
    std::span<char> scratch = environment_.thread.scratch();
    const auto room = tls_ ? scratch : frames_.room(scratch);
    SystemError error;
    const std::size_t count = socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
    if (has_to_wait(error)) return;
    if (error == boost::asio::error::eof) return end_of_input();
    if (error) return close(error.message());
    touch();
    if (auto taken = take(room, count); !taken) {
      if (taken.error().code == ErrorCode::closed) return end_of_input();
      return close(taken.error().to_string());
    }
    if (is_closed_ || count < room.size()) return;  // that was all
  }
}

Result<> Connection::take(std::span<char> room, std::size_t count) {
  if (!tls_) return frames_.received(room, count);
  auto decrypted = decrypt({room.data(), count});
  send_what_tls_has();  // also where the handshake fails: the client is told why
  return decrypted;
}

// What the bytes say is received as if it had come so. They are in the session before the scratch is used again.
Result<> Connection::decrypt(Bytes encrypted) {
  tls_->received(encrypted);
  for (;;) {
    const auto room = frames_.room(environment_.thread.scratch());
    WEIR_TRY_VAR(count, tls_->read(room));
    if (!has_session_ && tls_->is_established()) begin_session();
    if (count == 0) return {};
    WEIR_TRY(frames_.received(room, count));
  }
}

void Connection::end_of_input() {
  input_ended_ = true;
  if (current_ && current_->task) take_back_request();
}

// Requests --------------------------------------------------------------------------------------------------------

void Connection::serve() {
  const auto is_over = [this] {
    return session_ != nullptr && session_->stage() == Session::Stage::over;
  };
  while (!is_closed_ && !current_ && !outgoing_ && frames_.has_frame() && !is_over()) begin_request(frames_.next());
  if (is_closed_) return;
  const bool is_busy = current_ || outgoing_;
  if (!is_busy && is_over()) return close("its session is over");
  if (!is_busy && is_finishing_) return close("the server stops");
  if (!is_busy && input_ended_) return close("the client has left");
  wait_for_input();
}

void Connection::begin_request(const SharedBytes& frame) {
  if (session_ != nullptr && session_->takes_tokens()) {
    read_token(frame);
  } else if (auto read = read_request(frame); !read) {
    return close(read.error().to_string());
  }
  if (!current_) return;  // answered already
  const wire::RequestHeader& header = current_->header;
  const Bytes client_id = header.client_id ? Bytes(*header.client_id) : Bytes();
  const Call call{header.request_api_key, header.request_api_version, *this, client_id, peer_.host, here_};
  current_->wants_answer = wants_answer(call.api, current_->request.get());
  auto later = session_ != nullptr
                   ? session_->answer(call, current_->request.get(), current_->response.get())
                   : environment_.service.answer(call, current_->request.get(), current_->response.get());
  if (!later) return answered({});
  current_->task.emplace(*std::move(later));
  if (current_->task->start()) return answered(current_->task->take());
  if (input_ended_) take_back_request();  // nobody waits for it
}

// Into current_. An error: the connection cannot go on.
Result<> Connection::read_request(const SharedBytes& frame) {
  WEIR_TRY_VAR(parsed, wire::parse_request_frame(frame));
  const auto& header = parsed.header;
  const auto versions = environment_.service.versions(header.request_api_key);
  const wire::ApiOps* api = wire::find_api_ops(header.request_api_key);
  if (!versions || api == nullptr) {
    return fail(ErrorCode::unsupported_version,
                "a request of API " + std::to_string(static_cast<int>(header.request_api_key)));
  }
  if (header.request_api_version < versions->min || header.request_api_version > versions->max) {
    if (header.request_api_key == wire::ApiKey::api_versions) {
      answer_versions_unknown(header);
      return {};
    }
    return fail(ErrorCode::unsupported_version,
                std::string(api->name) + " of version " + std::to_string(header.request_api_version));
  }
  Request request{parsed.header, api, api->request.make(), api->response.make()};
  WEIR_TRY(wire::decode_body(api->request, request.request.get(), header.request_api_version, parsed.body));
  current_.emplace(std::move(request));
  return {};
}

// As if they had come in a request: so there is one place that looks at them.
void Connection::read_token(const SharedBytes& frame) {
  const wire::ApiOps& api = *wire::find_api_ops(wire::ApiKey::sasl_authenticate);
  Request request{wire::RequestHeader{api.api, 0, 0, std::nullopt}, &api, api.request.make(), api.response.make()};
  static_cast<wire::SaslAuthenticateRequest*>(request.request.get())->auth_bytes = OwnedBytes(frame.view());
  request.is_token = true;
  current_.emplace(std::move(request));
}

// In the oldest form, which every client can read, with the versions that it may ask in (KIP-511).
void Connection::answer_versions_unknown(const wire::RequestHeader& header) {
  const wire::ApiOps& api = *wire::find_api_ops(wire::ApiKey::api_versions);
  const auto versions = environment_.service.versions(api.api);
  wire::ApiVersionsResponse response;
  response.error_code = ErrorCode::unsupported_version;
  response.api_keys.push_back({api.api, versions->min, versions->max});
  send(wire::response_frame(api, &response, 0, header.correlation_id));
}

void Connection::answered(const Result<>& outcome) {
  touch();
  if (!outcome) return close(outcome.error().to_string());
  Request request = *std::move(current_);
  current_.reset();
  if (!request.wants_answer) {
    if (!is_error_told(request.api->api, request.response.get())) return;
    return close("a request that wants no answer has failed");  // the one way to tell
  }
  if (!is_unproven()) frames_.set_max_bytes(environment_.options.max_frame_bytes);
  send_answer(request);
}

void Connection::send_answer(const Request& request) {
  if (!request.is_token) {
    return send(wire::response_frame(*request.api, request.response.get(), request.header.request_api_version,
                                     request.header.correlation_id));
  }
  const auto& answer = *static_cast<const wire::SaslAuthenticateResponse*>(request.response.get());
  if (answer.error_code != ErrorCode::none) return close("it is not who it says");  // there is no way to tell
  wire::GatheredBytes frame;
  frame.own.resize(wire::kFrameSizeBytes);
  store_big_endian(frame.own.data(), static_cast<std::int32_t>(answer.auth_bytes.size()));
  frame.own += answer.auth_bytes;
  send(std::move(frame));
}

// What leaves -----------------------------------------------------------------------------------------------------

void Connection::send(Result<wire::GatheredBytes> frame) {
  if (!frame) {
    log_line::error("{}: an answer cannot be told: {}", peer_.host, frame.error().to_string());
    return close("an answer cannot be told");
  }
  if (!tls_) {
    outgoing_.emplace(*std::move(frame));
    return write_on();
  }
  frame->for_each_run([this](Bytes run) { tls_->write(run); });
  send_what_tls_has();
}

void Connection::send_what_tls_has() {
  if (is_closed_ || !tls_ || outgoing_ || !tls_->has_outgoing()) return;
  outgoing_.emplace(wire::GatheredBytes{tls_->take_outgoing(), {}});
  write_on();
}

void Connection::write_on() {
  while (!outgoing_->is_done()) {
    SystemError error;
    const std::size_t count = socket_.write_some(outgoing_->rest(), error);
    if (has_to_wait(error)) {
      socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                         [self = shared_from_this()](const SystemError& failed) {
                           if (self->is_closed_) return;
                           if (failed) return self->close(failed.message());
                           self->write_on();
                           if (!self->is_closed_) self->serve();
                         });
      return;
    }
    if (error) return close(error.message());
    touch();
    outgoing_->sent(count);
  }
  outgoing_.reset();
  send_what_tls_has();
}

}  // namespace weir::log::net
