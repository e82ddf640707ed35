// PLAIN (RFC 4616): a name and a password, as they are: [AUTHZID] NUL NAME NUL PASSWORD. Only for ways that nobody else
// reads.
#pragma once

#include <map>
#include <string>

#include "log/base/result.h"
#include "log/security/scram.h"

namespace weir::log::security {

inline constexpr std::string_view kPlain = "PLAIN";

struct PlainMessage {
  std::string authzid{};  // who to act as; mostly empty
  std::string user;
  std::string password;

  std::string to_string() const;
  static Result<PlainMessage> parse(Bytes text);  // sasl_authentication_failed
};

// Is it the password that the credential was made of? Takes the credential's iterations: milliseconds.
bool is_password(Bytes password, ScramMechanism mechanism, const ScramCredential& credential);

}  // namespace weir::log::security
