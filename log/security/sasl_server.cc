#include "log/security/sasl_server.h"

#include <algorithm>

namespace weir::log::security {

namespace {

tl::unexpected<Error> refused(const std::string& mechanism) {
  return fail(ErrorCode::sasl_authentication_failed,
              "Authentication failed: wrong user or password (" + mechanism + ")");
}

}  // namespace

Result<> SaslServer::handshake(const std::string& mechanism) {
  if (state_ != State::begin && state_ != State::done) {
    return fail(ErrorCode::illegal_sasl_state, "another exchange has begun");
  }
  if (std::ranges::find(options_.mechanisms, mechanism) == options_.mechanisms.end()) {
    state_ = State::failed;
    constexpr std::size_t kMostTold = 64;  // of a name that is not believed
    return fail(ErrorCode::unsupported_sasl_mechanism, mechanism.substr(0, kMostTold));
  }
  mechanism_ = mechanism;
  scram_.reset();
  has_challenged_ = false;
  state_ = State::exchanging;
  return {};
}

Result<OwnedBytes> SaslServer::step(Bytes token) {
  if (state_ != State::exchanging) return fail(ErrorCode::illegal_sasl_state, "no mechanism was chosen");
  if (token.size() > kMostBytes) {
    state_ = State::failed;
    return refused(mechanism_);
  }
  auto answer = mechanism_ == kPlain ? step_of_plain(token) : step_of_scram(token);
  if (!answer) state_ = State::failed;
  return answer;
}

// A user that does not exist takes as long as one that does.
Result<OwnedBytes> SaslServer::step_of_plain(Bytes token) {
  WEIR_TRY_VAR(message, PlainMessage::parse(token));
  auto found = options_.find(message.user);
  const bool is_known = found && !found->empty();
  const Credentials credentials =
      is_known ? *std::move(found)
               : Credentials{{ScramMechanism::sha_256, {options_.secret, options_.secret, {}, kLeastIterations}}};
  const auto& [mechanism, credential] = *credentials.begin();
  if (!is_password(message.password, mechanism, credential) || !is_known) return refused(mechanism_);
  WEIR_TRY(proved(message.user, mechanism));
  return OwnedBytes();
}

Result<OwnedBytes> SaslServer::step_of_scram(Bytes token) {
  const ScramMechanism mechanism = *scram_mechanism_named(mechanism_);
  if (!has_challenged_) {
    const auto find = [this, mechanism](const std::string& user) -> std::optional<ScramCredential> {
      auto found = options_.find(user);
      if (!found) return std::nullopt;
      const auto credential = found->find(mechanism);
      return credential == found->end() ? std::nullopt : std::optional(credential->second);
    };
    scram_.emplace(mechanism, options_.nonce(), options_.secret, find);
    auto challenge = scram_->first(token);
    if (!challenge) return refused(mechanism_);
    has_challenged_ = true;
    return *std::move(challenge);
  }
  auto answer = scram_->final(token);
  if (!answer) return refused(mechanism_);
  WEIR_TRY(proved(scram_->username(), mechanism));
  return *std::move(answer);
}

Result<> SaslServer::proved(const std::string& user, ScramMechanism by) {
  if (!user_.empty() && user_ != user) {
    return fail(ErrorCode::sasl_authentication_failed,
                "Authentication failed: a connection stays of the user who began it");
  }
  user_ = user;
  proved_by_ = by;
  state_ = State::done;
  return {};
}

}  // namespace weir::log::security
