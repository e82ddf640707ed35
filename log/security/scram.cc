#include "log/security/scram.h"

#include <array>
#include <charconv>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "log/base/assert.h"
#include "log/security/base64.h"

namespace weir::log::security {

namespace {

struct MechanismRow {
  ScramMechanism mechanism;
  std::string_view name;
  const EVP_MD* (*hash)();
};
constexpr MechanismRow kMechanisms[] = {
    {ScramMechanism::sha_256, "SCRAM-SHA-256", EVP_sha256},
    {ScramMechanism::sha_512, "SCRAM-SHA-512", EVP_sha512},
};

const MechanismRow& row_of(ScramMechanism mechanism) {
  for (const auto& row : kMechanisms) {
    if (row.mechanism == mechanism) return row;
  }
  WEIR_ASSERT(false, "a mechanism that does not exist");
  return kMechanisms[0];
}

unsigned char* writable(OwnedBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
const unsigned char* readable(Bytes bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

OwnedBytes hash_of(ScramMechanism mechanism, Bytes bytes) {
  OwnedBytes digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  const int done = EVP_Digest(bytes.data(), bytes.size(), writable(digest), &size, row_of(mechanism).hash(), nullptr);
  WEIR_ASSERT(done == 1, "a hash that this machine does not have");
  digest.resize(size);
  return digest;
}

OwnedBytes exclusive_or(Bytes one, Bytes other) {
  OwnedBytes both(one);
  for (std::size_t i = 0; i < both.size(); ++i) both[i] = static_cast<char>(both[i] ^ other[i]);
  return both;
}

bool are_equal(Bytes one, Bytes other) {  // in a time that tells nothing
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string auth_message_of(const std::string& client_first_bare, const ServerFirst& server_first,
                            const ClientFinal& client_final) {
  return client_first_bare + "," + server_first.to_string() + "," + client_final.without_proof();
}

tl::unexpected<Error> refused(const char* why) {
  return fail(ErrorCode::invalid_argument, why);
}

}  // namespace

std::string_view name_of(ScramMechanism mechanism) {
  return row_of(mechanism).name;
}

std::optional<ScramMechanism> scram_mechanism_named(std::string_view name) {
  for (const auto& row : kMechanisms) {
    if (row.name == name) return row.mechanism;
  }
  return std::nullopt;
}

OwnedBytes scram_signature(ScramMechanism mechanism, Bytes key, Bytes auth_message) {
  OwnedBytes signature(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  const auto* done = HMAC(row_of(mechanism).hash(), key.data(), static_cast<int>(key.size()), readable(auth_message),
                          auth_message.size(), writable(signature), &size);
  WEIR_ASSERT(done != nullptr, "a hash that this machine does not have");
  signature.resize(size);
  return signature;
}

std::size_t hash_size(ScramMechanism mechanism) {
  return static_cast<std::size_t>(EVP_MD_get_size(row_of(mechanism).hash()));
}

ScramKeys ScramKeys::of(ScramMechanism mechanism, Bytes password, Bytes salt, std::int32_t iterations) {
  const EVP_MD* hash = row_of(mechanism).hash();
  OwnedBytes salted(hash_size(mechanism), '\0');
  const int done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), readable(salt),
                                     static_cast<int>(salt.size()), iterations, hash, static_cast<int>(salted.size()),
                                     writable(salted));
  WEIR_ASSERT(done == 1, "iterations: " + std::to_string(iterations));
  return of_salted(mechanism, std::move(salted));
}

ScramKeys ScramKeys::of_salted(ScramMechanism mechanism, OwnedBytes salted_password) {
  ScramKeys keys;
  keys.salted_password = std::move(salted_password);
  keys.client_key = scram_signature(mechanism, keys.salted_password, "Client Key");
  keys.stored_key = hash_of(mechanism, keys.client_key);
  keys.server_key = scram_signature(mechanism, keys.salted_password, "Server Key");
  return keys;
}

// Credentials -----------------------------------------------------------------------------------------------------

ScramCredential ScramCredential::of(ScramMechanism mechanism, Bytes password, Bytes salt, std::int32_t iterations) {
  auto keys = ScramKeys::of(mechanism, password, salt, iterations);
  return {OwnedBytes(salt), std::move(keys.stored_key), std::move(keys.server_key), iterations};
}

std::string ScramCredential::to_string() const {
  return "salt=" + to_base64(salt) + ",stored_key=" + to_base64(stored_key) + ",server_key=" + to_base64(server_key) +
         ",iterations=" + std::to_string(iterations);
}

Result<ScramCredential> ScramCredential::parse(std::string_view text) {
  ScramCredential parsed;
  std::array<bool, 4> has{};
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto one = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) return refused("not a credential of SCRAM");
    const auto key = one.substr(0, equals);
    const auto value = one.substr(equals + 1);
    if (key == "iterations") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed.iterations);
      has[3] = error == std::errc() && end == value.data() + value.size() && parsed.iterations > 0;
      continue;
    }
    auto bytes = from_base64(value);
    if (!bytes) return refused("not a credential of SCRAM");
    constexpr std::string_view kKeys[] = {"salt", "stored_key", "server_key"};
    OwnedBytes* const into[] = {&parsed.salt, &parsed.stored_key, &parsed.server_key};
    for (std::size_t i = 0; i < std::size(kKeys); ++i) {
      if (key != kKeys[i]) continue;
      *into[i] = *bytes;
      has[i] = true;
    }
  }
  if (has != std::array{true, true, true, true}) return refused("not a credential of SCRAM");
  return parsed;
}

