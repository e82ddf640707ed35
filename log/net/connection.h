// Connection: one client of a Server: its bytes become requests, one at a time is answered, and answers leave in order.
// For .cc files of this folder: it needs Asio.
//
// Everything but `post` belongs to the thread of the connection. It receives ahead, also during a request: so it learns
// that a client has gone. When a client has ended its side, what it sent before is still carried out, because a
// producer that wants no answers leaves so; what would wait is taken back.
#pragma once

#include <functional>
#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "log/base/mutex.h"
#include "log/net/frame_reader.h"
#include "log/net/io_thread.h"
#include "log/net/outgoing.h"
#include "log/net/server.h"
#include "log/net/tls.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"

namespace weir::log::net {

class Connection final : public std::enable_shared_from_this<Connection>, private Executor {
 public:
  struct Environment {
    IoThread& thread;
    Service& service;
    Clock& clock;
    const ServerOptions& options;
    std::function<void(Connection&)> on_closed;  // once; the connection does nothing more of itself
  };

  // `tls` is null for one in the clear; it outlives nothing: the session keeps what it needs of it.
  Connection(boost::asio::ip::tcp::socket socket, Peer peer, HostPort here, const TlsContext* tls,
             Environment environment);

  const std::string& client_host() const { return peer_.host; }

  void begin();
  // The request that is under way is answered, then it is closed; at once, if there is none.
  void finish();
  void close(std::string_view why);
  // Has it been quiet for too long? Then it is closed.
  void look_at_time();

 private:
  using SystemError = boost::system::error_code;

  struct Request {
    wire::RequestHeader header;
    const wire::ApiOps* api;
    wire::OwnedMessage request;
    wire::OwnedMessage response;
    bool wants_answer = true;
    bool is_token = false;                 // without headers, and so is its answer
    std::optional<Task<Result<>>> task{};  // once it waits
  };

  void post(std::coroutine_handle<> waiting) override WEIR_EXCLUDES(mutex_);
  void resume_posted() WEIR_EXCLUDES(mutex_);

  // What a client sends ahead is received as far as shows that it is still there; no more than that is kept for it.
  static constexpr std::size_t kReadAhead = 64 * 1024;
  bool wants_input() const {
    const bool has_enough = frames_.has_frame() && frames_.held_bytes() >= kReadAhead;
    return !is_closed_ && !is_finishing_ && !input_ended_ && !has_enough;
  }
  // Is it known who it is, or that nobody asks?
  bool is_unproven() const;
  void begin_session();
  void wait_for_input();
  void receive();
  Result<> take(std::span<char> room, std::size_t count);
  Result<> decrypt(Bytes encrypted);
  void end_of_input();

  void serve();
  void begin_request(const SharedBytes& frame);
  Result<> read_request(const SharedBytes& frame);
  void read_token(const SharedBytes& frame);
  void send_answer(const Request& request);
  void answer_versions_unknown(const wire::RequestHeader& header);
  void take_back_request() WEIR_EXCLUDES(mutex_);
  void answered(const Result<>& outcome);

  void send(Result<wire::GatheredBytes> frame);
  void send_what_tls_has();
  void write_on();
  void touch() { touched_ns_ = environment_.clock.monotonic_ns(); }

  boost::asio::ip::tcp::socket socket_;
  Peer peer_;
  const HostPort here_;
  const Environment environment_;
  FrameReader frames_;
  std::optional<TlsSession> tls_;
  bool has_session_ = false;
  std::unique_ptr<Session> session_;  // of the service; null: it remembers nothing; behind it: what may use it
  std::optional<Request> current_;
  std::optional<Outgoing> outgoing_;
  std::int64_t began_ns_ = 0;
  std::int64_t touched_ns_ = 0;  // when something last came, was taken or was answered
  bool waits_for_input_ = false;
  bool input_ended_ = false;
  bool is_finishing_ = false;
  bool is_closed_ = false;

  Mutex mutex_;
  std::vector<std::coroutine_handle<>> posted_ WEIR_GUARDED_BY(mutex_);  // of the request's task
};

}  // namespace weir::log::net
