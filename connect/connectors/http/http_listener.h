// HttpListener: takes requests from outside and keeps them until somebody has done something about them, who then says
// what they are answered. Requests that nobody takes in time, or that are too many, are answered 503: whoever sent them
// sends them again.
//
// Sockets and time limits are the business of a thread of its own; all functions may be called from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/http/http_client.h"
#include "log/base/clock.h"
#include "log/base/host_port.h"
#include "log/base/result.h"

namespace weir::connect {

struct HttpListenerOptions {
  HostPort listen{};  // port 0: any that is free
  std::string path = "/";
  std::string token{};   // of the header Authorization: Bearer; empty: not asked for
  std::string secret{};  // what bodies are signed with; empty: they are not
  std::string signature_header = "X-Hub-Signature-256";
  std::uint64_t most_body_bytes = 1024 * 1024;
  std::size_t most_waiting = 1'000;      // requests that are not answered
  std::size_t most_connections = 1'000;  // others are closed at once
  Millis answer_within{30'000};
};

struct HttpRequest {
  std::uint64_t number = 0;
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string target{};
  std::string body{};
};

struct HttpReply {
  unsigned status = 200;
  std::string body{};  // JSON
};

class HttpListener {
 public:
  // invalid_config: nobody can listen there; io_error.
  static Result<std::unique_ptr<HttpListener>> open(HttpListenerOptions options, Clock& clock);
  ~HttpListener();  // closes all connections
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  std::uint16_t port() const;

  // Up to `most` of those that nobody has taken, in order; waits for the first of them.
  std::vector<HttpRequest> take(std::size_t most, Millis patience);
  // Of a request that was taken; one that has gone meanwhile is forgotten.
  void answer(std::uint64_t number, HttpReply reply);

 private:
  struct Impl;
  explicit HttpListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::connect
