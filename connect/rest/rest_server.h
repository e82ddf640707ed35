// HTTP/1.1 in the little that REST needs: a server that hands requests to a function, and a call to one. The only file
// that sees Boost.Beast here is rest_server.cc.
//
// Who may ask: a server on a loopback address answers whoever is on this machine, but no web page: a request that a
// browser sends for one (Origin) or for another name than its own (Host) is refused. On any other address, and wherever
// a token is set, a request must bring it: "Authorization: Bearer TOKEN".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "connect/rest/rest_message.h"
#include "log/base/clock.h"
#include "log/base/host_port.h"
#include "log/base/result.h"

namespace weir::connect {

struct RestServerOptions {
  HostPort at{"127.0.0.1", 8083};  // port 0: one that is free
  std::string token{};             // must be set where `at` is no loopback address
  std::size_t max_body_bytes = 4 * 1024 * 1024;
  std::size_t max_connections = 200;  // what comes then is closed at once
  Millis max_wait{30'000};            // for a request, once somebody connected, and until an answer is taken
  int threads = 8;                    // requests that are answered at once; they may wait
};

class RestServer {
 public:
  using Handler = std::function<RestAnswer(const RestRequest&)>;  // on several threads; throws nothing

  // io_error names the address; invalid_argument: it is no loopback address, and there is no token.
  static Result<std::unique_ptr<RestServer>> start(RestServerOptions options, Handler handler);
  ~RestServer();  // answers what is under way; then all connections are closed
  RestServer(const RestServer&) = delete;
  RestServer& operator=(const RestServer&) = delete;

  // With the port that it got.
  const HostPort& endpoint() const;

 private:
  class Impl;
  explicit RestServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Asks the server at "http://host:port". invalid_argument: that is none; unavailable: it cannot be reached, or what it
// answers is no HTTP; timed_out.
Result<RestAnswer> rest_call(const std::string& url, const RestRequest& request, const std::string& token,
                             Millis timeout);

bool is_loopback_host(const std::string& host);
// In a time that does not tell how much of it is right.
bool is_same_token(std::string_view given, std::string_view right);

}  // namespace weir::connect
