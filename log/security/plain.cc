#include "log/security/plain.h"

#include <openssl/crypto.h>

namespace weir::log::security {

std::string PlainMessage::to_string() const {
  return authzid + '\0' + user + '\0' + password;
}

Result<PlainMessage> PlainMessage::parse(Bytes text) {
  const auto first = text.find('\0');
  const auto second = first == Bytes::npos ? Bytes::npos : text.find('\0', first + 1);
  const bool has_three = second != Bytes::npos && text.find('\0', second + 1) == Bytes::npos;
  if (!has_three) return fail(ErrorCode::sasl_authentication_failed, "not a message of PLAIN");
  PlainMessage message;
  message.authzid = text.substr(0, first);
  message.user = text.substr(first + 1, second - first - 1);
  message.password = text.substr(second + 1);
  if (message.user.empty()) return fail(ErrorCode::sasl_authentication_failed, "PLAIN without a user");
  if (message.password.empty()) return fail(ErrorCode::sasl_authentication_failed, "PLAIN without a password");
  if (!message.authzid.empty() && message.authzid != message.user) {
    return fail(ErrorCode::sasl_authentication_failed, "nobody acts as somebody else here");
  }
  return message;
}

bool is_password(Bytes password, ScramMechanism mechanism, const ScramCredential& credential) {
  const auto keys = ScramKeys::of(mechanism, password, credential.salt, credential.iterations);
  return keys.stored_key.size() == credential.stored_key.size() &&
         CRYPTO_memcmp(keys.stored_key.data(), credential.stored_key.data(), keys.stored_key.size()) == 0;
}

}  // namespace weir::log::security
