// TLS apart from sockets: what came from one goes in, what is to be sent comes out.
//
// TlsContext: a side's certificate and key, and whom it trusts, ready to be used; immutable, so that connections share
// it. TlsSession: one connection's. TlsFiles: the context of a server's files, made anew when they have changed.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "log/base/bytes.h"
#include "log/base/clock.h"
#include "log/base/result.h"

struct ssl_ctx_st;  // OpenSSL's
struct ssl_st;

namespace weir::log::net {

enum class TlsPeer { not_asked, asked, required };  // is the other side's certificate asked for?

// PEM texts, or the paths of files that hold them.
struct TlsTexts {
  std::string certificate{};  // its own, then those that lead from it to a root
  std::string key{};          // without a passphrase
  std::string trusted{};      // those who vouch for the other side
};
using TlsPaths = TlsTexts;

class TlsContext {
 public:
  // TLS 1.2 and 1.3 are spoken. invalid_argument: with what is wrong.
  static Result<std::shared_ptr<const TlsContext>> of_server(const TlsTexts& texts, TlsPeer clients);
  // A server's certificate must be vouched for: by those who are trusted, or, where none is named, by whom the system
  // trusts.
  static Result<std::shared_ptr<const TlsContext>> of_client(const TlsTexts& texts);
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
  explicit TlsSession(const TlsContext& context);  // a server's
  // A client's, of that host; its name is held to the certificate if that is given.
  TlsSession(const TlsContext& context, const std::string& host, bool verifies_host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // A client's first words are to be sent then.
  void start();
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
  // Of the other side's certificate, if it showed one: its subject, as "CN=alice,O=orders" (RFC 2253).
  std::optional<std::string> peer_subject() const;

 private:
  ssl_st* ssl_;
};

class TlsFiles {
 public:
  static constexpr Millis kLookInterval{5'000};

  // io_error, not_found, invalid_argument: with the file.
  static Result<TlsFiles> open(TlsPaths paths, TlsPeer clients, Clock& clock);

  // For connections that begin now. Where the files have changed and cannot be used, the last that could.
  const std::shared_ptr<const TlsContext>& context();

 private:
  TlsFiles(TlsPaths paths, TlsPeer clients, Clock& clock)
      : paths_(std::move(paths)), clients_(clients), clock_(&clock) {}
  Result<> load();

  TlsPaths paths_;
  TlsPeer clients_;
  Clock* clock_;
  std::int64_t looked_ns_ = 0;
  std::size_t seen_ = 0;                       // of all files' bytes
  std::shared_ptr<const TlsContext> context_;  // shared: by the connections that began with it
};

// What the files say; of one that is not named: nothing. io_error, not_found: with the file.
Result<TlsTexts> read_tls_files(const TlsPaths& paths);

}  // namespace weir::log::net
