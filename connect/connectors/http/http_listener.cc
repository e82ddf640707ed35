#include "connect/connectors/http/http_listener.h"

#include <cctype>
#include <deque>
#include <optional>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "connect/connectors/http/hmac.h"
#include "log/base/condition.h"
#include "log/base/mutex.h"

namespace weir::connect {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

using Message = http::request<http::string_body>;

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string error_json(const std::string& message) {
  return "{\"error\":\"" + message + "\"}";
}

}  // namespace

struct HttpListener::Impl {
  // A request that waits for its answer: the timer ends early when there is one.
  struct Waiting {
    explicit Waiting(asio::io_context& io) : answered(io) {}
    asio::steady_timer answered;
    std::optional<HttpReply> reply;
  };

  Impl(HttpListenerOptions the_options, Clock& the_clock)
      : options(std::move(the_options)), clock(the_clock), acceptor(io), arrived(the_clock) {}

  Result<> listen() {
    beast::error_code error;
    const auto address =
        asio::ip::make_address(options.listen.host == "localhost" ? "127.0.0.1" : options.listen.host, error);
    const std::string place = options.listen.to_string();
    if (error) return fail(ErrorCode::invalid_config, place + ": " + error.message());
    const tcp::endpoint endpoint(address, options.listen.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(ErrorCode::invalid_config, "listening at " + place + ": " + error.message());
    asio::co_spawn(io, accept(), asio::detached);
    WEIR_TRY_VAR(started, clock.start_thread("weir-http", [this] { io.run(); }));
    thread = std::move(started);
    return {};
  }

  asio::awaitable<void> accept() {
    for (;;) {
      beast::error_code error;
      auto socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // no descriptors, say: a moment later there may be some
        asio::steady_timer pause(io, std::chrono::milliseconds(100));
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      if (connections >= options.most_connections) continue;
      asio::co_spawn(io, serve(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<void> serve(beast::tcp_stream stream) {
    ++connections;
    beast::flat_buffer buffer;
    for (bool goes_on = true; goes_on;) {
      http::request_parser<http::string_body> parser;
      parser.body_limit(options.most_body_bytes);
      parser.header_limit(64 * 1024);
      stream.expires_after(std::chrono::seconds(60));  // for a whole request, and for the pause before it
      beast::error_code error;
      co_await http::async_read(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, error));
      const bool is_too_large = error == http::error::body_limit || error == http::error::header_limit;
      if (error && !is_too_large) break;
      stream.expires_never();
      HttpReply reply;
      auto refused = is_too_large ? too_large() : check(parser.get());
      if (refused) {
        reply = *std::move(refused);
      } else {
        reply = co_await have_answered(parser.get());
      }
      goes_on = !is_too_large && parser.keep_alive();
      http::response<http::string_body> answer;
      answer.version(11);
      answer.result(reply.status);
      answer.set(http::field::server, "weir");
      answer.set(http::field::content_type, "application/json");
      if (reply.status == 401) answer.set(http::field::www_authenticate, "Bearer");
      if (reply.status == 503) answer.set(http::field::retry_after, "1");
      if (reply.status == 405) answer.set(http::field::allow, "POST");
      answer.keep_alive(goes_on);
      answer.body() = std::move(reply.body);
      answer.prepare_payload();
      stream.expires_after(std::chrono::seconds(30));
      co_await http::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, error));
      if (error) break;
    }
    beast::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    --connections;
  }

  std::optional<HttpReply> too_large() const {
    return HttpReply{413, error_json("more than " + std::to_string(options.most_body_bytes) + " bytes")};
  }

  // What a request is answered that is not let in.
  std::optional<HttpReply> check(const Message& message) const {
    const std::string_view target(message.target().data(), message.target().size());
    if (target.substr(0, target.find('?')) != options.path) return HttpReply{404, error_json("there is nothing here")};
    if (message.method() != http::verb::post && message.method() != http::verb::put) {
      return HttpReply{405, error_json("records are posted")};
    }
    if (!options.token.empty()) {
      const auto said = message[http::field::authorization];
      if (!are_equal_in_constant_time({said.data(), said.size()}, "Bearer " + options.token)) {
        return HttpReply{401, error_json("a bearer token is needed")};
      }
    }
    if (options.secret.empty()) return std::nullopt;
    const auto signature = message[options.signature_header];
    std::string_view hex(signature.data(), signature.size());
    if (hex.starts_with("sha256=")) hex.remove_prefix(7);
    if (are_equal_in_constant_time(lower_case(hex), hmac_sha256_hex(options.secret, message.body()))) {
      return std::nullopt;
    }
    return HttpReply{401, error_json("the signature is not that of the body")};
  }

  asio::awaitable<HttpReply> have_answered(Message& message) {
    const auto waiting = std::make_shared<Waiting>(io);  // shared: the timer is cancelled from the thread that answers
    std::uint64_t number = 0;
    {
      MutexLock lock(mutex);
      if (waiting_for_answer.size() >= options.most_waiting) co_return HttpReply{503, error_json("too many at once")};
      number = ++last_number;
      HttpRequest request{.number = number};
      for (const auto& field : message) {
        request.headers[lower_case({field.name_string().data(), field.name_string().size()})] =
            std::string(field.value());
      }
      request.target = std::string(message.target());
      request.body = std::move(message.body());
      untaken.push_back(std::move(request));
      waiting_for_answer[number] = waiting;
      arrived.notify_all();
    }
    waiting->answered.expires_after(options.answer_within);
    while (!waiting->reply && waiting->answered.expiry() > asio::steady_timer::clock_type::now()) {
      beast::error_code error;
      co_await waiting->answered.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    MutexLock lock(mutex);
    waiting_for_answer.erase(number);
    std::erase_if(untaken, [number](const HttpRequest& request) { return request.number == number; });
    co_return waiting->reply ? *std::move(waiting->reply) : HttpReply{503, error_json("not taken in time")};
  }

  const HttpListenerOptions options;
  Clock& clock;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::size_t connections = 0;  // of the thread's

  Mutex mutex;
  Condition arrived;
  std::deque<HttpRequest> untaken WEIR_GUARDED_BY(mutex);
  std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_for_answer WEIR_GUARDED_BY(mutex);
  std::uint64_t last_number WEIR_GUARDED_BY(mutex) = 0;
  std::unique_ptr<Thread> thread;
};

HttpListener::HttpListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpListener::~HttpListener() {
  impl_->io.stop();
  impl_->thread.reset();  // waits for it
}

Result<std::unique_ptr<HttpListener>> HttpListener::open(HttpListenerOptions options, Clock& clock) {
  auto impl = std::make_unique<Impl>(std::move(options), clock);
  WEIR_TRY(impl->listen());
  return std::unique_ptr<HttpListener>(new HttpListener(std::move(impl)));
}

std::uint16_t HttpListener::port() const {
  return impl_->acceptor.local_endpoint().port();
}

std::vector<HttpRequest> HttpListener::take(std::size_t most, Millis patience) {
  const std::int64_t deadline_ns = impl_->clock.deadline_ns(patience);
  std::vector<HttpRequest> taken;
  MutexLock lock(impl_->mutex);
  while (impl_->untaken.empty() && impl_->arrived.wait_until(impl_->mutex, deadline_ns)) continue;
  while (!impl_->untaken.empty() && taken.size() < most) {
    taken.push_back(std::move(impl_->untaken.front()));
    impl_->untaken.pop_front();
  }
  return taken;
}

void HttpListener::answer(std::uint64_t number, HttpReply reply) {
  MutexLock lock(impl_->mutex);
  const auto found = impl_->waiting_for_answer.find(number);
  if (found == impl_->waiting_for_answer.end()) return;
  asio::post(impl_->io, [waiting = found->second, reply = std::move(reply)]() mutable {
    waiting->reply = std::move(reply);
    waiting->answered.expires_at(asio::steady_timer::clock_type::now());  // wakes who waits
  });
}

}  // namespace weir::connect
