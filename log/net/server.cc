#include "log/net/server.h"

#include <atomic>
#include <unordered_set>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "log/base/log_line.h"
#include "log/net/connection.h"
#include "log/net/connection_limits.h"
#include "log/net/tls.h"

namespace weir::log::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using SystemError = boost::system::error_code;

constexpr Millis kLookInterval{250};   // at the times of connections
constexpr Millis kAcceptPause{100};    // where the process has no descriptor left
constexpr int kKeepaliveSeconds = 60;  // a client whose machine is gone is found within minutes

void set_up(tcp::socket& socket) {
  SystemError ignored;
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int seconds = kKeepaliveSeconds;
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
}

bool stands_for_all(const asio::ip::address& address) {
  return address.is_unspecified();
}

// The connections of one thread.
struct Room {
  IoThread thread{};
  asio::steady_timer timer{thread.context()};
  std::unordered_set<std::shared_ptr<Connection>> connections{};  // shared: with what the socket waits for
  bool is_stopping = false;
};

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Service& service, Clock& clock)
      : options_(options),
        service_(service),
        clock_(clock),
        limits_(options.max_connections, options.max_connections_per_address) {}

  Result<> start(const std::vector<Listener>& listeners) {
    for (int i = 0; i < std::max(options_.threads, 1); ++i) rooms_.push_back(std::make_unique<Room>());
    for (std::size_t i = 0; i < listeners.size(); ++i) {
      const Listener& listener = listeners[i];
      if (listener.is_tls && !tls_) {
        WEIR_TRY_VAR(files, TlsFiles::open(options_.tls, options_.tls_clients, clock_));
        tls_ = std::move(files);
      }
      WEIR_TRY(listen(listener, i));
    }
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
      Room& room = *rooms_[i];
      look_at_times_later(room);
      WEIR_TRY(room.thread.start("weir-net-" + std::to_string(i)));
    }
    asio::post(first().context(), [this] {
      for (auto& door : doors_) accept(*door);
    });
    return {};
  }

  ~Impl() { stop(); }

  void stop() {
    if (rooms_.empty()) return;
    for (std::size_t i = 0; i < rooms_.size(); ++i) {
      asio::post(rooms_[i]->thread.context(), [this, i] { stop_room(*rooms_[i], i == 0); });
    }
    // Without threads nothing was let in.
    for (auto& room : rooms_) room->thread.join();
    doors_.clear();
    rooms_.clear();
  }

  const std::vector<HostPort>& endpoints() const { return endpoints_; }
  std::size_t connections() const { return limits_.count(); }

 private:
  // A socket that listens; of the first room's thread.
  struct Door {
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    HostPort here;           // what clients are told
    bool tells_own_address;  // instead: the one by which they came
    bool is_tls;
    std::size_t listener;  // its number
  };

  Result<> listen(const Listener& listener, std::size_t number) {
    tcp::resolver resolver(first().context());
    SystemError error;
    const auto resolved = resolver.resolve(listener.at.host, std::to_string(listener.at.port),
                                           tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) {
      return fail(ErrorCode::invalid_argument, "listen on " + listener.at.to_string() + ": " + error.message());
    }
    // A name may stand for several addresses (localhost: of IPv4 and of IPv6), which are to have one port.
    HostPort bound{listener.at.host, listener.at.port};
    SystemError last;
    bool listens = false;
    for (const auto& entry : resolved) {
      auto door = open(tcp::endpoint(entry.endpoint().address(), bound.port), last);
      if (door == nullptr) continue;
      listens = true;
      bound.port = door->acceptor.local_endpoint(last).port();
      door->here = listener.advertised.value_or(bound);
      door->is_tls = listener.is_tls;
      door->listener = number;
      door->tells_own_address = !listener.advertised && stands_for_all(entry.endpoint().address());
      doors_.push_back(std::move(door));
    }
    if (!listens) return fail(ErrorCode::io_error, "listen on " + listener.at.to_string() + ": " + last.message());
    for (auto& door : doors_) {
      if (door->here.port == 0) door->here.port = bound.port;
    }
    endpoints_.push_back(bound);
    return {};
  }

  std::unique_ptr<Door> open(const tcp::endpoint& at, SystemError& error) {
    tcp::acceptor acceptor(first().context());
    acceptor.open(at.protocol(), error);
    if (error) return nullptr;
    SystemError ignored;
    acceptor.set_option(asio::socket_base::reuse_address(true), ignored);
    if (at.protocol() == tcp::v6()) acceptor.set_option(asio::ip::v6_only(true), ignored);
    acceptor.bind(at, error);
    if (error) return nullptr;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return nullptr;
    return std::make_unique<Door>(
        Door{std::move(acceptor), asio::steady_timer(first().context()), {}, false, false, 0});
  }

  // Each connection belongs to one thread, in turn.
  void accept(Door& door) {
    Room& room = *rooms_[next_room_++ % rooms_.size()];
    door.acceptor.async_accept(room.thread.context(), [this, &door, &room](SystemError error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !door.acceptor.is_open()) return;
      if (!error) {
        let_in(door, room, std::move(socket));
        return accept(door);
      }
      log_line::warn("a connection to {} could not be taken: {}", door.here.to_string(), error.message());
      door.pause.expires_after(kAcceptPause);
      door.pause.async_wait([this, &door](SystemError failed) {
        if (!failed) accept(door);
      });
    });
  }

  void let_in(Door& door, Room& room, tcp::socket socket) {
    SystemError error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;  // it has gone already
    const std::string host = remote.address().to_string();
    if (!limits_.enter(host)) {
      log_line::debug("{}: too many connections", host);
      return;
    }
    set_up(socket);
    HostPort here = door.here;
    if (door.tells_own_address) here.host = socket.local_endpoint(error).address().to_string();
    // shared: it takes part in a room while its socket waits
    const Connection::Environment environment{room.thread, service_, clock_, options_,
                                              [this, &room](Connection& closed) {
                                                forget(room, closed);
                                              }};
    const TlsContext* tls = door.is_tls ? tls_->context().get() : nullptr;
    auto connection = std::make_shared<Connection>(std::move(socket), Peer{door.listener, host, std::nullopt},
                                                   std::move(here), tls, environment);
    asio::post(room.thread.context(), [&room, connection] {
      room.connections.insert(connection);
      if (room.is_stopping) return connection->close("the server stops");
      connection->begin();
    });
  }

  void forget(Room& room, Connection& closed) {
    limits_.leave(closed.client_host());
    // It may be in the middle of something.
    asio::post(room.thread.context(), [&room, kept = closed.shared_from_this()] { room.connections.erase(kept); });
  }

  void look_at_times_later(Room& room) {
    room.timer.expires_after(kLookInterval);
    room.timer.async_wait([this, &room](SystemError error) {
      if (error || room.is_stopping) return;
      for (const auto& connection : room.connections) connection->look_at_time();
      look_at_times_later(room);
    });
  }

  void stop_room(Room& room, bool has_doors) {
    if (room.is_stopping) return;
    room.is_stopping = true;
    if (has_doors) {
      SystemError ignored;
      for (auto& door : doors_) {
        door->acceptor.close(ignored);
        door->pause.cancel();
      }
    }
    room.timer.cancel();
    for (const auto& connection : room.connections) connection->finish();
    room.thread.finish();
    close_rest_in_time(room, clock_now() + options_.stop_within);
  }

  static std::chrono::nanoseconds clock_now() {
    return std::chrono::nanoseconds(SystemClock::instance().monotonic_ns());
  }

  // Answers that are under way have so long.
  void close_rest_in_time(Room& room, std::chrono::nanoseconds deadline) {
    constexpr Millis kStep{5};
    if (room.connections.empty()) return;
    if (clock_now() >= deadline) {
      for (const auto& connection : room.connections) connection->close("the server stops");
      return;
    }
    room.timer.expires_after(kStep);
    room.timer.async_wait([this, &room, deadline](SystemError) { close_rest_in_time(room, deadline); });
  }

  IoThread& first() { return rooms_.front()->thread; }

  const ServerOptions options_;
  Service& service_;
  Clock& clock_;
  ConnectionLimits limits_;
  std::optional<TlsFiles> tls_;  // if a listener has it; of the first room's thread
  std::vector<std::unique_ptr<Room>> rooms_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<HostPort> endpoints_;
  std::size_t next_room_ = 0;  // of the first room's thread
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(std::vector<Listener> listeners, ServerOptions options, Service& service,
                                              Clock& clock) {
  auto impl = std::make_unique<Impl>(options, service, clock);
  WEIR_TRY(impl->start(listeners));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

const std::vector<HostPort>& Server::endpoints() const {
  return impl_->endpoints();
}

std::size_t Server::connections() const {
  return impl_->connections();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace weir::log::net
