#include "connect/rest/rest_server.h"

#include <set>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include "connect/rest/answers.h"
#include "log/base/work_pool.h"

namespace weir::connect {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

RestRequest plain(http::request<http::string_body>& request) {
  return {std::string(view(request.method_string())), std::string(view(request.target())), std::move(request.body())};
}

http::response<http::string_body> to_response(RestAnswer answer, bool keeps_alive) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), 11};
  response.set(http::field::server, "weir");
  response.set(http::field::cache_control, "no-store");
  if (!answer.body.empty()) response.set(http::field::content_type, answer.content_type);
  if (!answer.location.empty()) response.set(http::field::location, answer.location);
  response.keep_alive(keeps_alive);
  response.body() = std::move(answer.body);
  response.prepare_payload();
  return response;
}

std::string host_of(std::string_view header) {
  if (header.starts_with('[')) return std::string(header.substr(1, std::min(header.find(']'), header.size()) - 1));
  return std::string(header.substr(0, std::min(header.find(':'), header.size())));
}

}  // namespace

bool is_loopback_host(const std::string& host) {
  if (host == "localhost") return true;
  SystemError error;
  const auto address = asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

bool is_same_token(std::string_view given, std::string_view right) {
  unsigned differs = given.size() == right.size() ? 0 : 1;
  for (std::size_t i = 0; i < right.size(); ++i) {
    const char other = i < given.size() ? given[i] : '\0';
    differs |= static_cast<unsigned char>(other) ^ static_cast<unsigned char>(right[i]);
  }
  return differs == 0;
}

// --- the server: sockets on one thread, what they ask on a pool ---

class RestServer::Impl {
 public:
  Impl(RestServerOptions options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        work_(context_.get_executor()),
        acceptor_(context_),
        pool_(std::make_unique<WorkPool>(options_.threads)) {}

  Result<> start() {
    if (options_.token.empty() && !is_loopback_host(options_.at.host)) {
      return fail(ErrorCode::invalid_argument, options_.at.to_string() +
                                                   " is reached from other machines: that takes a token, which "
                                                   "everybody who asks must bring");
    }
    SystemError error;
    tcp::resolver resolver(context_);
    const auto found = resolver.resolve(options_.at.host, std::to_string(options_.at.port), error);
    if (error) return fail(ErrorCode::invalid_argument, options_.at.host + ": " + error.message());
    const tcp::endpoint at = found.begin()->endpoint();
    const auto refused = [&] {
      return fail(ErrorCode::io_error, "listen on " + options_.at.to_string() + ": " + error.message());
    };
    if (acceptor_.open(at.protocol(), error); error) return refused();
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (acceptor_.bind(at, error); error) return refused();
    if (acceptor_.listen(tcp::socket::max_listen_connections, error); error) return refused();
    endpoint_ = {options_.at.host, acceptor_.local_endpoint().port()};
    WEIR_TRY_VAR(thread, SystemClock::instance().start_thread("weir-rest", [this] { context_.run(); }));
    thread_ = std::move(thread);
    asio::post(context_, [this] { accept(); });
    return {};
  }

  void stop() {
    if (thread_ == nullptr) return;
    asio::post(context_, [this] {
      is_stopping_ = true;
      SystemError ignored;
      acceptor_.close(ignored);
      end_if_quiet();
    });
    thread_.reset();  // when what is under way is answered
    pool_.reset();
  }

  const HostPort& endpoint() const { return endpoint_; }

 private:
  // One client; its sockets are the thread's.
  class Connection : public std::enable_shared_from_this<Connection> {
   public:
    Connection(tcp::socket socket, Impl& server) : stream_(std::move(socket)), server_(server) {}

    void read() {
      parser_.emplace();
      parser_->body_limit(server_.options_.max_body_bytes);
      parser_->header_limit(16 * 1024);
      stream_.expires_after(server_.options_.max_wait);
      http::async_read(stream_, buffer_, *parser_,
                       [self = shared_from_this()](SystemError error, std::size_t) { self->take(error); });
    }
    void close() {
      SystemError ignored;
      stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
      stream_.close();
    }

   private:
    void take(SystemError error) {
      if (error == http::error::body_limit) {
        return write(
            error_answer(413, "the body is larger than " + std::to_string(server_.options_.max_body_bytes) + " bytes"),
            false);
      }
      if (error == http::error::header_limit) return write(error_answer(431, "the headers are too large"), false);
      const bool is_gone = error == http::error::end_of_stream || error == http::error::partial_message;
      const bool is_of_http = error.category() == http::make_error_code(http::error::bad_method).category();
      if (error && is_of_http && !is_gone) return write(error_answer(400, error.message()), false);
      if (error) return finish();
      auto request = parser_->release();
      if (auto refused = server_.refuse(request)) return write(*std::move(refused), false);
      if (server_.is_stopping_) return finish();
      ++server_.under_way_;
      is_under_way_ = true;
      stream_.expires_never();  // it may wait
      const bool keeps_alive = request.keep_alive();
      server_.pool_->post([self = shared_from_this(), asked = plain(request), keeps_alive] {
        auto answer = std::make_shared<RestAnswer>(self->server_.handler_(asked));
        asio::post(self->stream_.get_executor(),
                   [self, answer, keeps_alive] { self->write(std::move(*answer), keeps_alive); });
      });
    }
    void write(RestAnswer answer, bool keeps_alive) {
      keeps_alive = keeps_alive && !server_.is_stopping_;
      response_ = to_response(std::move(answer), keeps_alive);
      stream_.expires_after(server_.options_.max_wait);
      http::async_write(stream_, response_, [self = shared_from_this(), keeps_alive](SystemError error, std::size_t) {
        self->done();
        if (error || !keeps_alive) return self->finish();
        self->read();
      });
    }
    // Answered, or not to be answered any more.
    void done() {
      if (!std::exchange(is_under_way_, false)) return;
      --server_.under_way_;
      server_.end_if_quiet();
    }
    void finish() {
      done();
      close();
      server_.connections_.erase(shared_from_this());
    }

    beast::tcp_stream stream_;
    Impl& server_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> response_;
    bool is_under_way_ = false;  // a request of it, on the pool
  };

  void accept() {
    acceptor_.async_accept([this](SystemError error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error && connections_.size() < options_.max_connections) {
        auto connection = std::make_shared<Connection>(std::move(socket), *this);
        connections_.insert(connection);
        connection->read();
      }
      accept();
    });
  }

  void end_if_quiet() {
    if (!is_stopping_ || under_way_ > 0) return;
    for (const auto& connection : std::set(connections_)) connection->close();
    work_.reset();
  }

  // Nothing: it may ask.
  std::optional<RestAnswer> refuse(const http::request<http::string_body>& request) const {
    if (!options_.token.empty()) {
      const std::string_view given = view(request[http::field::authorization]);
      constexpr std::string_view kBearer = "Bearer ";
      const bool is_known = given.starts_with(kBearer) && is_same_token(given.substr(kBearer.size()), options_.token);
      return is_known ? std::nullopt : std::optional(error_answer(401, "a bearer token is needed, and this is none"));
    }
    if (request.count(http::field::origin) > 0) {
      return error_answer(403, "web pages may not ask");
    }
    const std::string host = host_of(view(request[http::field::host]));
    if (host.empty() || is_loopback_host(host)) return std::nullopt;
    return error_answer(403, "this is not " + host);
  }

  const RestServerOptions options_;
  const Handler handler_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  HostPort endpoint_;
  std::set<std::shared_ptr<Connection>> connections_;  // of the thread; shared: with what is on its way
  bool is_stopping_ = false;                           // of the thread
  std::size_t under_way_ = 0;                          // of the thread: requests on the pool
  std::unique_ptr<WorkPool> pool_;
  std::unique_ptr<Thread> thread_;
};

Result<std::unique_ptr<RestServer>> RestServer::start(RestServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  WEIR_TRY(impl->start());
  return std::unique_ptr<RestServer>(new RestServer(std::move(impl)));
}

RestServer::RestServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RestServer::~RestServer() {
  impl_->stop();
}

const HostPort& RestServer::endpoint() const {
  return impl_->endpoint();
}

// --- a call ---

namespace {

// One call, step by step on its own context, which ends with the last.
struct Call {
  asio::io_context context{1};
  tcp::resolver resolver{context};
  beast::tcp_stream stream{context};
  beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::response_parser<http::string_body> parser;
  SystemError error;

  void start(const HostPort& at) {
    parser.body_limit(64 * 1024 * 1024);
    resolver.async_resolve(at.host, std::to_string(at.port), [this](SystemError failed, const auto& found) {
      if (is_over(failed)) return;
      stream.async_connect(found, [this](SystemError refused, const tcp::endpoint&) { write(refused); });
    });
    context.run();
  }
  void write(SystemError failed) {
    if (is_over(failed)) return;
    http::async_write(stream, request, [this](SystemError not_sent, std::size_t) {
      if (is_over(not_sent)) return;
      http::async_read(stream, buffer, parser, [this](SystemError not_read, std::size_t) { (void)is_over(not_read); });
    });
  }
  bool is_over(SystemError failed) {
    error = failed;
    return static_cast<bool>(failed);
  }
};

}  // namespace

Result<RestAnswer> rest_call(const std::string& url, const RestRequest& request, const std::string& token,
                             Millis timeout) {
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return fail(ErrorCode::invalid_argument, url + " must begin with http://");
  std::string rest = url.substr(kScheme.size());
  while (rest.ends_with('/')) rest.pop_back();
  auto at = HostPort::parse(rest);
  if (!at) return fail(at.error().at(url));
  Call call;
  call.request.version(11);
  call.request.method_string(request.method);
  call.request.target(request.target);
  call.request.set(http::field::host, rest);
  call.request.set(http::field::user_agent, "weir");
  if (!token.empty()) call.request.set(http::field::authorization, "Bearer " + token);
  if (!request.body.empty()) call.request.set(http::field::content_type, "application/json");
  call.request.keep_alive(false);
  call.request.body() = request.body;
  call.request.prepare_payload();
  call.stream.expires_after(timeout);
  call.start(*at);
  if (call.error == beast::error::timeout) return fail(ErrorCode::timed_out, url + " did not answer in time");
  if (call.error) return fail(ErrorCode::unavailable, url + ": " + call.error.message());
  auto response = call.parser.release();
  RestAnswer answer{static_cast<int>(response.result_int()), std::move(response.body())};
  answer.content_type = std::string(view(response[http::field::content_type]));
  answer.location = std::string(view(response[http::field::location]));
  return answer;
}

}  // namespace weir::connect
