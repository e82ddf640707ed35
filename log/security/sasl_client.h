// SaslClient: a client's side of saying who it is, whatever the mechanism. No I/O.
//
//     SaslClient client(...);
//     token = client.first();                    to be sent
//     WEIR_TRY_VAR(next, client.next(answer));   until there is none: then both know each other
#pragma once

#include <optional>
#include <string>

#include "log/base/bytes.h"
#include "log/base/result.h"
#include "log/security/scram.h"

namespace weir::log::security {

class SaslClient {
 public:
  // `nonce` is printable and never used again. invalid_argument: a mechanism that is not known, or no user.
  static Result<SaslClient> make(const std::string& mechanism, std::string user, std::string password,
                                 std::string nonce);

  OwnedBytes first() const;
  // What is to be sent next; nullopt: it is over, and, with SCRAM, the server has shown that it knows the password too.
  // sasl_authentication_failed.
  Result<std::optional<OwnedBytes>> next(Bytes answer);

 private:
  SaslClient() = default;

  std::string plain_{};  // the message, of PLAIN
  std::optional<ScramClient> scram_{};
  bool has_proved_ = false;
};

// So random bytes as text without commas.
std::string nonce_of(Bytes random);

}  // namespace weir::log::security
