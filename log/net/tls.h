// TLS of a server, apart from sockets: what came from one goes in, what is to be sent comes out.
//
// TlsContext: a certificate and its key, ready to be used; immutable, so that connections share it. TlsSession: one
// connection's. TlsFiles: the context of two files, made anew when they have changed.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

struct ssl_ctx_st;  // OpenSSL's
struct ssl_st;

namespace weir::log::net {

class TlsContext {
 public:
  // Of PEM texts: the certificate, then those that lead from it to a root; and its key, without a passphrase. TLS 1.2
  // and 1.3 are spoken. invalid_argument: with what is wrong.
  static Result<std::shared_ptr<const TlsContext>> of(const std::string& certificates, const std::string& key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  ssl_ctx_st* context_;
};

class TlsSession {
 public:
  explicit TlsSession(const TlsContext& context);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Bytes from the socket.
  void received(Bytes encrypted);
  // What they say, as much as is there: 0 if more must come first. closed: the other side has ended its own;
  // invalid_argument: that is no TLS, or nothing that both sides speak.
  Result<std::size_t> read(std::span<char> plain);
  // Precondition: is_established().
  void write(Bytes plain);
  // What is to be sent now: of the handshake, or what was written.
  OwnedBytes take_outgoing();
  bool has_outgoing() const;
  bool is_established() const;

 private:
  ssl_st* ssl_;
};

class TlsFiles {
 public:
  static constexpr Millis kLookInterval{5'000};

  // io_error, not_found, invalid_argument: with the file.
  static Result<TlsFiles> open(std::string certificate_path, std::string key_path, Clock& clock);

  // For connections that begin now. Where the files have changed and cannot be used, the last that could.
  const std::shared_ptr<const TlsContext>& context();

 private:
  TlsFiles(std::string certificate_path, std::string key_path, Clock& clock)
      : certificate_path_(std::move(certificate_path)), key_path_(std::move(key_path)), clock_(&clock) {}
  Result<> load();

  std::string certificate_path_;
  std::string key_path_;
  Clock* clock_;
  std::int64_t looked_ns_ = 0;
  std::size_t seen_ = 0;                       // of both files' bytes
  std::shared_ptr<const TlsContext> context_;  // shared: by the connections that began with it
};

}  // namespace weir::log::net