// The client ------------------------------------------------------------------------------------------------------

ScramClient::ScramClient(ScramMechanism mechanism, std::string_view username, std::string password, std::string nonce,
                         std::string extensions)
    : mechanism_(mechanism),
      password_(std::move(password)),
      first_{"", to_sasl_name(username), std::move(nonce), std::move(extensions)} {}

Result<std::string> ScramClient::final(std::string_view server_first, std::int32_t least_iterations) {
  WEIR_TRY_VAR(challenge, ServerFirst::parse(server_first));
  const bool goes_on = challenge.nonce.starts_with(first_.nonce) && challenge.nonce.size() > first_.nonce.size();
  if (!goes_on) return refused("the server answers another exchange");
  if (challenge.iterations < least_iterations) return refused("the server asks for fewer iterations than are safe");
  // It decides how much work that is.
  constexpr std::int32_t kMostWork = 10'000'000;
  if (challenge.iterations > kMostWork) return refused("the server asks for more iterations than anybody needs");
  const auto keys = ScramKeys::of(mechanism_, password_, challenge.salt, challenge.iterations);
  ClientFinal answer{.nonce = challenge.nonce};
  const auto auth_message = auth_message_of(first_.bare(), challenge, answer);
  answer.proof = exclusive_or(keys.client_key, scram_signature(mechanism_, keys.stored_key, auth_message));
  expected_signature_ = scram_signature(mechanism_, keys.server_key, auth_message);
  return answer.to_string();
}

Result<> ScramClient::verify(std::string_view server_final) const {
  WEIR_TRY_VAR(outcome, ServerFinal::parse(server_final));
  if (!outcome.error.empty()) return fail(ErrorCode::invalid_argument, "the server refuses: " + outcome.error);
  if (!are_equal(outcome.signature, expected_signature_)) return refused("the server does not know the password");
  return {};
}

// The server ------------------------------------------------------------------------------------------------------

ScramServer::ScramServer(ScramMechanism mechanism, std::string nonce, OwnedBytes secret, FindCredential find)
    : mechanism_(mechanism), nonce_(std::move(nonce)), secret_(std::move(secret)), find_(std::move(find)) {}

// For a user that does not exist, always the same.
ScramCredential ScramServer::stand_in() const {
  ScramCredential made;
  made.salt = scram_signature(mechanism_, secret_, username_).substr(0, 20);
  made.stored_key = scram_signature(mechanism_, secret_, "stored " + username_);
  made.server_key = scram_signature(mechanism_, secret_, "server " + username_);
  made.iterations = kLeastIterations;
  return made;
}

Result<std::string> ScramServer::first(std::string_view client_first) {
  WEIR_TRY_VAR(begins, ClientFirst::parse(client_first));
  username_ = *from_sasl_name(begins.sasl_name);
  if (!begins.authzid.empty() && begins.authzid != begins.sasl_name)
    return refused("nobody acts as somebody else here");
  auto found = find_(username_);
  is_known_ = found.has_value();
  credential_ = found ? *std::move(found) : stand_in();
  client_first_bare_ = begins.bare();
  channel_binding_ = "n," + (begins.authzid.empty() ? "" : "a=" + begins.authzid) + ",";
  server_first_ = {begins.nonce + nonce_, credential_.salt, credential_.iterations};
  return server_first_.to_string();
}

Result<std::string> ScramServer::final(std::string_view client_final) {
  WEIR_TRY_VAR(answer, ClientFinal::parse(client_final));
  // librdkafka before 2.6 puts its own nonce once more in front of it, as Kafka's brokers let it.
  if (!answer.nonce.ends_with(server_first_.nonce) || answer.channel_binding != channel_binding_) {
    return refused("it answers another exchange");
  }
  const auto auth_message = auth_message_of(client_first_bare_, server_first_, answer);
  const auto signature = scram_signature(mechanism_, credential_.stored_key, auth_message);
  const bool has_size = answer.proof.size() == signature.size();
  const auto client_key = has_size ? exclusive_or(answer.proof, signature) : OwnedBytes();
  const bool is_right = has_size && are_equal(hash_of(mechanism_, client_key), credential_.stored_key);
  if (!is_right || !is_known_) return refused("wrong user or password");
  ServerFinal told;
  told.signature = scram_signature(mechanism_, credential_.server_key, auth_message);
  return told.to_string();
}

}  // namespace weir::log::security
