// Loopback by hand, for floors: a server on a thread of its own that talks to one client, blocking, in whole messages.
#pragma once

#include <cerrno>
#include <cstdint>
#include <functional>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/harness.h"

namespace weir::bench::floor {

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    if (descriptor < 0) give_up("a socket could not be made");
    const int yes = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  ~Socket() { ::close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int descriptor() const { return descriptor_; }

  void write_all(const char* at, std::size_t size) {
    while (size > 0) {
      const auto sent = ::send(descriptor_, at, size, MSG_NOSIGNAL);
      if (sent < 0) give_up("a send failed");
      at += sent;
      size -= static_cast<std::size_t>(sent);
    }
  }
  // At least `least` bytes, unless the other side has ended before the first.
  std::size_t read_some(char* at, std::size_t room, std::size_t least) {
    std::size_t size = 0;
    while (size < least) {
      const auto came = ::recv(descriptor_, at + size, room - size, 0);
      if (came < 0 || (came == 0 && size > 0)) give_up("a receive failed");
      if (came == 0) return 0;
      size += static_cast<std::size_t>(came);
    }
    return size;
  }
  bool read_all(char* at, std::size_t size) { return read_some(at, size, size) == size; }
  void end() { ::shutdown(descriptor_, SHUT_WR); }

 private:
  int descriptor_;
};

// `serve` talks to the one client that comes, until that ends.
class Server {
 public:
  explicit Server(std::function<void(Socket&)> serve) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    if (::bind(listener_.descriptor(), address, size) != 0 || ::listen(listener_.descriptor(), 1) != 0 ||
        ::getsockname(listener_.descriptor(), address, &size) != 0) {
      give_up("nobody can listen on 127.0.0.1");
    }
    thread_ = std::thread([this, serve = std::move(serve)] {
      Socket client(::accept(listener_.descriptor(), nullptr, nullptr));
      serve(client);
    });
  }
  ~Server() { thread_.join(); }  // the client has ended
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Once.
  int connect() const {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
      give_up("the floor's server cannot be reached");
    }
    return descriptor;
  }

 private:
  Socket listener_;
  sockaddr_in address_{};
  std::thread thread_;
};

}  // namespace weir::bench::floor
