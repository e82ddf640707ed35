#include "connect/connectors/http/http_client.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <variant>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

namespace weir::connect {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

ErrorCode code_of(const beast::error_code& error) {
  if (error == beast::error::timeout) return ErrorCode::timed_out;
  if (error.category() == asio::error::get_ssl_category()) return ErrorCode::invalid_config;
  const bool is_broken_off =
      error == http::error::end_of_stream || error == http::error::partial_message;  // not what it said
  if (!is_broken_off && error.category() == http::make_error_code(http::error::bad_version).category()) {
    return ErrorCode::corrupt_data;
  }
  return ErrorCode::unavailable;
}

}  // namespace

// A connection and what is under way on it: where time runs out both are dropped together.
class HttpClient::Connection {
 public:
  Connection(const HttpUrl& server, const HttpClientOptions& options)
      : server_(server), options_(options), context_(ssl::context::tls_client) {}

  // `is_new`: nothing was asked over it before.
  Result<HttpAnswer> ask(const HttpQuestion& question, bool& was_asked_before) {
    std::optional<Result<HttpAnswer>> outcome;
    was_asked_before = is_open_;
    asio::co_spawn(io_, talk(question), [&outcome](std::exception_ptr thrown, Result<HttpAnswer> answer) {
      outcome = thrown ? Result<HttpAnswer>(fail(ErrorCode::io_error, "an exception")) : std::move(answer);
    });
    io_.restart();
    io_.run_for(options_.timeout + Millis(1'000));  // a name that is looked up has no time limit of its own
    if (outcome) return *std::move(outcome);
    is_open_ = false;
    return fail(ErrorCode::timed_out, server_.to_string() + " gave no answer in time");
  }

  bool is_open() const { return is_open_; }

 private:
  using Answer = http::response<http::string_body>;

  Error failed(const std::string& doing, const beast::error_code& error) const {
    return {code_of(error), doing + " " + server_.to_string() + ": " + error.message()};
  }

  asio::awaitable<Result<HttpAnswer>> talk(HttpQuestion question) {
    if (!is_open_) {
      auto opened = co_await open();
      if (!opened) co_return fail(opened.error());
    }
    http::request<http::string_body> request;
    request.method_string(question.method);
    request.target(question.target);
    request.version(11);
    request.set(http::field::host, server_.authority());
    request.set(http::field::user_agent, "weir");
    for (const HttpHeader& header : question.headers) request.set(header.name, header.value);
    request.body() = std::move(question.body);
    request.prepare_payload();
    request.keep_alive(true);
    if (is_tls()) co_return co_await exchange(*tls_, request);
    co_return co_await exchange(*plain_, request);
  }

  asio::awaitable<Result<>> open() {
    beast::error_code error;
    tcp::resolver resolver(io_);
    auto found =
        co_await resolver.async_resolve(server_.host, server_.port, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(failed("looking up", error));
    if (!is_tls()) {
      plain_.emplace(io_);
      plain_->expires_after(options_.timeout);
      co_await plain_->async_connect(found, asio::redirect_error(asio::use_awaitable, error));
      if (error) co_return fail(failed("connecting to", error));
      is_open_ = true;
      co_return Result<>{};
    }
    auto trusts = trust();
    if (!trusts) co_return trusts;
    tls_.emplace(io_, context_);
    if (SSL_set_tlsext_host_name(tls_->native_handle(), server_.host.c_str()) != 1) {
      co_return fail(ErrorCode::invalid_config, server_.to_string() + ": TLS does not take the host's name");
    }
    tls_->set_verify_mode(ssl::verify_peer);
    tls_->set_verify_callback(ssl::host_name_verification(server_.host));
    beast::get_lowest_layer(*tls_).expires_after(options_.timeout);
    co_await beast::get_lowest_layer(*tls_).async_connect(found, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(failed("connecting to", error));
    co_await tls_->async_handshake(ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(failed("TLS with", error));
    is_open_ = true;
    co_return Result<>{};
  }

  Result<> trust() {
    beast::error_code error;
    if (options_.trusted_file.empty()) {
      context_.set_default_verify_paths(error);
    } else {
      context_.load_verify_file(options_.trusted_file, error);
    }
    if (error) return fail(ErrorCode::invalid_config, options_.trusted_file + ": " + error.message());
    return {};
  }

  template <class Stream>
  asio::awaitable<Result<HttpAnswer>> exchange(Stream& stream, http::request<http::string_body>& request) {
    beast::error_code error;
    beast::get_lowest_layer(stream).expires_after(options_.timeout);
    co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, error));
    is_open_ = !error;
    if (error) co_return fail(failed("asking", error));
    http::response_parser<http::string_body> parser;
    parser.body_limit(options_.most_body_bytes);
    if (request.method() == http::verb::head) parser.skip(true);
    co_await http::async_read(stream, buffer_, parser, asio::redirect_error(asio::use_awaitable, error));
    is_open_ = !error && parser.keep_alive();
    if (error) co_return fail(failed("the answer of", error));
    auto& message = parser.get();
    HttpAnswer answer;
    answer.status = message.result_int();
    for (const auto& field : message) {
      answer.headers[in_lower_case({field.name_string().data(), field.name_string().size()})] =
          std::string(field.value());
    }
    answer.body = std::move(message.body());
    co_return answer;
  }

  bool is_tls() const { return server_.is_tls; }

  const HttpUrl& server_;
  const HttpClientOptions& options_;
  asio::io_context io_{1};
  ssl::context context_;
  std::optional<beast::tcp_stream> plain_;
  std::optional<beast::ssl_stream<beast::tcp_stream>> tls_;
  beast::flat_buffer buffer_;
  bool is_open_ = false;
};

HttpClient::HttpClient(HttpUrl server, HttpClientOptions options)
    : server_(std::move(server)), options_(std::move(options)) {}

HttpClient::~HttpClient() = default;

Result<HttpAnswer> HttpClient::ask(const HttpQuestion& question) {
  for (;;) {
    if (!connection_ || !connection_->is_open()) connection_ = std::make_unique<Connection>(server_, options_);
    bool was_asked_before = false;
    auto answer = connection_->ask(question, was_asked_before);
    // A server may close what was idle just when it is asked again: that is no failure of this question.
    const bool is_stale = !answer && was_asked_before && answer.error().code == ErrorCode::unavailable;
    if (is_stale) continue;
    if (!answer) connection_.reset();
    return answer;
  }
}

Error error_of(const HttpAnswer& answer, const std::string& what) {
  constexpr unsigned kPassing[] = {408, 425, 429};
  constexpr unsigned kDenied[] = {401, 403, 407};
  constexpr unsigned kOfRecords[] = {400, 409, 413, 415, 422};
  const auto is_among = [&answer](const auto& all) {
    return std::find(std::begin(all), std::end(all), answer.status) != std::end(all);
  };
  constexpr std::size_t kMostShown = 300;
  Error error{ErrorCode::invalid_config, what + ": status " + std::to_string(answer.status)};
  if (answer.status >= 500 || is_among(kPassing)) error.code = ErrorCode::unavailable;
  if (is_among(kDenied)) error.code = ErrorCode::permission_denied;
  if (is_among(kOfRecords)) error.code = ErrorCode::invalid_record;
  if (!answer.body.empty()) error.detail += ": " + answer.body.substr(0, kMostShown);
  return error;
}

}  // namespace weir::connect
