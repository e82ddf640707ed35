// RawClient: a client by sockets of the system alone, which sends what a test likes, also what no client should.
#pragma once

#include <optional>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log/base/cursor.h"
#include "log/base/host_port.h"
#include "log/wire/frame.h"

namespace weir::log::net {

class RawClient {
 public:
  explicit RawClient(const HostPort& at, int receive_buffer_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer_bytes > 0) {
      (void)::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(at.port);
    (void)::inet_pton(AF_INET, at.host.c_str(), &address.sin_addr);
    is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), is_connected_(other.is_connected_) {}
  RawClient& operator=(RawClient&&) = delete;

  bool is_connected() const { return is_connected_; }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }
  void end_sending() { ::shutdown(socket_, SHUT_WR); }

  bool send(Bytes bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  template <class Request>
  bool send_request(const Request& request, std::int16_t version, std::int32_t correlation_id,
                    std::optional<std::string> client_id = "raw") {
    return send(*wire::request_frame(request, version, correlation_id, std::move(client_id)));
  }

  // So many bytes; nullopt if the server closes before, or is silent for so long that it never will.
  std::optional<std::string> receive(std::size_t count, int patience_ms = 30'000) {
    std::string bytes(count, '\0');
    std::size_t done = 0;
    while (done < count) {
      if (!is_readable(patience_ms)) return std::nullopt;
      const auto part = ::recv(socket_, bytes.data() + done, count - done, 0);
      if (part <= 0) return std::nullopt;
      done += static_cast<std::size_t>(part);
    }
    return bytes;
  }
  // What follows the size field.
  std::optional<SharedBytes> receive_frame() {
    auto size = receive(wire::kFrameSizeBytes);
    if (!size) return std::nullopt;
    auto frame = receive(static_cast<std::size_t>(load_big_endian<std::int32_t>(size->data())));
    return frame ? std::optional(SharedBytes::take(*std::move(frame))) : std::nullopt;
  }
  template <class Response>
  std::optional<Response> receive_response(std::int16_t version, std::int32_t correlation_id) {
    auto frame = receive_frame();
    if (!frame) return std::nullopt;
    auto header = wire::response_header_version(Response::kApiKey, version, Response::kFirstFlexibleVersion);
    auto parsed = wire::parse_response_frame(*frame, header);
    EXPECT_TRUE(parsed);
    EXPECT_EQ(parsed->header.correlation_id, correlation_id);
    auto response = wire::decoded<Response>(parsed->body, version);
    EXPECT_TRUE(response) << response.error().to_string();
    return *std::move(response);
  }
  template <class Request>
  std::optional<typename Request::Response> call(const Request& request, std::int16_t version = Request::kMaxVersion) {
    const std::int32_t id = ++last_id_;
    if (!send_request(request, version, id)) return std::nullopt;
    return receive_response<typename Request::Response>(version, id);
  }

  // Has the server closed, within the time?
  bool is_closed(int patience_ms = 30'000) {
    char byte = 0;
    return is_readable(patience_ms) && ::recv(socket_, &byte, 1, 0) <= 0;
  }
  bool is_silent(int for_ms) { return !is_readable(for_ms); }

 private:
  bool is_readable(int patience_ms) {
    pollfd poll{socket_, POLLIN, 0};
    return ::poll(&poll, 1, patience_ms) > 0;
  }

  int socket_;
  bool is_connected_ = false;
  std::int32_t last_id_ = 0;
};

}  // namespace weir::log::net
