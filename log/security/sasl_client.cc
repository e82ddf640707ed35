#include "log/security/sasl_client.h"

#include "log/security/base64.h"
#include "log/security/plain.h"

namespace weir::log::security {

std::string nonce_of(Bytes random) {
  return to_base64(random);
}

Result<SaslClient> SaslClient::make(const std::string& mechanism, std::string user, std::string password,
                                    std::string nonce) {
  const auto scram = scram_mechanism_named(mechanism);
  if (!scram && mechanism != kPlain) {
    return fail(ErrorCode::invalid_argument,
                "'" + mechanism + "' is no mechanism of SASL here: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512");
  }
  if (user.empty()) return fail(ErrorCode::invalid_argument, mechanism + " without a user");
  SaslClient client;
  if (scram) {
    client.scram_.emplace(*scram, user, std::move(password), std::move(nonce));
  } else {
    client.plain_ = PlainMessage{{}, std::move(user), std::move(password)}.to_string();
  }
  return client;
}

OwnedBytes SaslClient::first() const {
  return scram_ ? scram_->first() : plain_;
}

Result<std::optional<OwnedBytes>> SaslClient::next(Bytes answer) {
  if (!scram_) return std::optional<OwnedBytes>();
  if (has_proved_) {
    auto verified = scram_->verify(answer);
    if (!verified) return fail(ErrorCode::sasl_authentication_failed, verified.error().detail);
    return std::optional<OwnedBytes>();
  }
  auto proof = scram_->final(answer);
  if (!proof) return fail(ErrorCode::sasl_authentication_failed, proof.error().detail);
  has_proved_ = true;
  return std::optional<OwnedBytes>(*std::move(proof));
}

}  // namespace weir::log::security
