#include "log/net/broker_link.h"

#include <utility>

#include <boost/asio/connect.hpp>

#include "log/base/cursor.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"

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

BrokerLink::BrokerLink(IoThread& thread, HostPort at, const Options& options, Events events)
    : thread_(thread),
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
      self->read_more();
      self->introduce(kIntroduction);
    });
  });
}

void BrokerLink::introduce(std::int16_t version) {
  auto frame = introduction_frame(version, options_.client_id);
  if (!frame) return close(frame.error());
  auto request = std::make_shared<LinkRequest>();
  request->frame = *std::move(frame);
  request->done = [self = shared_from_this(), version](Result<SharedBytes> answer) {
    self->introduced(version, std::move(answer));
  };
  send(std::move(request));
}

void BrokerLink::introduced(std::int16_t version, Result<SharedBytes> frame) {
  if (!frame) return;  // it is closed
  auto answer = parse_introduction(*frame, version);
  if (!answer) return close(broken("its answer to ApiVersions is none: " + answer.error().to_string()));
  if (answer->error_code == ErrorCode::unsupported_version && version > 0) return introduce(0);
  if (answer->error_code != ErrorCode::none) return close(broken("ApiVersions: " + name_of(answer->error_code)));
  versions_.emplace(at_.to_string(), *answer);
  events_.on_open();
}

// Requests --------------------------------------------------------------------------------------------------------

void BrokerLink::send(std::shared_ptr<LinkRequest> request) {
  if (is_closed_) return request->done(fail(broken("the connection is closed")));
  unsent_.push_back(std::move(request));
  write_next();
}

void BrokerLink::write_next() {
  if (leaving_ != nullptr || unsent_.empty() || unanswered_.size() >= options_.max_in_flight) return;
  leaving_ = std::move(unsent_.front());
  unsent_.pop_front();
  if (leaving_->is_answered) unanswered_.push_back(leaving_);
  outgoing_ = std::make_unique<Outgoing>(std::move(leaving_->frame));
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
    if (!left->is_answered) left->done(SharedBytes());
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
    const auto room = reader_.room(thread_.scratch());
    SystemError error;
    const std::size_t bytes = socket_.read_some(boost::asio::buffer(room.data(), room.size()), error);
    if (error == boost::asio::error::would_block) break;
    if (error == boost::asio::error::eof) {
      return close(broken(versions_ ? "the broker closed the connection"
                                    : "the connection was closed before a broker introduced itself"));
    }
    if (error) return close(failed(error, ""));
    auto taken = reader_.received(room, bytes);
    if (taken) taken = take_answers();
    if (!taken) return close(taken.error().at(at_.to_string()));
    if (is_closed_) return;
    is_full = bytes == room.size();
  }
  read_more();
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
  for (auto& request : unsent_) told.push_back(std::move(request));
  unsent_.clear();
  const auto on_closed = std::exchange(events_, {}).on_closed;  // they hold this
  on_closed(why);
  for (const auto& request : told) request->done(fail(why));
}

}  // namespace weir::log::net
