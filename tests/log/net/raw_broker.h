// RawBroker: a socket that listens and does with each connection what a test says: for peers that are no good brokers.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/base/host_port.h"
#include "log/wire/dispatch.h"
#include "log/wire/frame.h"
#include "log/wire/messages/api_versions.h"

namespace weir::log::net {

// One client's connection, seen from the other side.
class RawPeer {
 public:
  explicit RawPeer(int socket) : socket_(socket) {}
  RawPeer(RawPeer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  ~RawPeer() {
    if (socket_ >= 0) ::close(socket_);
  }

  // What follows the size field; nullopt: the client has gone.
  std::optional<wire::RequestFrame> receive() {
    std::string size(4, '\0');
    if (!read(size)) return std::nullopt;
    std::string frame(static_cast<std::size_t>(Reader(size).int32()), '\0');
    if (!read(frame)) return std::nullopt;
    return wire::parse_request_frame(SharedBytes::take(std::move(frame))).value();
  }
  bool has_more() const {
    int waiting = 0;
    return ::ioctl(socket_, FIONREAD, &waiting) == 0 && waiting > 0;
  }
  void send(Bytes bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  template <class Response>
  void answer(const wire::RequestHeader& to, const Response& response) {
    send(wire::response_frame(response, to.request_api_version, to.correlation_id).value());
  }
  // Takes the introduction, and says that every API is taken in all versions, or of those given.
  bool introduce(std::vector<wire::ApiVersionsResponse::ApiVersion> versions = {}) {
    const auto asked = receive();
    if (!asked) return false;
    wire::ApiVersionsResponse response;
    response.api_keys = std::move(versions);
    if (response.api_keys.empty()) {
      for (const auto& row : wire::kApis) response.api_keys.push_back({row.key, row.min_version, row.max_version});
    }
    answer(asked->header, response);
    return true;
  }

 private:
  bool read(std::string& into) {
    return ::recv(socket_, into.data(), into.size(), MSG_WAITALL) == static_cast<ssize_t>(into.size());
  }

  int socket_;
};

class RawBroker {
 public:
  using Script = std::function<void(RawPeer&, int)>;  // the connection, and its number from 0

  explicit RawBroker(Script script) : script_(std::move(script)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(socket_, 16) != 0) std::abort();
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    at_ = {"127.0.0.1", ntohs(address.sin_port)};
    thread_ = std::thread([this] { serve(); });
  }
  // Clients must have gone.
  ~RawBroker() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    for (auto& peer : peers_) peer.join();
    ::close(socket_);
  }

  const HostPort& at() const { return at_; }
  int connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      const int accepted = ::accept(socket_, nullptr, nullptr);
      if (accepted < 0) return;
      peers_.emplace_back([this, accepted, number = connections_++] {
        RawPeer peer(accepted);
        script_(peer, number);
      });
    }
  }

  const Script script_;
  int socket_;
  HostPort at_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
  std::vector<std::thread> peers_;
};

}  // namespace weir::log::net
