// SCRAM: a client proves that it knows a password, and a server that it knows what was made of it, without either
// telling it (RFC 5802; RFC 7677 for SHA-256; SHA-512 as Kafka has it). The server keeps a ScramCredential, from which
// nobody can log in. Passwords are taken as the bytes they are (no SASLprep), as Kafka does.
//
//     client                                          server
//     first()                  -- client-first -->    first(client-first)
//     final(server-first)      <-- server-first --
//                              -- client-final -->    final(client-final): it is who it says
//     verify(server-final)     <-- server-final --
//
// No I/O; nonces and salts are parameters. Whether a user exists cannot be learned from answers: an unknown one gets a
// salt that follows from its name, and fails at the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/security/scram_messages.h"

namespace weir::log::security {

// On the wire (UserScramCredentials): do not renumber.
enum class ScramMechanism : std::int8_t { sha_256 = 1, sha_512 = 2 };

std::string_view name_of(ScramMechanism mechanism);  // "SCRAM-SHA-256"
std::optional<ScramMechanism> scram_mechanism_named(std::string_view name);

inline constexpr std::int32_t kLeastIterations = 4'096;
inline constexpr std::int32_t kMostIterations = 16'384;

// The keys of one exchange, in the words of RFC 5802, section 3.
struct ScramKeys {
  OwnedBytes salted_password;
  OwnedBytes client_key;
  OwnedBytes stored_key;
  OwnedBytes server_key;

  // Takes `iterations` hashes of the password: some milliseconds for 4,096.
  static ScramKeys of(ScramMechanism mechanism, Bytes password, Bytes salt, std::int32_t iterations);
  static ScramKeys of_salted(ScramMechanism mechanism, OwnedBytes salted_password);
};

std::size_t hash_size(ScramMechanism mechanism);  // bytes of any of those

OwnedBytes scram_signature(ScramMechanism mechanism, Bytes key, Bytes auth_message);

// What a server keeps of a password.
struct ScramCredential {
  OwnedBytes salt;
  OwnedBytes stored_key;
  OwnedBytes server_key;
  std::int32_t iterations = 0;

  bool operator==(const ScramCredential&) const = default;

  static ScramCredential of(ScramMechanism mechanism, Bytes password, Bytes salt, std::int32_t iterations);
  // As Kafka stores it: "salt=BASE64,stored_key=BASE64,server_key=BASE64,iterations=N". invalid_argument.
  std::string to_string() const;
  static Result<ScramCredential> parse(std::string_view text);
};

class ScramClient {
 public:
  // `nonce` is printable and never used again; `extensions` as in ClientFirst.
  ScramClient(ScramMechanism mechanism, std::string_view username, std::string password, std::string nonce,
              std::string extensions = {});

  std::string first() const { return first_.to_string(); }
  // invalid_argument: not such a message, another exchange's, or fewer iterations than are safe.
  Result<std::string> final(std::string_view server_first, std::int32_t least_iterations = kLeastIterations);
  // invalid_argument: the server refuses the client, or is not the one that it should be.
  Result<> verify(std::string_view server_final) const;

 private:
  const ScramMechanism mechanism_;
  const std::string password_;
  const ClientFirst first_;
  OwnedBytes expected_signature_;  // once `final` was
};

class ScramServer {
 public:
  using FindCredential = std::function<std::optional<ScramCredential>(const std::string& username)>;

  // `nonce` is printable and never used again; `secret` is this server's and stays the same: of what is told of users
  // that do not exist.
  ScramServer(ScramMechanism mechanism, std::string nonce, OwnedBytes secret, FindCredential find);

  // invalid_argument: not such a message. Each is called once, in turn.
  Result<std::string> first(std::string_view client_first);
  // invalid_argument: not such a message, or a wrong proof.
  Result<std::string> final(std::string_view client_final);

  // Who it is. Precondition: `final` gave an answer.
  const std::string& username() const { return username_; }

 private:
  ScramCredential stand_in() const;

  const ScramMechanism mechanism_;
  const std::string nonce_;
  const OwnedBytes secret_;
  const FindCredential find_;
  std::string username_;
  std::string client_first_bare_;
  std::string channel_binding_;
  ServerFirst server_first_;
  ScramCredential credential_;
  bool is_known_ = false;
};

}  // namespace weir::log::security
