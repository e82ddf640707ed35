// HttpClient: asks one HTTP server, one question at a time, over a connection that is kept. Every question has an end:
// connecting, asking and reading the answer share one time limit.
//
// One owner thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "connect/connectors/http/http_url.h"
#include "log/base/clock.h"
#include "log/base/result.h"

namespace weir::connect {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpQuestion {
  std::string method = "GET";
  std::string target = "/";
  std::vector<HttpHeader> headers{};
  std::string body{};
};

struct HttpAnswer {
  unsigned status = 0;
  std::map<std::string, std::string> headers{};  // names in lower case
  std::string body{};

  bool is_success() const { return status >= 200 && status < 300; }
};

struct HttpClientOptions {
  Millis timeout{30'000};
  std::uint64_t most_body_bytes = 64 * 1024 * 1024;
  std::string trusted_file{};  // PEM, of those who vouch for servers; empty: those whom the system trusts
};

class HttpClient {
 public:
  HttpClient(HttpUrl server, HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // unavailable: it cannot be reached, or broke off; timed_out; invalid_config: its certificate is not trusted;
  // corrupt_data: what it says is no HTTP, or too long. Whatever status it gives is an answer.
  Result<HttpAnswer> ask(const HttpQuestion& question);

  const HttpUrl& server() const { return server_; }

 private:
  class Connection;

  HttpUrl server_;
  HttpClientOptions options_;
  std::unique_ptr<Connection> connection_;
};

// What an answer that is no success means for whoever sent records: unavailable (408, 425, 429, 5xx), permission_denied
// (401, 403, 407), invalid_record (400, 409, 413, 415, 422), invalid_config (all else). With the beginning of its body.
Error error_of(const HttpAnswer& answer, const std::string& what);

}  // namespace weir::connect
