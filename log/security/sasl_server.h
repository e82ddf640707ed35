// SaslServer: a server's side of saying who one is, over one connection, whatever the mechanism. What may come when:
//
//   begin ──handshake(mechanism)──► exchanging ──step (one of PLAIN, two of SCRAM)──► done ──handshake──► exchanging
//   ...
//                                        └── a step that fails ──► failed: nothing helps any more
//
// Once it is done, another exchange may follow (KIP-368); it must prove to be the same user. No I/O; thread-compatible.
// A step of PLAIN takes milliseconds: it makes the credential's keys of the password.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/security/plain.h"
#include "log/security/scram.h"

namespace weir::log::security {

using Credentials = std::map<ScramMechanism, ScramCredential>;  // of a user

class SaslServer {
 public:
  struct Options {
    std::vector<std::string> mechanisms{};  // that are offered
    // Those of the user; nullopt: there is no such user.
    std::function<std::optional<Credentials>(const std::string& user)> find{};
    std::function<std::string()> nonce{};  // printable, and never the same
    OwnedBytes secret{};                   // of this server: see ScramServer
  };
  explicit SaslServer(Options options) : options_(std::move(options)) {}

  static constexpr std::size_t kMostBytes = 64 * 1024;  // of a token: more is no message

  const std::vector<std::string>& mechanisms() const { return options_.mechanisms; }

  // unsupported_sasl_mechanism; illegal_sasl_state: not now.
  Result<> handshake(const std::string& mechanism);

  // The other side's bytes, and what it is to be told. sasl_authentication_failed: in words that may be told to it;
  // illegal_sasl_state: nothing is exchanged.
  Result<OwnedBytes> step(Bytes token);

  bool is_exchanging() const { return state_ == State::exchanging; }
  bool is_done() const { return state_ == State::done; }
  // Who it is. Empty until the first exchange is done.
  const std::string& user() const { return user_; }
  // What that was proved by: the mechanism of the credential.
  ScramMechanism proved_by() const { return proved_by_; }

 private:
  enum class State { begin, exchanging, done, failed };

  Result<OwnedBytes> step_of_plain(Bytes token);
  Result<OwnedBytes> step_of_scram(Bytes token);
  Result<> proved(const std::string& user, ScramMechanism by);

  const Options options_;
  State state_ = State::begin;
  std::string mechanism_;
  std::optional<ScramServer> scram_;
  bool has_challenged_ = false;
  std::string user_;
  ScramMechanism proved_by_ = ScramMechanism::sha_256;
};

}  // namespace weir::log::security
